package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.client.ShardDescription;
import io.github.pyflinkdynamodb.client.StreamDescription;
import io.github.pyflinkdynamodb.streams.KnownShard.Status;
import io.github.pyflinkdynamodb.streams.StreamsOptions.InitialPosition;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.annotation.Nullable;

/**
 * A stream, readers with their states, and a Flink that takes checkpoints and brings them back:
 * enough of each to see what a {@link ShardTracker} makes of them.
 */
final class ShardWorld {
    enum Event {
        REPORTED_LATE_CHILD,
        LOST_WHILE_WAITING,
        LOST_UNSEEN,
        LOST_IN_DOUBT,
        FORGOTTEN,
        RETURNED,
        REPLAYED,
        BOUND,
        RESTORED,
        RESTORED_AT_ITS_END,
        ACKNOWLEDGED,
        STOPPED,
        NOT_WANTED,
        DONE_BEFORE_THE_START
    }

    static final Set<Event> MET = EnumSet.noneOf(Event.class);
    private static final String ARN = "arn:aws:dynamodb:eu-west-1:1:table/t/stream/1";
    private static final long HOUR = 3_600_000;
    private static final int READERS = 3;
    private static final Pattern LOST = Pattern.compile("[Ss]hard (\\S+)");

    private static final class Shard {
        final String id;
        final Shard parent;
        boolean closed;
        boolean hidden;
        boolean trimmed;

        boolean stops;

        Shard(String id, Shard parent) {
            this.id = id;
            this.parent = parent;
        }
    }

    /**
     * How far a shard really is, by what readers hold: the index of its reader and whether done.
     */
    private static final class Reading {
        final int reader;
        final boolean done;

        /** Still in the reader's state. */
        final boolean kept;

        Reading(int reader, boolean done, boolean kept) {
            this.reader = reader;
            this.done = done;
            this.kept = kept;
        }
    }

    /** A checkpoint: the enumerator's part comes first, the readers' at the barrier. */
    private static final class Checkpoint {
        long id;
        StreamsState state;
        Map<String, Reading> atTrigger;
        Map<String, Reading> readings;
        Set<String> lost;
        Set<String> taken;
    }

    private final StringBuilder story = new StringBuilder();
    private final Random random;
    private final InitialPosition initial;
    private final boolean bounded;
    private final boolean named;
    private final List<Shard> shards = new ArrayList<>();
    private Map<String, Reading> readings = new HashMap<>();
    private Set<String> lost = new HashSet<>();

    /** Shards that were handed out while no list had their parents, which came later. */
    private final Set<String> early = new HashSet<>();

    /** Shards that were in a list that was taken in. */
    private Set<String> taken = new HashSet<>();

    private final Set<String> beforeStart = new HashSet<>();
    private ShardTracker tracker;
    private long now = 1_800_000_000_000L;
    private boolean pastEnd;
    private boolean quiet;
    private boolean listed;
    private boolean resumed;
    private long checkpoints;
    private Checkpoint under;
    private Checkpoint complete;

    ShardWorld(int seed) {
        random = new Random(seed);
        initial = InitialPosition.values()[random.nextInt(3)];
        bounded = random.nextInt(4) == 0;
        named = random.nextBoolean();
        for (int roots = 1 + random.nextInt(3); roots > 0; roots--) {
            create(null);
        }
        tracker = tracker(null);
    }

    private ShardTracker tracker(StreamsState state) {
        long end = bounded ? StreamsState.END_NOT_KNOWN : ShardSplit.UNBOUNDED;
        ShardTracker made = new ShardTracker(initial, 77, end, state);
        made.pin(now);
        if (made.streamArn() == null) {
            made.follow(ARN);
        }
        return made;
    }

