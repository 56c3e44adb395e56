package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.FoundItem;
import io.github.pyflinkdynamodb.request.FoundItems;
import io.github.pyflinkdynamodb.request.JsonQuote;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.PrimaryKey;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Gets single items, many in one call: keys that are asked for within a few milliseconds share a
 * BatchGetItem, and equal ones among them a place in it.
 *
 * <p>Keys that the service leaves unprocessed are asked for again after a delay, together with none
 * of the later ones. Thread-safe; futures are completed on the HTTP client's threads.
 */
public final class BatchGetClient {
    /** Most keys in a call (API reference, BatchGetItem). */
    public static final int MAX_KEYS = 100;

    private final ReadClient client;
    private final String table;
    private final KeySchema schema;
    private final String parameters;
    private final long lingerMs;
    private final int maxRetries;

    /** Guarded by this. */
    private Map<PrimaryKey, Wanted> collecting = new LinkedHashMap<>();

    /**
     * @param parameters members of the call's JSON beside the keys, each behind a comma, such as
     *     {@code ,"ConsistentRead":true}
     * @param lingerMs how long a key waits for others; 0 for not at all
     * @param maxRetries after faults other than throttling and unprocessed keys
     */
    public BatchGetClient(
            ReadClient client,
            String table,
            KeySchema schema,
            String parameters,
            long lingerMs,
            int maxRetries) {
        this.client = client;
        this.table = table;
        this.schema = schema;
        this.parameters = parameters;
        this.lingerMs = lingerMs;
        this.maxRetries = maxRetries;
    }

    /**
     * Asks for one item. Never blocks.
     *
     * @param key the key's attributes, as JSON text
     * @return empty if there is no such item; completed exceptionally with nothing else than a
     *     {@link ServiceFailure}
     * @throws IllegalArgumentException if these are not the attributes of a key
     */
    public CompletableFuture<Optional<FoundItem>> get(String key) {
        PrimaryKey primaryKey = PrimaryKey.of(key.getBytes(StandardCharsets.UTF_8), schema);
        if (primaryKey == null) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        Map<PrimaryKey, Wanted> full = null;
        Wanted wanted;
        synchronized (this) {
            wanted = collecting.computeIfAbsent(primaryKey, each -> new Wanted(key));
            if (collecting.size() == MAX_KEYS || lingerMs == 0) {
                full = collecting;
                collecting = new LinkedHashMap<>();
            } else if (collecting.size() == 1) {
                Map<PrimaryKey, Wanted> batch = collecting;
                client.schedule(() -> lingered(batch), lingerMs);
            }
        }
        if (full != null) {
            send(full, 0);
        }
        return wanted.future;
    }

    private void lingered(Map<PrimaryKey, Wanted> batch) {
        synchronized (this) {
            if (collecting != batch) {
                return;
            }
            collecting = new LinkedHashMap<>();
        }
        send(batch, 0);
    }

    /** The batch belongs to the call, which changes it. */
    private void send(Map<PrimaryKey, Wanted> batch, int attempts) {
        client.batchGet(table, body(batch), schema, maxRetries)
                .whenComplete(
                        (found, failure) -> {
                            if (failure == null) {
                                answered(batch, found, attempts + 1);
                            } else {
                                batch.values()
                                        .forEach(
                                                each -> each.future.completeExceptionally(failure));
                            }
                        });
    }

    private void answered(Map<PrimaryKey, Wanted> batch, FoundItems found, int attempts) {
        Map<PrimaryKey, Wanted> left = new LinkedHashMap<>();
        batch.forEach(
                (key, wanted) -> {
                    if (found.unprocessed().contains(key)) {
                        left.put(key, wanted);
                    } else {
                        wanted.future.complete(Optional.ofNullable(found.items().get(key)));
                    }
                });
        if (!left.isEmpty()) {
            double draw = ThreadLocalRandom.current().nextDouble();
            // Progress is no sign of throttling: an answer holds 16 MB at most.
            int failed = left.size() < batch.size() ? 1 : attempts;
            client.schedule(() -> send(left, failed), RetryPolicy.delayMs(failed, draw));
        }
    }

    private String body(Map<PrimaryKey, Wanted> batch) {
        StringBuilder body = new StringBuilder("{\"RequestItems\":{");
        body.append(JsonQuote.of(table)).append(":{\"Keys\":[");
        String separator = "";
        for (Wanted wanted : batch.values()) {
            body.append(separator).append(wanted.key);
            separator = ",";
        }
        return body.append(']').append(parameters).append("}}}").toString();
    }

    private static final class Wanted {
        private final String key;
        private final CompletableFuture<Optional<FoundItem>> future = new CompletableFuture<>();

        Wanted(String key) {
            this.key = key;
        }
    }
}
