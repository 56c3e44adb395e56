package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.FoundItems;
import io.github.pyflinkdynamodb.request.ItemPage;
import io.github.pyflinkdynamodb.request.KeySchema;

import java.util.concurrent.CompletableFuture;

/**
 * Reads items: Scan, Query and BatchGetItem calls, repeated until they are answered.
 *
 * <p>Throttling is waited out, however long it takes: it is no failure, but DynamoDB's way to hold
 * a reader back. Other faults that may pass are retried as often as the caller says.
 *
 * <p>Thread-safe. Futures are completed on the HTTP client's threads, which must not be held up,
 * and exceptionally with nothing else than a {@link ServiceFailure}; once the client is closed,
 * what waits for its next try is not completed at all.
 */
public final class ReadClient implements AutoCloseable {
    private final SignedHttpClient client;
    private final RetriedCalls calls;

    private ReadClient(SignedHttpClient client) {
        this.client = client;
        this.calls = new RetriedCalls(client, RetryPolicy::delayMs, failure -> {});
    }

    /**
     * Opens no connection and resolves no credentials yet.
     *
     * @param maxInFlight calls at the same time, and so connections, unless the settings say less
     * @param requestTimeoutMs from a call to the end of its answer
     * @throws IllegalArgumentException if the region has no endpoint
     */
    public static ReadClient open(ClientSettings settings, int maxInFlight, long requestTimeoutMs) {
        return new ReadClient(
                SignedHttpClient.open(Service.DYNAMODB, settings, maxInFlight, requestTimeoutMs));
    }

    /**
     * Reads one page, however often it takes.
     *
     * @param operation Scan or Query
     * @param body of the call, in JSON
     */
    public CompletableFuture<ItemPage> page(String operation, String table, String body) {
        return calls.call(
                operation, table, body, (answer, head) -> ItemPage.read(answer), Integer.MAX_VALUE);
    }

    /**
     * Gets up to 100 items of one table by their keys.
     *
     * @param body of the call, in JSON
     * @param maxRetries after faults other than throttling
     */
    CompletableFuture<FoundItems> batchGet(
            String table, String body, KeySchema schema, int maxRetries) {
        return calls.call(
                "BatchGetItem",
                table,
                body,
                (answer, head) -> FoundItems.read(answer, schema),
                maxRetries);
    }

    /**
     * Runs a short task later, on one of the HTTP client's threads; not once the client is closed.
     */
    void schedule(Runnable task, long delayMs) {
        calls.schedule(task, delayMs);
    }

    @Override
    public void close() {
        client.close();
    }
}
