package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.client.ShardDescription;
import io.github.pyflinkdynamodb.streams.KnownShard.Status;
import io.github.pyflinkdynamodb.streams.StreamsOptions.InitialPosition;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import javax.annotation.Nullable;

/**
 * Which shards there are, how far each one is, and which may be read next.
 *
 * <p>States of a shard and what leads from one to the next:
 *
 * <pre>
 * (unknown)  a list names it                                     to WAITING
 *            first list, LATEST, and it is closed                to ENDED
 *            named as a parent, and not there to be read         to ENDED
 * WAITING    parent ENDED or unknown: handed to a reader         to ASSIGNED
 *            parent STOPPED                                      to STOPPED
 *            was listed and is no longer, past the retention     to ENDED, a loss
 *            the whole stream is gone                            to ENDED
 * ASSIGNED   its reader is at the end / where a bounded read ends to ENDED / STOPPED
 *            its reader failed, and no checkpoint has it         to WAITING
 * ENDED, STOPPED, not settled
 *            a checkpoint that has it so is complete            to settled
 *            its reader failed before that                       to ASSIGNED, or to WAITING if
 *                                                                no checkpoint of the reader has it
 * ENDED, STOPPED, settled
 *            not listed, past the retention, and no parent of
 *            one that is listed or not settled                   to (unknown)
 * </pre>
 *
 * <p>What it guarantees: no shard is handed out before its parent is ENDED, also after a restore
 * and after the failure of a reader; none is handed out twice without having been returned; each
 * one that is listed is handed out in the end, unless it is older than where to begin, comes after
 * where to stop, or is reported as lost. Of two streams, the newer one's shards wait for all of the
 * older one's.
 *
 * <p>Calls nobody and has no clock. Not thread-safe: belongs to the coordinator's thread. A list
 * takes time in proportion to the shards.
 */
final class ShardTracker {
    /** Instead of the index of a reader. */
    static final int NOBODY = -1;

    private static final class Shard {
        final String streamArn;
        final String id;
        @Nullable final String parent;
        Status status = Status.WAITING;
        @Nullable ShardPosition position;

        /** Who reads it or has read it, where that is known. */
        int reader = NOBODY;

        /** Finished for good: no failure can bring it back. */
        boolean settled;

        /** The first checkpoint that has it as finished. */
        long finishedInCheckpoint = Long.MAX_VALUE;

        /** Whether a list had it, so that its absence from another says something. */
        boolean wasListed;

        Shard(String streamArn, String id, @Nullable String parent) {
            this.streamArn = streamArn;
            this.id = id;
            // Nothing waits for itself.
            this.parent = id.equals(parent) ? null : parent;
        }

        boolean isFinished() {
            return status == Status.ENDED || status == Status.STOPPED;
        }

        void settle(Status finished) {
            status = finished;
            position = null;
            settled = true;
        }
    }

    private final InitialPosition initialPosition;
    private final long initialTimeMillis;

    /** In the order of discovery. */
    private final Map<String, Shard> shards = new LinkedHashMap<>();

    /** Shards that were asked about in vain. */
    private final Set<String> doubted = new HashSet<>();

    /** Shards with an unknown reader that a reader has finished, by its index. */
    private final Map<Integer, Integer> foundOut = new HashMap<>();

    private final boolean resumed;
    private final int restoredAssigned;
    @Nullable private String streamArn;
    @Nullable private String nextStreamArn;
    private boolean listed;
    private boolean switched;
    private long startMillis = ShardPosition.NO_TIME;
    private long endMillis;

    /** How often a shard has ended, and how often it had when the last list was asked for. */
    private long ends;

    private long endsListed = -1;
    private boolean enabled = true;
    private long listedMillis = ShardPosition.NO_TIME;

