package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.client.StreamDescription;
import io.github.pyflinkdynamodb.streams.KnownShard.Status;

import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.Counter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;

import javax.annotation.Nullable;

/**
 * Finds a stream's shards and gives them to the readers, a parent before its children.
 *
 * <p>Looks for shards at intervals and whenever one has ended; one look follows the other. What the
 * rules are is {@link ShardTracker}'s business, what the service says {@link StreamsDiscovery}'s.
 *
 * <p>Shards are given out while all readers are registered. A failure takes readers away before it
 * returns what they had, so nothing is given out between the returns of readers that failed
 * together.
 *
 * <p>Runs on the coordinator's thread, but for the calls. Once it has failed it does nothing more,
 * so that no checkpoint takes for granted what was lost.
 */
final class StreamsEnumerator implements SplitEnumerator<ShardSplit, StreamsState> {
    private static final Logger LOG = LoggerFactory.getLogger(StreamsEnumerator.class);

    /** Shards that end one after the other are looked up together. */
    private static final long MIN_INTERVAL_MS = 500;

    private final SplitEnumeratorContext<ShardSplit> context;
    private final StreamsOptions options;
    private final ShardAssigner assigner;
    private final StreamRecordSchema<?> schema;
    private final ShardTracker tracker;
    private final StreamsDiscovery discovery;
    private final Counter dataLosses;

    /** The end in the state that was restored; null for none. */
    @Nullable private final Long restoredEnd;

    /** Read by metrics. */
    private volatile long waiting;

    /** Readers that know that nothing more comes. */
    private final Set<Integer> dismissed = new HashSet<>();

    private boolean discovering;
    private boolean discoverAgain;
    private boolean lookedUp;
    private boolean stopped;
    private long lastDiscoveryNanos = System.nanoTime() - MIN_INTERVAL_MS * 1_000_000;
    @Nullable private String checkedArn;

    private interface Step {
        void run() throws IOException;
    }

    private interface Handler<T> {
        void handle(T answer) throws IOException;
    }

    /**
     * Opens no connection yet.
     *
     * @param state null for a new read
     */
    StreamsEnumerator(
            SplitEnumeratorContext<ShardSplit> context,
            StreamsOptions options,
            ShardAssigner assigner,
            StreamRecordSchema<?> schema,
            @Nullable StreamsState state) {
        this.context = context;
        this.options = options;
        this.assigner = assigner;
        this.schema = schema;
        long endMillis = options.bounded ? options.endMillis : ShardSplit.UNBOUNDED;
        this.tracker =
                new ShardTracker(
                        options.initialPosition, options.initialTimeMillis, endMillis, state);
        // Until the service says what time it is.
        this.tracker.pin(System.currentTimeMillis());
        this.discovery = new StreamsDiscovery(options);
        this.dataLosses = context.metricGroup().counter("dataLosses");
        context.metricGroup().setUnassignedSplitsGauge(() -> waiting);
        this.restoredEnd = state == null || state.streamArn == null ? null : state.endMillis;
    }

    @Override
    public void start() {
        run(
                () -> {
                    checkEnd();
                    discover();
                    context.callAsync(
                            () -> null,
                            (nothing, fault) -> run(this::tick),
                            options.discoveryIntervalMs,
                            options.discoveryIntervalMs);
                });
    }

    @Override
    public void handleSplitRequest(int reader, @Nullable String host) {
        // Shards are given out unasked.
    }

    @Override
    public void addReader(int reader) {
        dismissed.remove(reader);
        run(this::assign);
    }

    /** A reader failed. Called for each one, also if it had been given nothing. */
    @Override
    public void addSplitsBack(List<ShardSplit> splits, int reader) {
        run(
                () -> {
                    tracker.resetReader(reader, splits);
                    waiting = tracker.countWaiting();
                });
    }

    @Override
    public void handleSourceEvent(int reader, SourceEvent event) {
        if (!(event instanceof ShardsFinishedEvent)) {
            throw new IllegalArgumentException("unknown event " + event.getClass().getName());
        }
        ShardsFinishedEvent finished = (ShardsFinishedEvent) event;
        run(
                () -> {
                    long before = tracker.mark();
                    List<String> settled = new ArrayList<>();
                    finish(finished.ended(), Status.ENDED, reader, settled);
                    finish(finished.stopped(), Status.STOPPED, reader, settled);
                    acknowledge(settled, Set.of(reader));
                    if (tracker.mark() != before) {
                        discover();
                    }
                    assign();
                });
    }

    private void finish(List<String> ids, Status status, int reader, List<String> settled) {
        for (String id : ids) {
            if (tracker.finish(id, status, reader)) {
                settled.add(id);
            }
        }
    }

