package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.client.BatchWriteClient;
import io.github.pyflinkdynamodb.client.ServiceFailure;
import io.github.pyflinkdynamodb.request.KeySchema;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/** Finds the table's key schema and holds what the user said of it against the truth. */
final class TableKeys {

    private static final Logger LOG = LoggerFactory.getLogger(TableKeys.class);

    private final SinkOptions options;
    private final BatchWriteClient client;

    TableKeys(SinkOptions options, BatchWriteClient client) {
        this.options = options;
        this.client = client;
    }

    /** The key schema from DescribeTable; where the role may not call it, the declared one. */
    KeySchema resolve() throws DynamoDbSinkException {
        KeySchema actual;
        try {
            actual = client.describeKeySchema(options.tableName);
        } catch (ServiceFailure failure) {
            return declaredInstead(failure);
        }
        if (options.keySchema != null) {
            Optional<String> difference = difference(options, options.keySchema, actual);
            if (difference.isPresent()) {
                throw new DynamoDbSinkException(difference.get());
            }
        }
        List<String> overwrite = options.overwriteByPartitionKeys;
        if (!overwrite.isEmpty() && !sameNames(overwrite, actual.names())) {
            throw new DynamoDbSinkException(
                    options.called("overwrite_by_partition_keys")
                            + " is "
                            + overwrite
                            + ", but the primary key of table '"
                            + options.tableName
                            + "' is "
                            + actual.names()
                            + ". It must name the whole primary key: with less,"
                            + " different items would be taken for one.");
        }
        return actual;
    }

    /** What is wrong with a declared key, held against that of the table. */
    static Optional<String> difference(SinkOptions options, KeySchema declared, KeySchema actual) {
        return options.isDeclared(declared, actual)
                ? Optional.empty()
                : Optional.of(
                        "The declared primary key is "
                                + declared
                                + ", but that of table '"
                                + options.tableName
                                + "' is "
                                + actual
                                + ". Declare the key that the table has, or name another table.");
    }

    private KeySchema declaredInstead(ServiceFailure failure) throws DynamoDbSinkException {
        String where = "table '" + options.tableName + "', " + client.describe();
        if ("ResourceNotFoundException".equals(failure.code())) {
            throw new DynamoDbSinkException(
                    "There is no such table ("
                            + where
                            + "). Create it, or correct the table name,"
                            + " aws.region or aws.endpoint.",
                    failure);
        }
        List<String> declared = options.declaredKeys();
        if ("AccessDeniedException".equals(failure.code()) && !declared.isEmpty()) {
            LOG.warn(
                    "The role may not call dynamodb:DescribeTable ({}): the declared key {} is"
                        + " taken unverified. If it is not the whole primary key, items get lost.",
                    where,
                    declared);
            return options.keySchema != null
                    ? options.keySchema
                    : new KeySchema(
                            declared.get(0),
                            null,
                            declared.size() > 1 ? declared.get(1) : null,
                            null);
        }
        if ("AccessDeniedException".equals(failure.code())) {
            throw new DynamoDbSinkException(
                    "The role may not call dynamodb:DescribeTable ("
                            + where
                            + "), so the table's"
                            + " key is not known. Allow it, or name the key with"
                            + " "
                            + options.called("key_schema")
                            + ".",
                    failure);
        }
        throw new DynamoDbSinkException(failure.getMessage(), failure);
    }

    private static boolean sameNames(List<String> some, List<String> others) {
        return some.size() == others.size() && new HashSet<>(some).equals(new HashSet<>(others));
    }
}