    /**
     * @param endMillis records created later are not wanted; {@link ShardSplit#UNBOUNDED} for all,
     *     {@link StreamsState#END_NOT_KNOWN} for the time of the first discovery
     * @param state null for a new read; else its own end counts
     */
    ShardTracker(
            InitialPosition initialPosition,
            long initialTimeMillis,
            long endMillis,
            @Nullable StreamsState state) {
        this.initialPosition = initialPosition;
        this.initialTimeMillis = initialTimeMillis;
        this.endMillis = endMillis;
        int assigned = 0;
        if (state != null) {
            streamArn = state.streamArn;
            nextStreamArn = state.nextStreamArn;
            listed = state.listed;
            switched = state.switched;
            startMillis = state.startMillis;
            this.endMillis = state.endMillis;
            for (KnownShard known : state.shards) {
                Shard shard = new Shard(known.streamArn, known.shardId, known.parentShardId);
                shard.status = known.status;
                shard.position = known.position;
                shard.wasListed = true;
                shard.settled = shard.isFinished();
                shards.put(shard.id, shard);
                assigned += shard.status == Status.ASSIGNED ? 1 : 0;
            }
        }
        resumed = state != null && !listed && startMillis != ShardPosition.NO_TIME;
        restoredAssigned = assigned;
    }

    /** The stream that is read; null before it is known. */
    @Nullable
    String streamArn() {
        return streamArn;
    }

    /** The stream to be read after it; null if there is none. */
    @Nullable
    String nextStreamArn() {
        return nextStreamArn;
    }

    /** Whether the stream still took records when it was last listed. */
    boolean isEnabled() {
        return enabled;
    }

    /**
     * Takes in which stream is to be read.
     *
     * @return what is lost if it is another one than before; null if nothing is
     */
    @Nullable
    String follow(String newestArn) {
        if (streamArn == null) {
            streamArn = newestArn;
            return null;
        }
        if (newestArn.equals(streamArn) || newestArn.equals(nextStreamArn)) {
            return null;
        }
        nextStreamArn = newestArn;
        return "Stream "
                + streamArn
                + " has been replaced by "
                + newestArn
                + ": changes made between the end of the one and the start of the other are in"
                + " neither";
    }

    /** Goes on to the next stream if there is one and this one is read to its end. */
    boolean switchStream() {
        if (nextStreamArn == null || enabled || !isReadAsListed()) {
            return false;
        }
        streamArn = nextStreamArn;
        nextStreamArn = null;
        listed = false;
        switched = true;
        enabled = true;
        return true;
    }

    /** The stream cannot be described any more: what nobody reads, nobody can read. */
    void streamGone() {
        for (Shard shard : shards.values()) {
            if (shard.status == Status.WAITING && shard.streamArn.equals(streamArn)) {
                shard.settle(Status.ENDED);
            }
        }
        listed = true;
        enabled = false;
        endsListed = ends;
    }

    /**
     * Notes when the job began to look, until the first list is taken in: who is restored before
     * that begins there.
     */
    void pin(long timeMillis) {
        if (!listed && !switched && !resumed) {
            startMillis = timeMillis;
        }
    }

    /**
     * To be asked for before a list of shards is: the list can tell of nothing that comes later.
     */
    long mark() {
        return ends;
    }

    /** What a list leaves open, and has not been asked in vain. */
    ShardListing.Doubts doubts(ShardListing listing) {
        ShardListing.Doubts doubts = new ShardListing.Doubts();
        Set<String> known = parents();
        for (ShardDescription each : listing.shards()) {
            String id = each.shardId();
            Shard shard = shards.get(id);
            if (doubted.contains(id)) {
                continue;
            }
            boolean ended =
                    shard == null || !shard.isFinished()
                            ? each.isClosed()
                            : shard.status == Status.ENDED;
            // Whatever ends while the stream takes records goes on in a child.
            if (ended
                    && listing.isEnabled()
                    && !listing.isOld(id)
                    && !listing.hasChildOf(id)
                    && !known.contains(id)) {
                doubts.childless.add(id);
            }
            if (shard == null && isOrphan(each, listing)) {
                doubts.orphans.add(id);
            }
        }
        return doubts;
    }