    @Override
    public StreamsState snapshotState(long checkpointId) {
        if (stopped) {
            throw new IllegalStateException("the job has failed or is over");
        }
        return tracker.snapshot(checkpointId);
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
        run(
                () -> {
                    Set<Integer> readers = new TreeSet<>(context.registeredReaders().keySet());
                    acknowledge(tracker.acknowledge(checkpointId), readers);
                });
    }

    /** Tells readers that they need not remember these shards' ends any longer. */
    private void acknowledge(List<String> settled, Set<Integer> readers) {
        if (settled.isEmpty()) {
            return;
        }
        for (int reader : readers) {
            // One that is not there now reports its shards again when it is. One that was dismissed
            // may have finished, and Flink fails a job whose event finds its task gone.
            if (context.registeredReaders().containsKey(reader) && !dismissed.contains(reader)) {
                context.sendEventToSourceReader(reader, new ShardsAcknowledgedEvent(settled));
            }
        }
    }

    @Override
    public void close() {
        stopped = true;
        discovery.close();
    }

    private void checkEnd() throws StreamsSourceException {
        if (restoredEnd == null) {
            return;
        }
        boolean wasBounded = restoredEnd != ShardSplit.UNBOUNDED;
        boolean otherEnd =
                options.bounded && options.endMillis != 0 && options.endMillis != restoredEnd;
        if (wasBounded != options.bounded || otherEnd) {
            throw new StreamsSourceException(
                    "The savepoint of "
                            + options.subject()
                            + " comes from a read with "
                            + (wasBounded ? "another end" : "no end")
                            + ", which its shards keep. Set the end that it had, or start without"
                            + " its state.");
        }
    }

    private void tick() {
        if (!discovering) {
            discover();
        }
    }

    /** Looks for shards: now, or once more when the look that is under way is over. */
    private void discover() {
        if (discovering) {
            discoverAgain = true;
            return;
        }
        discovering = true;
        long waitMs = MIN_INTERVAL_MS - (System.nanoTime() - lastDiscoveryNanos) / 1_000_000;
        if (waitMs <= 0) {
            list();
            return;
        }
        call(
                () -> {
                    Thread.sleep(waitMs);
                    return null;
                },
                nothing -> list());
    }

    private void list() {
        // Whatever ends from here on may go on in a shard that this list does not have.
        discoverAgain = false;
        lastDiscoveryNanos = System.nanoTime();
        long mark = tracker.mark();
        String streamArn = tracker.streamArn();
        boolean lookUp = !lookedUp || !tracker.isEnabled();
        call(() -> discovery.find(streamArn, lookUp), found -> take(found, mark));
    }

    private void take(StreamsDiscovery.Found found, long mark) throws IOException {
        lookedUp = true;
        if (found.newestArn != null) {
            checkTable(found);
            String loss = tracker.follow(found.newestArn);
            if (loss != null) {
                report(List.of(loss));
            }
        }
        if (found.stream == null) {
            if (tracker.nextStreamArn() == null) {
                throw new StreamsSourceException(
                        "There is no stream "
                                + found.streamArn
                                + ": the service keeps a stream for 24 hours after it was disabled"
                                + " or its table deleted. Set the ARN of a stream that exists, in"
                                + " the same region and account.");
            }
            tracker.streamGone();
            discovered();
            return;
        }
        if (!found.streamArn.equals(checkedArn)) {
            String problem = schema.problem(found.stream.viewType(), found.stream.keyNames());
            if (problem != null) {
                throw new StreamsSourceException(
                        "Stream " + found.streamArn + " cannot be read as asked: " + problem);
            }
            checkedArn = found.streamArn;
        }
        tracker.pin(found.stream.serviceTimeMillis());
        settle(new ShardListing(found.stream, mark), null, 0);
    }

    private void checkTable(StreamsDiscovery.Found found) throws StreamsSourceException {
        if (!table(found.newestArn).equals(table(found.streamArn))) {
            throw new StreamsSourceException(
                    "The savepoint is of stream "
                            + found.streamArn
                            + ", and the source is to read "
                            + found.newestArn
                            + ", which belongs to another table. Give the source another uid or"
                            + " start without its state.");
        }
    }

    private static String table(String streamArn) {
        int label = streamArn.indexOf("/stream/");
        return label < 0 ? streamArn : streamArn.substring(0, label);
    }

