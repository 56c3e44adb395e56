package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.client.ErrorClass;
import io.github.pyflinkdynamodb.client.ErrorCodes;
import io.github.pyflinkdynamodb.client.ServiceFailure;
import io.github.pyflinkdynamodb.client.StreamsClient;
import io.github.pyflinkdynamodb.request.RecordPage;
import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Reads its shards side by side, a page of each in turn.
 *
 * <p>Everything runs on the task's thread, which never waits; the client's threads only leave mail
 * for it. What the pages take of the heap is bounded over all shards. A record and the place behind
 * it leave in one step, so that a checkpoint holds what has left, no more and no less.
 *
 * <p>A shard that is read to its end stays in the state, at a final position, until the enumerator
 * says that a completed checkpoint has it in its own: else a failure between the two would leave
 * nobody to read the children.
 */
final class StreamsReader<T> implements SourceReader<T, ShardSplit> {
    private static final Logger LOG = LoggerFactory.getLogger(StreamsReader.class);

    /** Bytes of pages that are held or under way, over all shards. */
    private static final long MAX_HELD_BYTES = 64L * 1024 * 1024;

    /** Most bytes of a page. Source: API reference, GetRecords. */
    private static final long MAX_PAGE_BYTES = 1024 * 1024;

    /** Calls under way, and so connections. */
    private static final int MAX_IN_FLIGHT = (int) (MAX_HELD_BYTES / MAX_PAGE_BYTES);

    /** Failures of calls on this side of the network, which say nothing of what was asked. */
    private static final Set<String> NO_ANSWER =
            Set.of(
                    ErrorCodes.CONNECTION_FAULT,
                    ErrorCodes.REQUEST_TIMEOUT,
                    ErrorCodes.CHECKSUM_MISMATCH,
                    ErrorCodes.MALFORMED_RESPONSE,
                    ErrorCodes.CREDENTIALS_REFRESH_FAILED);

    private final SourceReaderContext context;
    private final StreamsOptions options;
    private final StreamRecordSchema<T> schema;
    private final StreamsReaderMetrics metrics;

    /** Changed by the task's thread only; metrics are read by others. */
    private final Map<String, Shard> shards = new ConcurrentHashMap<>();

    private final Map<String, ShardSplit> finished = new LinkedHashMap<>();

    /** Shards with records that may leave, each once. */
    private final ArrayDeque<Shard> ready = new ArrayDeque<>();

    /** Shards that may fetch a page once there is room for it. */
    private final ArrayDeque<Shard> waitingForRoom = new ArrayDeque<>();

    private final Set<String> paused = new HashSet<>();

    /** Splits that are done while Flink still holds the watermark back for them. */
    private final List<String> unreleased = new ArrayList<>();

    private final ConcurrentLinkedQueue<Mail> mails = new ConcurrentLinkedQueue<>();
    private final AtomicReference<CompletableFuture<Void>> available =
            new AtomicReference<>(new CompletableFuture<>());

    private StreamsClient client;
    private long reservedBytes;
    private boolean noMoreSplits;

    /** What a client's thread leaves for the task's. */
    private interface Mail {
        void deliver() throws IOException;
    }

    StreamsReader(
            SourceReaderContext context, StreamsOptions options, StreamRecordSchema<T> schema) {
        this.context = context;
        this.options = options;
        this.schema = schema;
        this.metrics =
                new StreamsReaderMetrics(
                        context.metricGroup(), this::countOpenShards, this::millisBehind);
    }

    @Override
    public void start() {
        schema.open();
        client =
                StreamsClient.open(
                        options.client,
                        MAX_IN_FLIGHT,
                        StreamsOptions.REQUEST_TIMEOUT_MS,
                        options.maxRetries,
                        options.minBackoffMs,
                        options.maxBackoffMs,
                        metrics::retried);
        if (!finished.isEmpty()) {
            report(finished.values());
        }
        shards.values().forEach(Shard::fetch);
    }

    @Override
    public void addSplits(List<ShardSplit> splits) {
        for (ShardSplit split : splits) {
            if (split.position().isFinal()) {
                finished.put(split.splitId(), split);
                unreleased.add(split.splitId());
            } else {
                Shard shard = new Shard(split);
                shards.put(split.splitId(), shard);
                if (client != null) {
                    shard.fetch();
                }
            }
        }
        wake();
    }

    @Override
    public InputStatus pollNext(ReaderOutput<T> output) throws IOException {
        for (Mail mail = mails.poll(); mail != null; mail = mails.poll()) {
            mail.deliver();
        }
        Shard shard = ready.peek();
        if (shard != null) {
            shard.emit(output);
        }
        for (String splitId : unreleased) {
            // Flink may have made it when the split was assigned, and fails where it has not.
            output.createOutputForSplit(splitId);
            output.releaseOutputForSplit(splitId);
        }
        unreleased.clear();
        if (shard == null) {
            return noMoreSplits && shards.isEmpty()
                    ? InputStatus.END_OF_INPUT
                    : InputStatus.NOTHING_AVAILABLE;
        }
        return InputStatus.MORE_AVAILABLE;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        if (!ready.isEmpty() || (noMoreSplits && shards.isEmpty())) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> future = available.get();
        if (future.isDone()) {
            future = new CompletableFuture<>();
            available.set(future);
        }
        // Mail that came before the future was there has completed the one before it.
        if (!mails.isEmpty()) {
            future.complete(null);
        }
        return future;
    }