    /**
     * Goes on in spite of what stays open.
     *
     * @return what is lost, a sentence each
     */
    List<String> goOnInDoubt(ShardListing.Doubts doubts) {
        List<String> losses = new ArrayList<>();
        doubted.addAll(doubts.childless);
        doubted.addAll(doubts.orphans);
        for (String id : doubts.childless) {
            Shard shard = shards.get(id);
            // One that has been read waits for its child as long as it takes.
            if (shard == null || !shard.isFinished()) {
                losses.add(
                        "The list of shards of "
                                + streamArn
                                + " stays inconsistent: shard "
                                + id
                                + " is closed, and nothing is listed that follows it");
            }
        }
        return losses;
    }

    /** Open shards that are to be read from where they end now. */
    List<String> shardsToPin(ShardListing listing) {
        List<String> open = new ArrayList<>();
        for (ShardDescription shard : listing.shards()) {
            if (beginsAtLatest() && !shard.isClosed()) {
                open.add(shard.shardId());
            }
        }
        return open;
    }

    /**
     * Takes in a list of the stream's shards.
     *
     * @param iterators by the id of each shard to pin; one may be missing
     * @return what is lost, a sentence each
     */
    List<String> apply(ShardListing listing, Map<String, String> iterators) {
        List<String> losses = new ArrayList<>();
        if (endMillis == StreamsState.END_NOT_KNOWN) {
            endMillis = listing.timeMillis();
        }
        for (ShardDescription each : listing.shards()) {
            Shard shard = shards.get(each.shardId());
            if (shard == null) {
                shard = discovered(each, listing, iterators, losses);
                shards.put(shard.id, shard);
            }
            shard.wasListed |= listing.isListed(shard.id);
        }
        loseVanished(listing, losses);
        spreadStop();
        forget(listing);
        listed = true;
        enabled = listing.isEnabled();
        endsListed = listing.mark();
        listedMillis = listing.timeMillis();
        return losses;
    }

    private Shard discovered(
            ShardDescription each,
            ShardListing listing,
            Map<String, String> iterators,
            List<String> losses) {
        Shard shard = new Shard(streamArn, each.shardId(), each.parentShardId());
        boolean orphan = shard.parent != null && !listing.has(shard.parent);
        orphan &= !shards.containsKey(shard.parent);
        // Should it be listed after all, it must not be read after its child.
        Shard parent = orphan ? new Shard(streamArn, shard.parent, null) : null;
        if (listed) {
            shard.position = laterPosition(shard.id, listing);
            if (orphan) {
                parent.settle(Status.ENDED);
                losses.add(
                        "Shard "
                                + shard.parent
                                + " of "
                                + streamArn
                                + " was trimmed before it was found: only the shard that follows"
                                + " it, "
                                + shard.id
                                + ", is left");
            }
        } else if (beginsAtLatest()) {
            if (each.isClosed()) {
                shard.settle(Status.ENDED);
            } else {
                shard.position = ShardPosition.latest(startMillis, iterators.get(shard.id));
            }
            if (orphan) {
                parent.settle(Status.ENDED);
            }
        } else {
            shard.position = firstPosition(shard.id, listing);
        }
        if (parent != null && parent.settled) {
            shards.put(parent.id, parent);
        }
        return shard;
    }

    private boolean beginsAtLatest() {
        return initialPosition == InitialPosition.LATEST && !listed && !switched && !resumed;
    }

    private ShardPosition firstPosition(String shardId, ShardListing listing) {
        if (switched) {
            return laterPosition(shardId, listing);
        }
        switch (initialPosition) {
            case AT_TIMESTAMP:
                return ShardPosition.atTimestamp(initialTimeMillis);
            case LATEST:
                return ShardPosition.latest(startMillis, null);
            default:
                return ShardPosition.trimHorizon();
        }
    }

    /** All of a shard is wanted, unless it was created before the time from which to read. */
    private ShardPosition laterPosition(String shardId, ShardListing listing) {
        return initialPosition == InitialPosition.AT_TIMESTAMP
                        && ShardListing.createdMillis(shardId, listing.timeMillis())
                                < initialTimeMillis
                ? ShardPosition.atTimestamp(initialTimeMillis)
                : ShardPosition.trimHorizon();
    }

    /** Whether a new shard has a parent that should be there. */
    private boolean isOrphan(ShardDescription shard, ShardListing listing) {
        String parent = shard.parentShardId();
        if (parent == null || listing.has(parent) || shards.containsKey(parent)) {
            return false;
        }
        // The first list of a stream may well begin in the middle of the tree.
        return listed || (!beginsAtLatest() && listing.isYoung(parent));
    }