    void play(int step) {
        random.setSeed(step);
        switch (step % 16) {
            case 0:
            case 1:
                divide();
                break;
            case 2:
                show();
                break;
            case 3:
                now += random.nextInt(9) * HOUR;
                trim();
                break;
            case 4:
            case 5:
            case 6:
                discover(random.nextInt(4) > 0);
                break;
            case 7:
            case 8:
                assign(1 + random.nextInt(3));
                break;
            case 9:
            case 10:
                finishSome();
                break;
            case 11:
                trigger();
                break;
            case 12:
                complete();
                break;
            case 13:
                failReaders();
                break;
            case 14:
                if (random.nextInt(3) == 0) {
                    restore();
                }
                break;
            default:
                reportAgain();
                if (bounded && random.nextInt(3) == 0) {
                    pastEnd = true;
                }
                break;
        }
    }

    /** With nothing more happening, all that is there comes to its end. */
    void playToTheEnd() {
        pastEnd = true;
        quiet = true;
        shards.forEach(shard -> shard.hidden &= shard.trimmed);
        for (int round = 0; round <= shards.size() + 1; round++) {
            discover(true);
            assign(Integer.MAX_VALUE);
            for (Shard shard : shards) {
                Reading reading = readings.get(shard.id);
                if (reading != null && !reading.done && (shard.closed || bounded)) {
                    finish(shard, reading.reader);
                }
            }
            reportAgain();
        }
        for (Shard shard : shards) {
            Reading reading = readings.get(shard.id);
            if (shard.closed && taken.contains(shard.id) && isWanted(shard)) {
                assertThat(lost.contains(shard.id) || reading != null && reading.done)
                        .as("%s is lost or read", shard.id)
                        .isTrue();
            } else if (!shard.closed && isWanted(shard)) {
                assertThat(reading).as("%s is handed out", shard.id).isNotNull();
            }
        }
        assertThat(tracker.isDone()).isEqualTo(bounded);
        trigger();
        complete();
        assertThat(readings.values()).noneMatch(reading -> reading.done && reading.kept);
        now += 49 * HOUR;
        discover(true);
        assertNothingIsKeptForEver();
    }

    private void assertNothingIsKeptForEver() {
        // Found by a list of a stream where everything else is trimmed.
        Shard last = shards.get(shards.size() - 1);
        StreamDescription list = new StreamDescription("ENABLED", "", List.of(), List.of(), now);
        tracker.apply(new ShardListing(list, tracker.mark()), Map.of());
        Set<String> parents = new HashSet<>();
        StreamsState state = tracker.snapshot(Long.MAX_VALUE);
        state.shards.forEach(shard -> parents.add(shard.parentShardId));
        for (KnownShard shard : state.shards) {
            assertThat(shard.status == Status.ASSIGNED || parents.contains(shard.shardId))
                    .as("%s is still needed beside %s", shard, last.id)
                    .isTrue();
        }
        if (state.shards.size() < shards.size()) {
            MET.add(Event.FORGOTTEN);
        }
    }

    private Shard create(Shard parent) {
        int number = shards.size();
        long created = now - (parent == null ? random.nextInt(30) * HOUR : 0);
        String id = named ? String.format("shardId-%020d-%04x", created, number) : "s" + number;
        Shard shard = new Shard(id, parent);
        shards.add(shard);
        return shard;
    }

    private void divide() {
        Shard shard = any(shards);
        if (!shard.closed) {
            shard.closed = true;
            for (int children = 1 + random.nextInt(2); children > 0; children--) {
                create(shard).hidden = random.nextInt(4) == 0;
            }
            now += random.nextInt(3) * HOUR;
        }
    }

    private void show() {
        Shard shard = any(shards);
        shard.hidden &= shard.trimmed;
    }

    /** The oldest go first, and no sooner than the service promises. */
    private void trim() {
        for (Shard shard : shards) {
            boolean old =
                    !named
                            || now - ShardListing.createdMillis(shard.id, 0)
                                    >= ShardListing.RETENTION_MILLIS;
            boolean parentGone = shard.parent == null || shard.parent.trimmed;
            boolean childrenTold =
                    shards.stream().noneMatch(s -> s.parent == shard && s.hidden && !s.trimmed);
            if (shard.closed && old && parentGone && childrenTold && random.nextBoolean()) {
                shard.trimmed = true;
                shard.hidden = true;
            }
        }
    }

