package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.JsonQuote;
import io.github.pyflinkdynamodb.request.RecordPage;

import software.amazon.awssdk.protocols.jsoncore.JsonNode;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import javax.annotation.Nullable;

/**
 * Calls to DynamoDB Streams, repeated until they are answered: throttling is waited out, other
 * faults that may pass are retried a given number of times.
 *
 * <p>Thread-safe. Futures are completed on the HTTP client's threads, which must not be held up,
 * and exceptionally with nothing else than a {@link ServiceFailure}; once the client is closed,
 * what waits for its next try is not completed at all.
 */
public final class StreamsClient implements AutoCloseable {
    /** Most records of a page. Source: API reference, GetRecords. */
    public static final int MAX_RECORDS = 1_000;

    /** Fewest milliseconds between two calls for one shard's records: 5 a second. */
    public static final long MIN_POLL_MS = 200;

    public static final String TRIMMED = "TrimmedDataAccessException";
    public static final String EXPIRED_ITERATOR = "ExpiredIteratorException";
    public static final String NOT_FOUND = "ResourceNotFoundException";

    private final SignedHttpClient client;
    private final RetriedCalls calls;
    private final RetriedCalls polls;
    private final int maxRetries;

    private StreamsClient(
            SignedHttpClient client, RetriedCalls calls, RetriedCalls polls, int maxRetries) {
        this.client = client;
        this.calls = calls;
        this.polls = polls;
        this.maxRetries = maxRetries;
    }

    /**
     * Opens no connection and resolves no credentials yet.
     *
     * @param settings of {@link Service#STREAMS}
     * @param maxInFlight calls at the same time, and so connections, unless the settings say less
     * @param requestTimeoutMs from a call to the end of its answer
     * @param maxRetries of one call after faults other than throttling
     * @param minDelayMs bound of the first wait before a retry, which is drawn from 0 to it
     * @param maxDelayMs largest bound of a wait
     * @param onRetry told of each failure after which a call is sent again, on an event loop
     * @throws IllegalArgumentException if the region has no endpoint
     */
    public static StreamsClient open(
            ClientSettings settings,
            int maxInFlight,
            long requestTimeoutMs,
            int maxRetries,
            long minDelayMs,
            long maxDelayMs,
            Consumer<ServiceFailure> onRetry) {
        SignedHttpClient client =
                SignedHttpClient.open(Service.STREAMS, settings, maxInFlight, requestTimeoutMs);
        RetriedCalls.Backoff backoff =
                (attempts, draw) -> {
                    long doubled = minDelayMs << Math.min(attempts - 1, 20);
                    return (long) (draw * (Math.min(maxDelayMs, doubled) + 1));
                };
        return new StreamsClient(
                client,
                new RetriedCalls(client, backoff, onRetry),
                new RetriedCalls(
                        client,
                        (attempts, draw) -> MIN_POLL_MS + backoff.delayMs(attempts, draw),
                        onRetry),
                maxRetries);
    }

    /** ARN of the newest stream of a table, enabled or not; empty if there never was one. */
    public CompletableFuture<Optional<String>> latestStream(String table) {
        return calls.call(
                "ListStreams",
                "of table " + table,
                "{\"TableName\":" + JsonQuote.of(table) + "}",
                (body, head) -> latest(body),
                maxRetries);
    }

    /** A stream and all its shards. */
    public CompletableFuture<StreamDescription> describe(String streamArn) {
        return pages(streamArn, "");
    }

    /**
     * A stream and, of its shards, the children of one: found sooner than in the whole list.
     *
     * @param shardId the parent
     */
    public CompletableFuture<StreamDescription> children(String streamArn, String shardId) {
        return pages(
                streamArn,
                ",\"ShardFilter\":{\"Type\":\"CHILD_SHARDS\",\"ShardId\":"
                        + JsonQuote.of(shardId)
                        + "}");
    }

    /** An iterator at the oldest record that is left of a shard. */
    public CompletableFuture<String> iteratorAtTrimHorizon(String streamArn, String shardId) {
        return iterator(streamArn, shardId, "TRIM_HORIZON", "", maxRetries);
    }

    /** An iterator behind the newest record of a shard. */
    public CompletableFuture<String> iteratorAtLatest(String streamArn, String shardId) {
        return iterator(streamArn, shardId, "LATEST", "", maxRetries);
    }

