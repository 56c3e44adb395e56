package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.request.StreamRecord;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Random reads of a shard, compared with its log: pages of any size and empty ones, iterators that
 * expire, restarts from any checkpoint, with and without iterators by time.
 *
 * <p>Another seed: {@code -Dseed=...}. The seed of a run is printed, and said again by a failure.
 */
class OpenShardTest {
    private static final int ROUNDS = 3_000;
    private static final long START = 1_700_000_000_000L;
    private static final long MINUTE = 60_000;

    private enum Event {
        RESTART,
        RESTART_WITH_PAGES_WAITING,
        EXPIRED,
        EXPIRED_BEFORE_THE_FIRST_RECORD,
        TIMESTAMP_REFUSED,
        DROPPED,
        RESTART_WHILE_DROPPING,
        EMPTY_PAGE,
        STOPPED_AT_RECORD,
        STOPPED_AT_EMPTY_PAGES,
        ENDED
    }

    @Test
    void everyRecordFromTheStartOnLeavesOnceAndInOrder() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("OpenShardTest runs with -Dseed=" + seed);
        Random seeds = new Random(seed);
        Map<Event, Integer> events = new EnumMap<>(Event.class);
        for (int round = 0; round < ROUNDS; round++) {
            Round played = new Round(new Random(seeds.nextLong()), events);
            assertThat(played.read()).as("-Dseed=%s, round %s", seed, round).isTrue();
        }
        assertThat(events).as("what happened").containsOnlyKeys(Event.values());
    }

    @Test
    void iteratorThatIsKeptForARestartGetsNewerWithEachEmptyPage() {
        ShardPosition start = ShardPosition.latest(START, ShardLog.iterator(0));
        OpenShard shard = new OpenShard(new ShardSplit("arn", "s", start, ShardSplit.UNBOUNDED));

        shard.pageCame(new ShardLog(List.of()).page(0, 0, "newer", START));

        assertThat(shard.split().position()).isEqualTo(ShardPosition.latest(START, "newer"));
    }

    /** Else a restart would take what was before the job's start for wanted. */
    @Test
    void iteratorAtTheOldestRecordIsNotKeptAsTheJobsStart() {
        ShardPosition start = ShardPosition.latest(START, null);
        OpenShard shard = new OpenShard(new ShardSplit("arn", "s", start, ShardSplit.UNBOUNDED));

        shard.timestampRefused();
        shard.iteratorCame("at the oldest");
        shard.pageCame(new ShardLog(List.of()).page(0, 0, "behind the oldest", START));

        assertThat(shard.split().position()).isEqualTo(start);
    }

    /** The service answers so while it looks for records. */
    @Test
    void emptyPagesBetweenRecordsDoNotEndABoundedRead() {
        ShardLog log = new ShardLog(List.of(START, START));
        ShardSplit split = new ShardSplit("arn", "s", ShardPosition.trimHorizon(), START);
        OpenShard shard = new OpenShard(split);

        for (int record = 0; record < log.size(); record++) {
            for (int empty = 0; empty < 9; empty++) {
                shard.pageCame(log.page(record, record, "next", START + 1));
            }
            shard.pageCame(log.page(record, record + 1, "next", START + 1));
            assertThat(shard.nextRecord()).isNotNull();
            shard.leavePage();
        }
        assertThat(shard.isFinished()).isFalse();
        for (int empty = 0; empty < 10; empty++) {
            assertThat(shard.isFinished()).isFalse();
            shard.pageCame(log.page(2, 2, "next", START + 1));
        }
        assertThat(shard.split().position()).isEqualTo(ShardPosition.stopped());
    }

    /** One shard, read once, with all that may come between. */
    private static final class Round {
        private final Random random;
        private final Map<Event, Integer> events;
        private final ShardLog log;
        private final boolean knowsTimestamps;
        private final long endMillis;
        private final boolean closed;
        private final int pinned;
        private final List<Integer> left = new ArrayList<>();
        private OpenShard shard;
        private ShardSplit checkpoint;
        private int leftAtCheckpoint;
        private boolean expiredBeforeFirst;

        Round(Random random, Map<Event, Integer> events) {
            this.random = random;
            this.events = events;
            long time = START;
            List<Long> times = new ArrayList<>();
            for (int left = random.nextInt(60); left > 0; left--) {
                time += random.nextInt(4) == 0 ? random.nextInt(90_000) : random.nextInt(3);
                times.add(time);
            }
            log = new ShardLog(times);
            knowsTimestamps = random.nextBoolean();
            closed = random.nextBoolean();
            endMillis =
                    closed && random.nextBoolean()
                            ? ShardSplit.UNBOUNDED
                            : START + random.nextInt(600_000);
            pinned = random.nextInt(log.size() + 1);
            shard = new OpenShard(new ShardSplit("arn", "shard", start(), endMillis));
            checkpoint = shard.split();
        }

        boolean read() {
            ShardPosition start = shard.split().position();
            while (!shard.isFinished()) {
                int choice = random.nextInt(100);
                if (choice < 3) {
                    restart();
                } else if (choice < 8) {
                    checkpoint = shard.split();
                    leftAtCheckpoint = left.size();
                } else if (choice < 12 && shard.iterator() != null) {
                    expire();
                } else if (choice < 60 && shard.wantsPage()) {
                    fetch();
                } else if (shard.hasRecords()) {
                    emit();
                }
            }
            boolean stopped = shard.split().position().kind() == ShardPosition.Kind.STOPPED;
            boolean atTip = log.firstAt(endMillis) == log.size();
            note(
                    !stopped
                            ? Event.ENDED
                            : atTip ? Event.STOPPED_AT_EMPTY_PAGES : Event.STOPPED_AT_RECORD);
            int last = endMillis == ShardSplit.UNBOUNDED ? log.size() : log.firstAt(endMillis + 1);
            int from = first(start);
            List<Integer> expected =
                    IntStream.range(Math.min(from, last), last)
                            .boxed()
                            .collect(Collectors.toList());
            if (start.kind() != ShardPosition.Kind.LATEST || !expiredBeforeFirst) {
                return left.equals(expected);
            }
            // A little before the pinned place is allowed, a gap behind it is not.
            int earliest = log.firstAt(Math.floorDiv(start.timeMillis(), MINUTE) * MINUTE);
            List<Integer> whole =
                    IntStream.range(Math.min(earliest, last), last)
                            .boxed()
                            .collect(Collectors.toList());
            return left.size() >= expected.size()
                    && left.equals(whole.subList(whole.size() - left.size(), whole.size()));
        }

        private ShardPosition start() {
            switch (random.nextInt(3)) {
                case 0:
                    return ShardPosition.trimHorizon();
                case 1:
                    return ShardPosition.atTimestamp(START + 1_000L * random.nextInt(400));
                default:
                    // Asked for at the time of the record behind it, or a little earlier.
                    long time = pinned == 0 ? START : START + timeBefore(pinned);
                    return ShardPosition.latest(time, ShardLog.iterator(pinned));
            }
        }

        private long timeBefore(int index) {
            long time = 0;
            while (log.firstAt(START + time + 1) < index) {
                time++;
            }
            return time;
        }

        private int first(ShardPosition start) {
            switch (start.kind()) {
                case TRIM_HORIZON:
                    return 0;
                case AT_TIMESTAMP:
                    return log.firstAt(start.timeMillis());
                default:
                    return pinned;
            }
        }

        private void restart() {
            note(shard.hasRecords() ? Event.RESTART_WITH_PAGES_WAITING : Event.RESTART);
            if (checkpoint.position().kind() == ShardPosition.Kind.AFTER_SEQUENCE_NUMBER
                    && checkpoint.position().timeMillis() != ShardPosition.NO_TIME) {
                note(Event.RESTART_WHILE_DROPPING);
            }
            shard = new OpenShard(checkpoint);
            left.subList(leftAtCheckpoint, left.size()).clear();
        }

        private void expire() {
            boolean first = shard.holdsFirstIterator();
            expiredBeforeFirst |= first;
            note(first ? Event.EXPIRED_BEFORE_THE_FIRST_RECORD : Event.EXPIRED);
            shard.iteratorExpired();
        }

        private void fetch() {
            if (shard.iterator() == null) {
                switch (shard.iteratorKind()) {
                    case TRIM_HORIZON:
                        shard.iteratorCame(ShardLog.iterator(0));
                        break;
                    case AFTER_SEQUENCE_NUMBER:
                        shard.iteratorCame(
                                ShardLog.iterator(ShardLog.after(shard.iteratorSequenceNumber())));
                        break;
                    default:
                        if (knowsTimestamps) {
                            shard.iteratorCame(
                                    ShardLog.iterator(log.firstAt(shard.iteratorTimeMillis())));
                        } else {
                            note(Event.TIMESTAMP_REFUSED);
                            shard.timestampRefused();
                        }
                }
                return;
            }
            int from = ShardLog.index(shard.iterator());
            int to = Math.min(log.size(), from + random.nextInt(8));
            boolean atEnd = to == log.size();
            if (to == from) {
                note(Event.EMPTY_PAGE);
            }
            String next = atEnd && closed && random.nextBoolean() ? null : ShardLog.iterator(to);
            long now = endMillis == ShardSplit.UNBOUNDED ? START : endMillis + 1;
            shard.pageCame(log.page(from, to, next, now));
        }

        private void emit() {
            StreamRecord record = shard.nextRecord();
            if (record != null) {
                left.add(Integer.parseInt(record.sequenceNumber()));
            } else {
                note(Event.DROPPED);
            }
            if (shard.isPageRead()) {
                shard.leavePage();
            }
        }

        private void note(Event event) {
            events.merge(event, 1, Integer::sum);
        }
    }
}