    private void discover(boolean persistent) {
        long mark = tracker.mark();
        ShardListing listing = list(mark);
        if (!quiet && random.nextInt(4) == 0) {
            // Ends while the list is under way.
            finishSome();
            divide();
        }
        ShardListing.Doubts doubts = tracker.doubts(listing);
        for (int ask = 0; ask < shards.size() && persistent && !doubts.isEmpty(); ask++) {
            Set<String> orphans = doubts.orphans;
            for (Shard shard : shards) {
                if (shard.parent != null && doubts.childless.contains(shard.parent.id)) {
                    MET.add(Event.REPORTED_LATE_CHILD);
                    shard.hidden = shard.trimmed;
                }
                if (orphans.contains(shard.id)) {
                    shard.parent.hidden = shard.parent.trimmed;
                }
            }
            listing = list(mark);
            doubts = tracker.doubts(listing);
        }
        for (String loss : tracker.goOnInDoubt(doubts)) {
            MET.add(Event.LOST_IN_DOUBT);
            assertThat(loss).contains("inconsistent");
        }
        apply(listing);
    }

    private void apply(ShardListing listing) {
        Map<String, String> iterators = new HashMap<>();
        tracker.shardsToPin(listing).forEach(id -> iterators.put(id, "at " + id));
        boolean first = !listed && initial == InitialPosition.LATEST && !resumed;
        List<String> losses = tracker.apply(listing, iterators);
        tell("listed " + listing.shards());
        for (Shard shard : shards) {
            if (listing.has(shard.id)) {
                taken.add(shard.id);
            }
            if (first && listing.has(shard.id)) {
                if (isListedClosed(listing, shard.id)) {
                    MET.add(Event.DONE_BEFORE_THE_START);
                    beforeStart.add(shard.id);
                }
                if (shard.parent != null) {
                    beforeStart.add(shard.parent.id);
                }
            }
        }
        listed = true;
        for (String loss : losses) {
            Matcher id = LOST.matcher(loss);
            assertThat(id.find()).isTrue();
            Shard shard = find(id.group(1));
            Reading reading = readings.get(shard.id);
            assertThat(shard.hidden).as("%s is gone", shard.id).isTrue();
            assertThat(reading).as("%s is nobody's", shard.id).isNull();
            boolean unseen = loss.contains("before it was");
            // A parent that was never there may be missed again by another child.
            assertThat(lost.add(shard.id) || unseen).as("%s is lost once", shard.id).isTrue();
            MET.add(unseen ? Event.LOST_UNSEEN : Event.LOST_WHILE_WAITING);
            tell("lost " + shard.id);
        }
        assertDoneIsDone(listing);
    }

    private void assertDoneIsDone(ShardListing listing) {
        if (!tracker.isDone()) {
            return;
        }
        assertThat(readings.values()).allMatch(reading -> reading.done);
        for (Shard shard : shards) {
            if (listing.has(shard.id) && isWanted(shard)) {
                assertThat(readings.containsKey(shard.id) || lost.contains(shard.id)).isTrue();
            }
        }
    }

    private ShardListing list(long mark) {
        List<ShardDescription> list = new ArrayList<>();
        for (Shard shard : shards) {
            if (!shard.hidden) {
                String parent = shard.parent == null ? null : shard.parent.id;
                list.add(new ShardDescription(shard.id, parent, shard.closed));
            }
        }
        Collections.shuffle(list, random);
        return new ShardListing(new StreamDescription("ENABLED", "", List.of(), list, now), mark);
    }

    private static boolean isListedClosed(ShardListing listing, String id) {
        return listing.shards().stream().anyMatch(s -> s.shardId().equals(id) && s.isClosed());
    }