    /** An iterator behind a record of a shard. */
    public CompletableFuture<String> iteratorAfter(
            String streamArn, String shardId, String sequenceNumber) {
        return iterator(
                streamArn,
                shardId,
                "AFTER_SEQUENCE_NUMBER",
                ",\"SequenceNumber\":" + JsonQuote.of(sequenceNumber),
                maxRetries);
    }

    /**
     * An iterator at the first record of a shard that was created at a time or later.
     *
     * <p>Tried once but for throttling: emulators that do not know this kind of iterator answer
     * with a fault that would pass elsewhere.
     */
    public CompletableFuture<String> iteratorAtTimestamp(
            String streamArn, String shardId, long timeMillis) {
        String seconds =
                timeMillis / 1_000 + "." + String.format(Locale.ROOT, "%03d", timeMillis % 1_000);
        return iterator(streamArn, shardId, "AT_TIMESTAMP", ",\"Timestamp\":" + seconds, 0);
    }

    /**
     * The records at an iterator, up to 1,000 or 1 MB.
     *
     * @param shardId for messages
     */
    public CompletableFuture<RecordPage> records(
            String streamArn, String shardId, String iterator) {
        return polls.call(
                "GetRecords",
                streamArn + ", shard " + shardId,
                "{\"Limit\":" + MAX_RECORDS + ",\"ShardIterator\":" + JsonQuote.of(iterator) + "}",
                (body, head) ->
                        RecordPage.read(body, StreamDescription.serviceTime(head).toEpochMilli()),
                maxRetries);
    }

    /** Runs a short task later, on an event loop; not once the client is closed. */
    public void schedule(Runnable task, long delayMs) {
        calls.schedule(task, delayMs);
    }

    /** Region and endpoint, for messages. */
    public String where() {
        return client.describe();
    }

    @Override
    public void close() {
        client.close();
    }

    private CompletableFuture<StreamDescription> pages(String streamArn, String filter) {
        CompletableFuture<StreamDescription> result = new CompletableFuture<>();
        nextPage(streamArn, filter, null, result);
        return result;
    }

    private void nextPage(
            String streamArn,
            String filter,
            @Nullable StreamDescription before,
            CompletableFuture<StreamDescription> result) {
        String start =
                before == null
                        ? ""
                        : ",\"ExclusiveStartShardId\":"
                                + JsonQuote.of(before.lastEvaluatedShardId());
        calls.call(
                        "DescribeStream",
                        streamArn,
                        "{\"StreamArn\":" + JsonQuote.of(streamArn) + start + filter + "}",
                        StreamDescription::read,
                        maxRetries)
                .whenComplete(
                        (page, fault) -> {
                            if (fault != null) {
                                result.completeExceptionally(fault);
                                return;
                            }
                            StreamDescription all = before == null ? page : before.followedBy(page);
                            if (all.lastEvaluatedShardId() == null) {
                                result.complete(all);
                            } else {
                                nextPage(streamArn, filter, all, result);
                            }
                        });
    }

    private CompletableFuture<String> iterator(
            String streamArn, String shardId, String type, String more, int retries) {
        return calls.call(
                "GetShardIterator",
                streamArn + ", shard " + shardId,
                "{\"StreamArn\":"
                        + JsonQuote.of(streamArn)
                        + ",\"ShardId\":"
                        + JsonQuote.of(shardId)
                        + ",\"ShardIteratorType\":\""
                        + type
                        + "\""
                        + more
                        + "}",
                (body, head) ->
                        JsonNode.parser()
                                .parse(body)
                                .field("ShardIterator")
                                .filter(JsonNode::isString)
                                .map(JsonNode::asString)
                                .orElseThrow(() -> new IOException("no ShardIterator")),
                retries);
    }

    /** Labels are times in ISO-8601, so the last in order is the newest. */
    private static Optional<String> latest(byte[] body) {
        JsonNode streams = JsonNode.parser().parse(body).field("Streams").orElse(null);
        if (streams == null || !streams.isArray()) {
            return Optional.empty();
        }
        return streams.asArray().stream()
                .filter(stream -> stream.field("StreamArn").isPresent())
                .max((one, other) -> label(one).compareTo(label(other)))
                .flatMap(stream -> stream.field("StreamArn"))
                .map(JsonNode::asString);
    }

    private static String label(JsonNode stream) {
        return stream.field("StreamLabel").map(JsonNode::asString).orElse("");
    }
}