    private void loseVanished(ShardListing listing, List<String> losses) {
        for (Shard shard : shards.values()) {
            if (shard.status == Status.WAITING
                    && shard.wasListed
                    && shard.streamArn.equals(streamArn)
                    && !listing.has(shard.id)
                    // Too young to be trimmed: its reader will see whether it is there.
                    && !listing.isYoung(shard.id)) {
                shard.settle(Status.ENDED);
                losses.add(
                        "Shard "
                                + shard.id
                                + " of "
                                + streamArn
                                + " is no longer listed, and was not read to its end");
            }
        }
    }

    /** Nothing that follows a shard where a bounded read ends is wanted. */
    private void spreadStop() {
        Map<String, List<Shard>> children = new HashMap<>();
        ArrayDeque<Shard> stopped = new ArrayDeque<>();
        for (Shard shard : shards.values()) {
            if (shard.parent != null && shard.status == Status.WAITING) {
                children.computeIfAbsent(shard.parent, id -> new ArrayList<>()).add(shard);
            }
            if (shard.status == Status.STOPPED) {
                stopped.add(shard);
            }
        }
        while (!stopped.isEmpty()) {
            for (Shard child : children.getOrDefault(stopped.remove().id, List.of())) {
                child.settle(Status.STOPPED);
                stopped.add(child);
            }
        }
    }

    private void forget(ShardListing listing) {
        // Not every known shard's parent: each would keep the one before it for ever.
        Set<String> needed = new HashSet<>();
        for (Shard shard : shards.values()) {
            if (!shard.settled || listing.has(shard.id)) {
                needed.add(shard.id);
                needed.add(shard.parent);
            }
        }
        shards.values().removeIf(each -> !needed.contains(each.id) && !listing.isYoung(each.id));
        doubted.removeIf(id -> !listing.has(id));
    }

    private Set<String> parents() {
        Set<String> parents = new HashSet<>();
        for (Shard shard : shards.values()) {
            if (shard.parent != null) {
                parents.add(shard.parent);
            }
        }
        return parents;
    }

    /** Shards that may be read now, each with where to begin. */
    List<ShardSplit> ready() {
        boolean olderLeft = false;
        for (Shard shard : shards.values()) {
            olderLeft |= !shard.isFinished() && !shard.streamArn.equals(streamArn);
        }
        List<ShardSplit> ready = new ArrayList<>();
        for (Shard shard : shards.values()) {
            Shard parent = shard.parent == null ? null : shards.get(shard.parent);
            if (shard.status == Status.WAITING
                    && (parent == null || parent.isFinished())
                    && !(olderLeft && shard.streamArn.equals(streamArn))) {
                ready.add(new ShardSplit(shard.streamArn, shard.id, shard.position, endMillis));
            }
        }
        return ready;
    }

    /** Shards that nobody reads yet. */
    int countWaiting() {
        int waiting = 0;
        for (Shard shard : shards.values()) {
            waiting += shard.status == Status.WAITING ? 1 : 0;
        }
        return waiting;
    }

    /**
     * The reader that a shard has to go to; {@link #NOBODY} if any will do.
     *
     * <p>The parent's last changes may still be on their way from the reader that read it, so only
     * behind them, by the same way, do the child's keep their order. Once a checkpoint has the
     * parent as finished, they have arrived.
     */
    int boundReader(String shardId) {
        Shard parent = shards.get(shards.get(shardId).parent);
        return parent == null || parent.settled ? NOBODY : parent.reader;
    }

    void assign(String shardId, int reader) {
        Shard shard = shards.get(shardId);
        if (shard == null || shard.status != Status.WAITING) {
            throw new IllegalStateException("shard " + shardId + " is not waiting");
        }
        shard.status = Status.ASSIGNED;
        shard.position = null;
        shard.reader = reader;
    }