    private void assign(int most) {
        List<ShardSplit> ready = tracker.ready();
        Collections.shuffle(ready, random);
        for (ShardSplit split : ready.subList(0, Math.min(most, ready.size()))) {
            Shard shard = find(split.shardId());
            assertThat(readings.get(shard.id)).as("%s is handed out once", shard.id).isNull();
            assertThat(lost).doesNotContain(shard.id);
            assertThat(beforeStart).doesNotContain(shard.id);
            assertThat(split.position().kind()).isNotIn(ShardPosition.Kind.END);
            Shard parent = shard.parent;
            if (parent != null && taken.contains(parent.id) && !lost.contains(parent.id)) {
                Reading before = readings.get(parent.id);
                assertThat(beforeStart.contains(parent.id) || before != null && before.done)
                        .as("%s is read before %s", parent.id, shard.id)
                        .isTrue();
                assertThat(parent.stops).as("%s stops before %s", parent.id, shard.id).isFalse();
            }
            if (parent != null && !taken.contains(parent.id)) {
                early.add(shard.id);
            }
            int reader = tracker.boundReader(shard.id);
            assertWayIsKept(parent, reader);
            if (reader == ShardTracker.NOBODY) {
                reader = random.nextInt(READERS);
            }
            tracker.assign(shard.id, reader);
            readings.put(shard.id, new Reading(reader, false, true));
            tell(shard.id + " to " + reader);
        }
    }

    private void finishSome() {
        for (Shard shard : shards) {
            Reading reading = readings.get(shard.id);
            boolean may = shard.closed || bounded && pastEnd;
            if (reading != null && !reading.done && may && random.nextInt(3) == 0) {
                finish(shard, reading.reader);
            }
        }
    }

    private void finish(Shard shard, int reader) {
        // Where a read ends is in the records: another try ends there, too.
        shard.stops |= bounded && pastEnd && (!shard.closed || random.nextBoolean());
        boolean settled = tracker.finish(shard.id, finalStatus(shard), reader);
        readings.put(shard.id, new Reading(reader, true, !settled));
        tell(shard.id + " " + finalStatus(shard) + " by " + reader);
        if (shard.stops) {
            MET.add(Event.STOPPED);
            for (Shard child : shards) {
                if (child.parent == shard) {
                    MET.add(Event.NOT_WANTED);
                }
            }
        }
    }

    private static Status finalStatus(Shard shard) {
        return shard.stops ? Status.STOPPED : Status.ENDED;
    }

    /** Readers say what they have at its end, as they do when they are restored. */
    private void reportAgain() {
        for (Map.Entry<String, Reading> each : new ArrayList<>(readings.entrySet())) {
            Reading reading = each.getValue();
            if (reading.done && reading.kept) {
                Shard shard = find(each.getKey());
                boolean settled = tracker.finish(shard.id, finalStatus(shard), reading.reader);
                readings.put(shard.id, new Reading(reading.reader, true, !settled));
            }
        }
    }

    private void trigger() {
        under = new Checkpoint();
        under.id = ++checkpoints;
        tell("trigger " + under.id);
        under.state = tracker.snapshot(under.id);
        under.atTrigger = new HashMap<>(readings);
        under.lost = new HashSet<>(lost);
        under.taken = new HashSet<>(taken);
        under.readings = random.nextBoolean() ? under.atTrigger : null;
    }

    private void complete() {
        if (under == null) {
            return;
        }
        if (under.readings == null) {
            // The barrier came late: shards given out since are behind it.
            under.readings = new HashMap<>(readings);
            under.readings.keySet().retainAll(under.atTrigger.keySet());
        }
        complete = under;
        under = null;
        tell("checkpoint " + complete.id + " " + complete.readings.keySet());
        for (String id : tracker.acknowledge(complete.id)) {
            MET.add(Event.ACKNOWLEDGED);
            readings.computeIfPresent(id, (key, r) -> new Reading(r.reader, r.done, false));
        }
    }

