package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.FoundItems;
import io.github.pyflinkdynamodb.request.ItemPage;
import io.github.pyflinkdynamodb.request.KeySchema;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;

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
    private static final Logger LOG = LoggerFactory.getLogger(ReadClient.class);

    /** From this try on, every doubling of their number is worth a line in the log. */
    private static final int LOGGED_ATTEMPTS = 8;

    private final SignedHttpClient client;

    private ReadClient(SignedHttpClient client) {
        this.client = client;
    }

    /**
     * Opens no connection and resolves no credentials yet.
     *
     * @param maxInFlight calls at the same time, and so connections, unless the settings say less
     * @param requestTimeoutMs from a call to the end of its answer
     * @throws IllegalArgumentException if the region has no endpoint
     */
    public static ReadClient open(ClientSettings settings, int maxInFlight, long requestTimeoutMs) {
        return new ReadClient(SignedHttpClient.open(settings, maxInFlight, requestTimeoutMs));
    }

    /**
     * Reads one page, however often it takes.
     *
     * @param operation Scan or Query
     * @param body of the call, in JSON
     */
    public CompletableFuture<ItemPage> page(String operation, String table, String body) {
        return call(operation, table, body, ItemPage::read, Integer.MAX_VALUE);
    }

    /**
     * Gets up to 100 items of one table by their keys.
     *
     * @param body of the call, in JSON
     * @param maxRetries after faults other than throttling
     */
    CompletableFuture<FoundItems> batchGet(
            String table, String body, KeySchema schema, int maxRetries) {
        return call(
                "BatchGetItem", table, body, answer -> FoundItems.read(answer, schema), maxRetries);
    }

    /**
     * Runs a short task later, on one of the HTTP client's threads; not once the client is closed.
     */
    void schedule(Runnable task, long delayMs) {
        try {
            client.schedule(task, delayMs);
        } catch (RejectedExecutionException e) {
            LOG.debug("The client was closed before a scheduled task.");
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private <T> CompletableFuture<T> call(
            String operation,
            String table,
            String body,
            SignedHttpClient.AnswerReader<T> reader,
            int maxRetries) {
        Attempts<T> attempts = new Attempts<>(operation, table, body, reader, maxRetries);
        attempts.next();
        return attempts.result;
    }

    /** One call, from its first try to its last. One try follows the other, so no locks. */
    private final class Attempts<T> {
        private final String operation;
        private final String table;
        private final String body;
        private final SignedHttpClient.AnswerReader<T> reader;
        private final int maxRetries;
        private final CompletableFuture<T> result = new CompletableFuture<>();
        private int attempts;
        private int faults;
        private boolean refreshed;

        Attempts(
                String operation,
                String table,
                String body,
                SignedHttpClient.AnswerReader<T> reader,
                int maxRetries) {
            this.operation = operation;
            this.table = table;
            this.body = body;
            this.reader = reader;
            this.maxRetries = maxRetries;
        }

        void next() {
            attempts++;
            client.call(operation, table, () -> RequestBody.of(body), reader)
                    .whenComplete(
                            (answer, fault) -> {
                                if (fault == null) {
                                    result.complete(answer);
                                } else {
                                    failed((ServiceFailure) fault);
                                }
                            });
        }

        private void failed(ServiceFailure failure) {
            switch (failure.errorClass()) {
                case EXPIRED_CREDENTIALS:
                    if (refreshed) {
                        result.completeExceptionally(failure);
                        return;
                    }
                    refreshed = true;
                    client.refreshCredentials();
                    next();
                    return;
                case THROTTLED:
                    break;
                case TRANSIENT:
                    if (++faults > maxRetries) {
                        result.completeExceptionally(failure);
                        return;
                    }
                    break;
                default:
                    result.completeExceptionally(failure);
                    return;
            }
            if (attempts >= LOGGED_ATTEMPTS && Integer.bitCount(attempts) == 1) {
                LOG.warn("Still trying after {} attempts: {}", attempts, failure.getMessage());
            }
            double draw = ThreadLocalRandom.current().nextDouble();
            schedule(this::next, RetryPolicy.delayMs(attempts, draw));
        }
    }
}