    /**
     * Asks for what a list leaves open, until it is known or has been asked for often enough.
     *
     * @param before what was open last time; null at first
     * @param asked how often it was asked for
     */
    private void settle(ShardListing listing, @Nullable ShardListing.Doubts before, int asked)
            throws IOException {
        ShardListing.Doubts doubts = tracker.doubts(listing);
        // A chain of shards may come to light one by one.
        int sofar = before != null && !doubts.overlaps(before) ? 0 : asked;
        if (doubts.isEmpty() || sofar >= options.inconsistencyRetries) {
            report(tracker.goOnInDoubt(doubts));
            pin(listing);
            return;
        }
        long delayMs = Math.min(options.maxBackoffMs, options.minBackoffMs << Math.min(sofar, 20));
        String streamArn = tracker.streamArn();
        call(
                () -> discovery.ask(streamArn, doubts, delayMs),
                answers -> {
                    ShardListing next = listing;
                    int first = 0;
                    if (!doubts.orphans.isEmpty()) {
                        next = new ShardListing(answers.get(0), listing.mark());
                        first = 1;
                    }
                    for (StreamDescription answer : answers.subList(first, answers.size())) {
                        next.add(answer);
                    }
                    settle(next, doubts, sofar + 1);
                });
    }

    private void pin(ShardListing listing) throws IOException {
        List<String> open = tracker.shardsToPin(listing);
        if (open.isEmpty()) {
            apply(listing, Map.of());
            return;
        }
        String streamArn = tracker.streamArn();
        call(
                () -> discovery.latestIterators(streamArn, open),
                iterators -> apply(listing, iterators));
    }

    private void apply(ShardListing listing, Map<String, String> iterators) throws IOException {
        report(tracker.apply(listing, iterators));
        discovered();
    }

    private void discovered() throws IOException {
        if (tracker.switchStream()) {
            LOG.info("{} is read to its end; now {}", checkedArn, tracker.streamArn());
            discoverAgain = true;
        }
        discovering = false;
        assign();
        if (discoverAgain) {
            discover();
        }
    }

    private void report(Collection<String> losses) throws StreamsSourceException {
        for (String loss : losses) {
            dataLosses.inc();
            if (options.failOnDataLoss) {
                throw new StreamsSourceException(
                        loss
                                + ". To go on with what is left, here and whenever changes are"
                                + " lost, set_on_data_loss(\"continue\").");
            }
            LOG.warn("Changes are lost: {}.", loss);
        }
    }

    private void assign() {
        waiting = tracker.countWaiting();
        Set<Integer> readers = new TreeSet<>(context.registeredReaders().keySet());
        int parallelism = context.currentParallelism();
        if (readers.size() < parallelism) {
            return;
        }
        readers.removeAll(dismissed);
        if (!readers.isEmpty()) {
            assign(readers, parallelism);
        }
        waiting = tracker.countWaiting();
        if (tracker.isDone()) {
            readers.forEach(context::signalNoMoreSplits);
            dismissed.addAll(readers);
        }
    }

    private void assign(Set<Integer> readers, int parallelism) {
        Map<Integer, Integer> load = tracker.load(readers, parallelism);
        Map<Integer, List<ShardSplit>> assignment = new HashMap<>();
        for (ShardSplit split : tracker.ready()) {
            int reader = tracker.boundReader(split.shardId());
            if (reader == ShardTracker.NOBODY) {
                reader =
                        assigner.assign(
                                split.shardId(), Collections.unmodifiableMap(load), parallelism);
            }
            if (!load.containsKey(reader)) {
                reader = Math.floorMod(reader, parallelism);
            }
            if (!load.containsKey(reader)) {
                // It has finished already: only one that came back still takes shards.
                reader = readers.iterator().next();
            }
            load.merge(reader, 1, Integer::sum);
            tracker.assign(split.shardId(), reader);
            assignment.computeIfAbsent(reader, each -> new ArrayList<>()).add(split);
        }
        if (!assignment.isEmpty()) {
            context.assignSplits(new SplitsAssignment<>(assignment));
        }
    }

    private <T> void call(Callable<T> call, Handler<T> handler) {
        context.callAsync(
                call,
                (answer, fault) ->
                        run(
                                () -> {
                                    if (fault instanceof IOException) {
                                        throw (IOException) fault;
                                    }
                                    if (fault != null) {
                                        throw new IllegalStateException(fault);
                                    }
                                    handler.handle(answer);
                                }));
    }

    /** Flink fails the job with whatever is thrown here. */
    private void run(Step step) {
        if (stopped) {
            return;
        }
        try {
            step.run();
        } catch (IOException e) {
            stopped = true;
            throw new UncheckedIOException(e.getMessage(), e);
        } catch (RuntimeException e) {
            stopped = true;
            throw e;
        }
    }
}