    /** Some of the readers fail together. */
    private void failReaders() {
        Set<Integer> failed = new HashSet<>();
        for (int reader = 0; reader < READERS; reader++) {
            if (random.nextBoolean()) {
                failed.add(reader);
            }
        }
        under = null;
        List<Shard> late = new ArrayList<>();
        for (int reader : failed) {
            List<ShardSplit> returned = new ArrayList<>();
            for (Map.Entry<String, Reading> each : new LinkedHashMap<>(readings).entrySet()) {
                if (each.getValue().reader == reader) {
                    Reading saved = complete == null ? null : complete.readings.get(each.getKey());
                    if (saved == null) {
                        MET.add(Event.RETURNED);
                        returned.add(
                                new ShardSplit(ARN, each.getKey(), ShardPosition.trimHorizon(), 0));
                        readings.remove(each.getKey());
                        late.add(find(each.getKey()));
                    } else {
                        boolean replayed = each.getValue().done && !saved.done;
                        if (replayed) {
                            MET.add(Event.REPLAYED);
                        }
                        // What the enumerator acknowledged since stays in the saved state.
                        readings.put(each.getKey(), new Reading(reader, saved.done, saved.kept));
                    }
                }
            }
            tell("reader " + reader + " fails, returns " + returned);
            tracker.resetReader(reader, returned);
        }
        if (!late.isEmpty()) {
            // Said before the failure, heard after it.
            Shard shard = any(late);
            tracker.finish(shard.id, Status.ENDED, random.nextInt(READERS));
        }
        assertOrderIsKept();
    }

    /** What a parent's reader has sent since the last checkpoint may still be on its way. */
    private void assertWayIsKept(@Nullable Shard parent, int bound) {
        Reading before = parent == null ? null : readings.get(parent.id);
        if (before == null || !before.done) {
            return;
        }
        boolean arrived =
                complete != null
                        && complete.atTrigger.containsKey(parent.id)
                        && complete.atTrigger.get(parent.id).done;
        if (!arrived) {
            MET.add(Event.BOUND);
            assertThat(bound).as("who read %s", parent.id).isEqualTo(before.reader);
        }
    }

    /** Whatever fails, nothing is read again that somebody has begun to go on from. */
    private void assertOrderIsKept() {
        for (Shard shard : shards) {
            Reading before = shard.parent == null ? null : readings.get(shard.parent.id);
            if (readings.containsKey(shard.id) && before != null && !early.contains(shard.id)) {
                assertThat(before.done).as("%s is not read again", shard.parent.id).isTrue();
            }
        }
    }

    /** The whole job goes back to its last checkpoint; readers may get other shards than before. */
    private void restore() {
        tell("restore " + (complete == null ? 0 : complete.id));
        under = null;
        if (complete == null) {
            tracker = tracker(null);
            readings = new HashMap<>();
            lost = new HashSet<>();
            beforeStart.clear();
            listed = false;
            resumed = false;
            shards.forEach(shard -> shard.stops = false);
            taken = new HashSet<>();
            return;
        }
        MET.add(Event.RESTORED);
        StreamsStateSerializer serializer = new StreamsStateSerializer();
        try {
            tracker = tracker(serializer.deserialize(1, serializer.serialize(complete.state)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        readings = new HashMap<>();
        lost = new HashSet<>(complete.lost);
        taken = new HashSet<>(complete.taken);
        int turn = random.nextInt(READERS);
        for (Map.Entry<String, Reading> each : complete.readings.entrySet()) {
            Reading saved = each.getValue();
            if (saved.done && saved.kept) {
                MET.add(Event.RESTORED_AT_ITS_END);
            }
            readings.put(each.getKey(), new Reading(turn++ % READERS, saved.done, saved.kept));
        }
        listed = complete.state.listed;
        resumed |= !listed;
        if (!listed) {
            shards.forEach(shard -> shard.stops = false);
            beforeStart.clear();
        }
        reportAgain();
    }

    /** Whether a shard is to be read at all. */
    private boolean isWanted(Shard shard) {
        if (beforeStart.contains(shard.id)) {
            return false;
        }
        for (Shard up = shard.parent; up != null; up = up.parent) {
            if (up.stops) {
                return false;
            }
        }
        return true;
    }

    private void tell(String what) {
        story.append(what).append('\n');
    }

    /** What happened, for who has to understand a failure. */
    String story() {
        return initial + (bounded ? ", bounded" : "") + "\n" + story;
    }

    private Shard find(String id) {
        return shards.stream().filter(shard -> shard.id.equals(id)).findFirst().orElseThrow();
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
