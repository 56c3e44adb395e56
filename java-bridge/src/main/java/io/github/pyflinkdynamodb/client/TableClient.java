package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.JsonQuote;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;

import javax.annotation.Nullable;

/**
 * Describes, creates and deletes a table.
 *
 * <p>Calls block. What may pass is tried again a few times, so that a call that the service refuses
 * may have been applied before: a table that exists already may be the one just created.
 */
public final class TableClient implements AutoCloseable {
    private static final int ATTEMPTS = 5;
    private static final long BASE_DELAY_MS = 100;

    private final SignedHttpClient client;

    TableClient(SignedHttpClient client) {
        this.client = client;
    }

    /**
     * Opens no connection and resolves no credentials yet.
     *
     * @param requestTimeoutMs from a call to the end of its answer
     * @throws IllegalArgumentException if the region has no endpoint
     */
    public static TableClient open(ClientSettings settings, long requestTimeoutMs) {
        return new TableClient(
                SignedHttpClient.open(Service.DYNAMODB, settings, 1, requestTimeoutMs));
    }

    /**
     * @throws ServiceFailure with the service's code, such as AccessDeniedException
     */
    public TableDescription describe(String table) throws ServiceFailure {
        return call(
                "DescribeTable",
                table,
                named(table),
                (answer, head) -> TableDescription.read(answer));
    }

    /** As {@link #describe}, but empty if there is no such table. */
    public Optional<TableDescription> find(String table) throws ServiceFailure {
        try {
            return Optional.of(describe(table));
        } catch (ServiceFailure failure) {
            if ("ResourceNotFoundException".equals(failure.code())) {
                return Optional.empty();
            }
            throw failure;
        }
    }

    /**
     * Asks for a table, which is there some time later.
     *
     * @param keySchema with types
     * @param throughput read and write capacity units a second; null for on-demand billing
     * @throws ServiceFailure with the service's code, such as ResourceInUseException
     */
    public void create(String table, KeySchema keySchema, @Nullable List<Long> throughput)
            throws ServiceFailure {
        StringBuilder keys = new StringBuilder();
        StringBuilder types = new StringBuilder();
        key(keys, types, keySchema.partitionKey(), keySchema.partitionType(), "HASH");
        if (keySchema.sortKey() != null) {
            key(keys, types, keySchema.sortKey(), keySchema.sortType(), "RANGE");
        }
        String billing =
                throughput == null
                        ? "\"BillingMode\":\"PAY_PER_REQUEST\""
                        : "\"BillingMode\":\"PROVISIONED\",\"ProvisionedThroughput\":"
                                + "{\"ReadCapacityUnits\":"
                                + throughput.get(0)
                                + ",\"WriteCapacityUnits\":"
                                + throughput.get(1)
                                + "}";
        String body =
                "{\"TableName\":"
                        + JsonQuote.of(table)
                        + ",\"KeySchema\":["
                        + keys
                        + "],\"AttributeDefinitions\":["
                        + types
                        + "],"
                        + billing
                        + "}";
        call("CreateTable", table, body, (answer, head) -> null);
    }

    /**
     * Asks for the end of a table, which is gone some time later.
     *
     * @throws ServiceFailure with the service's code, such as ResourceNotFoundException
     */
    public void delete(String table) throws ServiceFailure {
        call("DeleteTable", table, named(table), (answer, head) -> null);
    }

    /** Region and endpoint, for messages. */
    public String where() {
        return client.describe();
    }

    @Override
    public void close() {
        client.close();
    }

    private <T> T call(
            String operation, String table, String body, SignedHttpClient.AnswerReader<T> reader)
            throws ServiceFailure {
        boolean refreshed = false;
        for (int attempt = 1; ; attempt++) {
            try {
                return client.call(operation, table, () -> RequestBody.of(body), reader).get();
            } catch (ExecutionException e) {
                ServiceFailure failure = (ServiceFailure) e.getCause();
                switch (failure.errorClass()) {
                    case EXPIRED_CREDENTIALS:
                        if (refreshed) {
                            throw failure;
                        }
                        refreshed = true;
                        client.refreshCredentials();
                        break;
                    case THROTTLED:
                    case TRANSIENT:
                        if (attempt >= ATTEMPTS) {
                            throw failure;
                        }
                        pause(BASE_DELAY_MS << attempt, failure);
                        break;
                    default:
                        throw failure;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw ErrorAnswer.failure(
                        operation,
                        "table " + table + ", " + where(),
                        ErrorCodes.CLIENT_CLOSED,
                        0,
                        "interrupted",
                        null);
            }
        }
    }

    private static String named(String table) {
        return "{\"TableName\":" + JsonQuote.of(table) + "}";
    }

    private static void key(
            StringBuilder keys, StringBuilder types, String name, KeyType type, String role) {
        String separator = keys.length() == 0 ? "" : ",";
        String attribute = separator + "{\"AttributeName\":" + JsonQuote.of(name);
        keys.append(attribute).append(",\"KeyType\":\"").append(role).append("\"}");
        types.append(attribute).append(",\"AttributeType\":\"").append(type).append("\"}");
    }

    private static void pause(long boundMs, ServiceFailure failure) throws ServiceFailure {
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(boundMs + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
