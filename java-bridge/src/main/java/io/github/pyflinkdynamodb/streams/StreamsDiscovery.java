package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.client.ServiceFailure;
import io.github.pyflinkdynamodb.client.StreamDescription;
import io.github.pyflinkdynamodb.client.StreamsClient;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import javax.annotation.Nullable;

/**
 * What the enumerator asks of the service.
 *
 * <p>Its methods wait for the answers, so they are called on Flink's worker thread. Closing the
 * enumerator ends that thread with an interrupt, since a closed client never answers.
 */
final class StreamsDiscovery implements AutoCloseable {
    /** Calls at the same time. */
    private static final int MAX_IN_FLIGHT = 8;

    private final StreamsOptions options;
    private final StreamsClient client;

    /** A stream as the service tells it. */
    static final class Found {
        /** The stream that is set, or the table's newest; null if it was not looked up. */
        @Nullable final String newestArn;

        final String streamArn;

        /** Null if there is no such stream any more. */
        @Nullable final StreamDescription stream;

        private Found(
                @Nullable String newestArn, String streamArn, @Nullable StreamDescription stream) {
            this.newestArn = newestArn;
            this.streamArn = streamArn;
            this.stream = stream;
        }
    }

    StreamsDiscovery(StreamsOptions options) {
        this.options = options;
        this.client =
                StreamsClient.open(
                        options.client,
                        MAX_IN_FLIGHT,
                        StreamsOptions.REQUEST_TIMEOUT_MS,
                        options.maxRetries,
                        options.minBackoffMs,
                        options.maxBackoffMs,
                        failure -> {});
    }

    /**
     * Describes a stream with all its shards.
     *
     * @param streamArn null for the one that is set or the table's newest
     * @param lookUp whether to ask for the table's newest stream
     */
    Found find(@Nullable String streamArn, boolean lookUp)
            throws IOException, InterruptedException {
        String newestArn = options.streamArn;
        if (newestArn == null && lookUp) {
            newestArn = await(client.latestStream(options.tableName)).orElse(null);
        }
        String arn = streamArn == null ? newestArn : streamArn;
        if (arn == null) {
            throw new StreamsSourceException(
                    "Table "
                            + options.tableName
                            + " has no stream ("
                            + client.where()
                            + "). Enable one, with StreamEnabled and a StreamViewType.");
        }
        try {
            return new Found(newestArn, arn, await(client.describe(arn)));
        } catch (ServiceFailure failure) {
            if (!StreamsClient.NOT_FOUND.equals(failure.code())) {
                throw failure;
            }
            return new Found(newestArn, arn, null);
        }
    }

    /**
     * Asks once more for what a list left open.
     *
     * @return the answer to one question each; the first one is a whole list if parents are missing
     */
    List<StreamDescription> ask(String streamArn, ShardListing.Doubts doubts, long delayMs)
            throws IOException, InterruptedException {
        Thread.sleep(delayMs);
        List<StreamDescription> answers = new ArrayList<>();
        if (!doubts.orphans.isEmpty()) {
            answers.add(await(client.describe(streamArn)));
        }
        for (String shardId : doubts.childless) {
            try {
                answers.add(await(client.children(streamArn, shardId)));
            } catch (ServiceFailure failure) {
                // A shard that is gone since has no children to tell of.
                if (!StreamsClient.NOT_FOUND.equals(failure.code())) {
                    throw failure;
                }
            }
        }
        return answers;
    }

    /** Iterators behind the newest record of each shard; none for one that is gone since. */
    Map<String, String> latestIterators(String streamArn, Collection<String> shardIds)
            throws IOException, InterruptedException {
        Map<String, CompletableFuture<String>> calls = new HashMap<>();
        Map<String, String> iterators = new HashMap<>();
        for (String shardId : shardIds) {
            calls.put(shardId, client.iteratorAtLatest(streamArn, shardId));
            // A connection is not waited for longer than a request may take.
            if (calls.size() == MAX_IN_FLIGHT) {
                collect(calls, iterators);
            }
        }
        collect(calls, iterators);
        return iterators;
    }

    private static void collect(
            Map<String, CompletableFuture<String>> calls, Map<String, String> iterators)
            throws IOException, InterruptedException {
        for (Map.Entry<String, CompletableFuture<String>> call : calls.entrySet()) {
            try {
                iterators.put(call.getKey(), await(call.getValue()));
            } catch (ServiceFailure failure) {
                // The pinned time leads to the same place.
                if (!StreamsClient.NOT_FOUND.equals(failure.code())
                        && !StreamsClient.TRIMMED.equals(failure.code())) {
                    throw failure;
                }
            }
        }
        calls.clear();
    }

    private static <T> T await(CompletableFuture<T> answer)
            throws IOException, InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ServiceFailure) {
                throw (ServiceFailure) e.getCause();
            }
            throw new IOException(e.getCause());
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
