package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.client.BatchGetClient;
import io.github.pyflinkdynamodb.client.ReadClient;
import io.github.pyflinkdynamodb.client.ServiceFailure;
import io.github.pyflinkdynamodb.client.TableClient;
import io.github.pyflinkdynamodb.decode.RowDataDecoder;
import io.github.pyflinkdynamodb.request.FoundItem;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.source.ScanOptions;
import io.github.pyflinkdynamodb.source.ScanRequest;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncLookupFunction;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.types.logical.RowType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Finds the item of a primary key, many keys in one call. Asked on the task's thread, answers on
 * those of the HTTP client.
 */
public final class DynamoDbAsyncLookupFunction extends AsyncLookupFunction {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(DynamoDbAsyncLookupFunction.class);

    /** How long a key waits for others to share its call. */
    static final long LINGER_MS = 5;

    private static final int MAX_IN_FLIGHT = 50;

    private final ScanOptions options;
    private final RowType row;
    private final LookupKey key;
    private final long lingerMs;
    private final int maxRetries;

    private transient ReadClient client;
    private transient BatchGetClient items;
    private transient RowDataDecoder decoder;

    DynamoDbAsyncLookupFunction(
            ScanOptions options, RowType row, LookupKey key, long lingerMs, int maxRetries) {
        this.options = options;
        this.row = row;
        this.key = key;
        this.lingerMs = lingerMs;
        this.maxRetries = maxRetries;
    }

    @Override
    public void open(FunctionContext context) throws Exception {
        KeySchema schema = keySchema();
        client = ReadClient.open(options.client(), MAX_IN_FLIGHT, ScanOptions.REQUEST_TIMEOUT_MS);
        items =
                new BatchGetClient(
                        client,
                        options.table(),
                        schema,
                        ScanRequest.projection(row.getFieldNames()),
                        lingerMs,
                        maxRetries);
        decoder = new RowDataDecoder(row, options.table());
    }

    @Override
    public CompletableFuture<Collection<RowData>> asyncLookup(RowData values) {
        String attributes = key.attributes(values);
        if (attributes == null) {
            return CompletableFuture.completedFuture(List.of());
        }
        return items.get(attributes).thenApply(found -> rows(values, found));
    }

    @Override
    public void close() throws Exception {
        if (client != null) {
            client.close();
        }
    }

    private Collection<RowData> rows(RowData values, Optional<FoundItem> found) {
        if (found.isEmpty()) {
            return List.of();
        }
        RowData decoded;
        try {
            synchronized (decoder) {
                decoded = decoder.decode(found.get().body(), found.get().start());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
        return key.matches(values, decoded) ? List.of(decoded) : List.of();
    }

    /** The table's key, which must be the declared one: a part of it names many items, or none. */
    private KeySchema keySchema() throws IOException {
        KeySchema schema;
        try (TableClient tables =
                TableClient.open(options.client(), ScanOptions.REQUEST_TIMEOUT_MS)) {
            schema = tables.describe(options.table()).keySchema();
        } catch (ServiceFailure failure) {
            if (!failure.code().startsWith("AccessDenied")) {
                throw failure;
            }
            List<String> names = key.primaryKey();
            LOG.warn(
                    "The role may not call dynamodb:DescribeTable on table '{}': PRIMARY KEY {} is"
                            + " taken unverified, the first column as the partition key.",
                    options.table(),
                    names);
            return new KeySchema(names.get(0), null, names.size() > 1 ? names.get(1) : null, null);
        }
        boolean same = new HashSet<>(schema.names()).equals(new HashSet<>(key.primaryKey()));
        if (same) {
            same =
                    key.typeOf(schema.partitionKey()).equals(schema.partitionType().name())
                            && (schema.sortKey() == null
                                    || key.typeOf(schema.sortKey())
                                            .equals(schema.sortType().name()));
        }
        if (!same) {
            throw new IOException(
                    "The primary key of table "
                            + options.table()
                            + " is "
                            + schema
                            + "; PRIMARY KEY declares "
                            + key
                            + ". Declare the table's own.");
        }
        return schema;
    }
}
