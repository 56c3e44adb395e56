package io.github.pyflinkdynamodb.client;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * Repeats calls until they are answered.
 *
 * <p>Throttling is waited out, however long it takes: it is no failure, but the service's way to
 * hold a reader back. Other faults that may pass are retried as often as the caller says.
 *
 * <p>Thread-safe. Futures are completed on the HTTP client's threads, which must not be held up,
 * and exceptionally with nothing else than a {@link ServiceFailure}; once the client is closed,
 * what waits for its next try is not completed at all.
 */
final class RetriedCalls {
    private static final Logger LOG = LoggerFactory.getLogger(RetriedCalls.class);

    /** From this try on, every doubling of their number is worth a line in the log. */
    private static final int LOGGED_ATTEMPTS = 8;

    /** How long to wait before a call is sent again. */
    interface Backoff {
        /**
         * @param attempts failed attempts so far, at least 1
         * @param draw a uniform random number in [0, 1)
         * @return milliseconds
         */
        long delayMs(int attempts, double draw);
    }

    private final SignedHttpClient client;
    private final Backoff backoff;
    private final Consumer<ServiceFailure> onRetry;

    /**
     * @param onRetry told of each failure after which a call is sent again, on an event loop
     */
    RetriedCalls(SignedHttpClient client, Backoff backoff, Consumer<ServiceFailure> onRetry) {
        this.client = client;
        this.backoff = backoff;
        this.onRetry = onRetry;
    }

    /**
     * @param name of the table or stream
     * @param body of the call, in JSON
     * @param maxRetries after faults other than throttling
     */
    <T> CompletableFuture<T> call(
            String operation,
            String name,
            String body,
            SignedHttpClient.AnswerReader<T> reader,
            int maxRetries) {
        Attempts<T> attempts = new Attempts<>(operation, name, body, reader, maxRetries);
        attempts.next();
        return attempts.result;
    }

    /** Runs a short task later, on an event loop; not once the client is closed. */
    void schedule(Runnable task, long delayMs) {
        try {
            client.schedule(task, delayMs);
        } catch (RejectedExecutionException e) {
            LOG.debug("The client was closed before a scheduled task.");
        }
    }

    /** One call, from its first try to its last. One try follows the other, so no locks. */
    private final class Attempts<T> {
        private final String operation;
        private final String name;
        private final String body;
        private final SignedHttpClient.AnswerReader<T> reader;
        private final int maxRetries;
        private final CompletableFuture<T> result = new CompletableFuture<>();
        private int attempts;
        private int faults;
        private boolean refreshed;

        Attempts(
                String operation,
                String name,
                String body,
                SignedHttpClient.AnswerReader<T> reader,
                int maxRetries) {
            this.operation = operation;
            this.name = name;
            this.body = body;
            this.reader = reader;
            this.maxRetries = maxRetries;
        }

        void next() {
            attempts++;
            client.call(operation, name, () -> RequestBody.of(body), reader)
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
            if (failure.httpStatus() != 0
                    && failure.errorClass() != ErrorClass.EXPIRED_CREDENTIALS) {
                // An answer about something else: the credentials were good.
                refreshed = false;
            }
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
            onRetry.accept(failure);
            if (attempts >= LOGGED_ATTEMPTS && Integer.bitCount(attempts) == 1) {
                LOG.warn("Still trying after {} attempts: {}", attempts, failure.getMessage());
            }
            double draw = ThreadLocalRandom.current().nextDouble();
            schedule(this::next, backoff.delayMs(attempts, draw));
        }
    }
}