    @Override
    public List<ShardSplit> snapshotState(long checkpointId) {
        List<ShardSplit> splits = new ArrayList<>(finished.values());
        shards.values().forEach(shard -> splits.add(shard.state.split()));
        return splits;
    }

    @Override
    public void notifyNoMoreSplits() {
        noMoreSplits = true;
        wake();
    }

    @Override
    public void handleSourceEvents(SourceEvent event) {
        if (event instanceof ShardsAcknowledgedEvent) {
            finished.keySet().removeAll(((ShardsAcknowledgedEvent) event).shardIds());
        }
    }

    /** Holds shards back whose watermark is ahead of the others'. */
    @Override
    public void pauseOrResumeSplits(
            Collection<String> splitsToPause, Collection<String> splitsToResume) {
        paused.addAll(splitsToPause);
        for (String shardId : splitsToPause) {
            Shard shard = shards.get(shardId);
            if (shard != null && shard.isReady) {
                shard.isReady = false;
                ready.remove(shard);
            }
        }
        splitsToResume.forEach(paused::remove);
        for (String shardId : splitsToResume) {
            Shard shard = shards.get(shardId);
            if (shard != null) {
                shard.makeReady();
            }
        }
        wake();
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
    }

    private long countOpenShards() {
        return shards.size();
    }

    private long millisBehind() {
        long most = 0;
        for (Shard shard : shards.values()) {
            most = Math.max(most, shard.state.behindMillis());
        }
        return most;
    }

    private void report(Collection<ShardSplit> splits) {
        List<String> ended = new ArrayList<>();
        List<String> stopped = new ArrayList<>();
        for (ShardSplit split : splits) {
            boolean end = split.position().kind() == ShardPosition.Kind.END;
            (end ? ended : stopped).add(split.splitId());
        }
        context.sendSourceEventToCoordinator(new ShardsFinishedEvent(ended, stopped));
    }

    /** By any thread. */
    private void mail(Mail mail) {
        mails.add(mail);
        wake();
    }

    private void wake() {
        available.get().complete(null);
    }

    /** Fails the job, or goes on and says so, as the user has chosen. */
    private void lose(ServiceFailure failure, String what, String remedy) throws IOException {
        if (options.failOnDataLoss) {
            throw new StreamsSourceException(
                    what + " " + remedy + " The service says: " + failure.getMessage(), failure);
        }
        metrics.dataLoss();
        LOG.warn("{} Going on, as on_data_loss asks. {}", what, failure.getMessage());
    }

    /** A shard and what is under way for it. */
    private final class Shard implements Collector<T> {
        private final OpenShard state;
        private boolean isReady;
        private boolean isWaiting;
        private int attemptsAtTime;
        private long callMs;
        private SourceOutput<T> output;
        private long recordMillis;

        /** A call, or the time until the next one may be made. */
        private boolean isBusy;

        Shard(ShardSplit split) {
            state = new OpenShard(split);
        }

        /** Begins to fetch the next page, unless that is under way or not wanted yet. */
        void fetch() {
            if (isBusy || isWaiting || !isOpen() || !state.wantsPage()) {
                return;
            }
            if (reservedBytes + MAX_PAGE_BYTES > MAX_HELD_BYTES) {
                isWaiting = true;
                waitingForRoom.add(this);
                return;
            }
            isBusy = true;
            reservedBytes += MAX_PAGE_BYTES;
            if (state.iterator() == null) {
                askForIterator();
            } else {
                askForPage();
            }
        }

        private void askForIterator() {
            String arn = state.split().streamArn();
            CompletableFuture<String> answer;
            switch (state.iteratorKind()) {
                case AFTER_SEQUENCE_NUMBER:
                    answer =
                            client.iteratorAfter(
                                    arn, state.shardId(), state.iteratorSequenceNumber());
                    break;
                case AT_TIMESTAMP:
                    answer =
                            client.iteratorAtTimestamp(
                                    arn, state.shardId(), state.iteratorTimeMillis());
                    break;
                default:
                    answer = client.iteratorAtTrimHorizon(arn, state.shardId());
            }
            answer.whenComplete(
                    (iterator, fault) ->
                            mail(
                                    () -> {
                                        if (fault != null) {
                                            failed((ServiceFailure) fault);
                                        } else if (isOpen()) {
                                            state.iteratorCame(iterator);
                                            askForPage();
                                        } else {
                                            release();
                                        }
                                    }));
        }