    /**
     * How many shards each reader has, near enough: which shards readers brought along from a
     * checkpoint shows only when they finish them.
     */
    Map<Integer, Integer> load(Collection<Integer> readers, int parallelism) {
        Map<Integer, Integer> load = new TreeMap<>();
        for (int reader : readers) {
            int restored = restoredAssigned / parallelism - foundOut.getOrDefault(reader, 0);
            load.put(reader, Math.max(0, restored));
        }
        for (Shard shard : shards.values()) {
            if (shard.status == Status.ASSIGNED) {
                load.computeIfPresent(shard.reader, (reader, number) -> number + 1);
            }
        }
        return load;
    }

    /**
     * A reader is through with a shard. May be told more than once, and late.
     *
     * @param finished ENDED or STOPPED
     * @return whether no reader has to keep that in its state any longer
     */
    boolean finish(String shardId, Status finished, int reader) {
        Shard shard = shards.get(shardId);
        if (shard == null || shard.isFinished()) {
            // Who is forgotten was settled once.
            return shard == null || shard.settled;
        }
        // Whoever reports another one's shard had it before it was returned.
        if (shard.status == Status.ASSIGNED && (shard.reader == NOBODY || shard.reader == reader)) {
            if (shard.reader == NOBODY) {
                foundOut.merge(reader, 1, Integer::sum);
            }
            shard.status = finished;
            shard.reader = reader;
            if (finished == Status.STOPPED) {
                spreadStop();
            } else {
                ends++;
            }
        }
        return false;
    }

    /**
     * A reader goes back to the last complete checkpoint.
     *
     * @param returned the splits it was given since
     */
    void resetReader(int reader, List<ShardSplit> returned) {
        for (Shard shard : shards.values()) {
            if (shard.isFinished() && !shard.settled && shard.reader == reader) {
                // Its state has the shard, perhaps not at its end.
                shard.status = Status.ASSIGNED;
                shard.finishedInCheckpoint = Long.MAX_VALUE;
            }
        }
        for (ShardSplit split : returned) {
            Shard shard = shards.get(split.shardId());
            if (shard == null) {
                shard = new Shard(split.streamArn(), split.shardId(), null);
                shards.put(shard.id, shard);
            } else if (shard.settled) {
                continue;
            }
            shard.reader = NOBODY;
            if (split.position().isFinal()) {
                boolean stopped = split.position().kind() == ShardPosition.Kind.STOPPED;
                shard.settle(stopped ? Status.STOPPED : Status.ENDED);
                ends++;
            } else {
                shard.status = Status.WAITING;
                shard.position = split.position();
            }
        }
        spreadStop();
    }

    StreamsState snapshot(long checkpointId) {
        List<KnownShard> known = new ArrayList<>(shards.size());
        for (Shard shard : shards.values()) {
            if (shard.isFinished()) {
                shard.finishedInCheckpoint = Math.min(shard.finishedInCheckpoint, checkpointId);
            }
            known.add(
                    new KnownShard(
                            shard.streamArn, shard.id, shard.parent, shard.status, shard.position));
        }
        return new StreamsState(
                streamArn, nextStreamArn, listed, switched, startMillis, endMillis, known);
    }

    /** A checkpoint is complete. Gives the ids that no reader has to keep any longer. */
    List<String> acknowledge(long checkpointId) {
        List<String> settled = new ArrayList<>();
        for (Shard shard : shards.values()) {
            if (shard.isFinished()
                    && !shard.settled
                    && shard.finishedInCheckpoint <= checkpointId) {
                shard.settled = true;
                settled.add(shard.id);
            }
        }
        return settled;
    }

    /** Whether a bounded read has come to its end. */
    boolean isDone() {
        if (endMillis == ShardSplit.UNBOUNDED || nextStreamArn != null || !isReadAsListed()) {
            return false;
        }
        // A stream that takes records and has no shard yet will have one before the end.
        return !enabled
                || listedMillis >= endMillis
                || shards.values().stream().anyMatch(shard -> shard.status == Status.STOPPED);
    }

    /** Whether all shards are finished, and a list asked for after that brought no other. */
    private boolean isReadAsListed() {
        return listed && endsListed == ends && shards.values().stream().allMatch(Shard::isFinished);
    }
}
