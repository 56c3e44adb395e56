package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.UnprocessedItems;
import io.github.pyflinkdynamodb.request.WriteRequestScanner;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Sends BatchWriteItem calls, each exactly once: repeating is the writer's business, which knows
 * what else waits for the same key.
 *
 * <p>Thread-safe. Futures are completed on the HTTP client's threads, which must not be held up.
 */
public final class BatchWriteClient implements AutoCloseable {
    private final SignedHttpClient client;

    private BatchWriteClient(SignedHttpClient client) {
        this.client = client;
    }

    /**
     * Opens no connection and resolves no credentials yet.
     *
     * @param maxInFlight calls at the same time, and so connections, unless the settings say less
     * @param requestTimeoutMs from the call to the end of its answer
     * @throws IllegalArgumentException if the region has no endpoint
     */
    public static BatchWriteClient open(
            ClientSettings settings, int maxInFlight, long requestTimeoutMs) {
        return new BatchWriteClient(
                SignedHttpClient.open(Service.DYNAMODB, settings, maxInFlight, requestTimeoutMs));
    }

    /**
     * Asks for a table's primary key. Blocks; repeats what may pass a few times.
     *
     * @throws ServiceFailure with the service's code, such as AccessDeniedException
     */
    public KeySchema describeKeySchema(String table) throws ServiceFailure {
        return new TableClient(client).describe(table).keySchema();
    }

    /**
     * Sends one call and returns at once.
     *
     * @param batch 1 to 25 requests, no two with the same key; must not change afterwards
     * @return completed exceptionally with nothing else than a {@link ServiceFailure}
     */
    public CompletableFuture<BatchWriteResult> batchWrite(
            String table,
            KeySchema schema,
            List<EncodedWriteRequest> batch,
            boolean reportConsumedCapacity) {
        return client.call(
                "BatchWriteItem",
                table,
                () -> RequestBody.batchWrite(table, batch, reportConsumedCapacity),
                (body, head) -> {
                    UnprocessedItems answer = WriteRequestScanner.scanResponse(body, schema);
                    return new BatchWriteResult(answer.keys(), answer.consumedCapacityUnits());
                });
    }

    /** Makes the next call resolve its credentials anew. Never blocks. */
    public void refreshCredentials() {
        client.refreshCredentials();
    }

    /** Region and endpoint, for messages. */
    public String describe() {
        return client.describe();
    }

    /** Ends the open calls with a failure, closes the connections and ends the threads. */
    @Override
    public void close() {
        client.close();
    }
}