        private void askForPage() {
            callMs = now();
            client.records(state.split().streamArn(), state.shardId(), state.iterator())
                    .whenComplete(
                            (page, fault) ->
                                    mail(
                                            () -> {
                                                if (fault == null) {
                                                    came(page);
                                                } else {
                                                    failed((ServiceFailure) fault);
                                                }
                                            }));
        }

        private void came(RecordPage page) {
            reservedBytes -= MAX_PAGE_BYTES;
            if (!isOpen()) {
                isBusy = false;
                fetchWaiting();
                return;
            }
            metrics.page(page.bytes());
            attemptsAtTime = 0;
            state.pageCame(page);
            if (!page.records().isEmpty()) {
                reservedBytes += page.bytes();
                makeReady();
            }
            fetchWaiting();
            if (state.isFinished()) {
                finish();
            } else {
                rest(PollPace.delayMs(options, page, now() - callMs));
            }
        }

        private void failed(ServiceFailure failure) throws IOException {
            release();
            if (!isOpen()) {
                return;
            }
            String shard = "shard " + state.shardId() + " of " + options.subject();
            switch (failure.code()) {
                case StreamsClient.EXPIRED_ITERATOR:
                    state.iteratorExpired();
                    break;
                case StreamsClient.TRIMMED:
                    if (!state.isAtTrimHorizon()) {
                        lose(
                                failure,
                                "Records of "
                                        + shard
                                        + " were trimmed before they were read:"
                                        + " they are older than the 24 hours that a stream keeps.",
                                "set_on_data_loss(\"continue\") goes on at the oldest that is"
                                        + " left.");
                    }
                    state.recordsLost();
                    break;
                case StreamsClient.NOT_FOUND:
                    lose(
                            failure,
                            "There is no " + shard + " any more, and it was not read to its end.",
                            "set_on_data_loss(\"continue\") goes on with the other shards.");
                    state.shardLost();
                    break;
                default:
                    if (state.isAskingForTime()) {
                        failedAtTime(failure);
                    } else if (state.holdsFirstIterator()
                            && failure.errorClass() == ErrorClass.INVALID_RECORD
                            && ++attemptsAtTime <= options.maxRetries) {
                        // It may be older than any that the service still knows.
                        state.iteratorExpired();
                    } else {
                        throw failure;
                    }
            }
            if (state.isFinished()) {
                finish();
            } else {
                rest(options.minBackoffMs);
            }
        }

        /** Emulators have no iterators by time, and say so in many ways. */
        private void failedAtTime(ServiceFailure failure) throws IOException {
            switch (failure.errorClass()) {
                case TRANSIENT:
                    if (NO_ANSWER.contains(failure.code())) {
                        if (++attemptsAtTime > options.maxRetries) {
                            throw failure;
                        }
                        return;
                    }
                    break;
                case INVALID_RECORD:
                    break;
                default:
                    throw failure;
            }
            LOG.info(
                    "Shard {} is read from its oldest record, for iterators at a time are refused:"
                            + " {}",
                    state.shardId(),
                    failure.getMessage());
            state.timestampRefused();
        }

        /** Fetches again after a while. */
        private void rest(long delayMs) {
            isBusy = true;
            client.schedule(
                    () ->
                            mail(
                                    () -> {
                                        isBusy = false;
                                        fetch();
                                    }),
                    delayMs);
        }

        private void release() {
            isBusy = false;
            reservedBytes -= MAX_PAGE_BYTES;
            fetchWaiting();
        }

        void makeReady() {
            if (!isReady && state.hasRecords() && !paused.contains(state.shardId())) {
                isReady = true;
                ready.add(this);
            }
        }

        /** Lets the next record leave, and the page behind it if it was the last. */
        void emit(ReaderOutput<T> readerOutput) throws IOException {
            StreamRecord record = state.nextRecord();
            if (record != null) {
                if (output == null) {
                    output = readerOutput.createOutputForSplit(state.shardId());
                }
                metrics.record();
                recordMillis = record.creationTimeMillis();
                schema.deserialize(record, this);
            }
            if (!state.isPageRead()) {
                return;
            }
            ready.remove();
            isReady = false;
            reservedBytes -= state.leavePage();
            fetchWaiting();
            if (state.isFinished()) {
                finish();
            } else {
                makeReady();
                fetch();
            }
        }

        @Override
        public void collect(T element) {
            output.collect(element, recordMillis);
        }

        @Override
        public void close() {}

        private boolean isOpen() {
            return shards.get(state.shardId()) == this;
        }

        private void finish() {
            ShardSplit split = state.split();
            shards.remove(split.splitId());
            paused.remove(split.splitId());
            finished.put(split.splitId(), split);
            unreleased.add(split.splitId());
            report(List.of(split));
        }
    }

    private void fetchWaiting() {
        while (!waitingForRoom.isEmpty() && reservedBytes + MAX_PAGE_BYTES <= MAX_HELD_BYTES) {
            Shard shard = waitingForRoom.remove();
            shard.isWaiting = false;
            shard.fetch();
        }
    }

    private static long now() {
        return System.nanoTime() / 1_000_000;
    }
}
