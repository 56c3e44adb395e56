package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.request.RecordPage;
import io.github.pyflinkdynamodb.request.StreamRecord;

import java.util.ArrayDeque;
import java.util.List;

import javax.annotation.Nullable;

/**
 * A shard as it is read: what was fetched of it and waits, and how far its records have left.
 *
 * <p>There are two places in it. The split's position is before the next record that leaves, and is
 * what a checkpoint holds. The fetched position is behind the last record that came, and is where a
 * new iterator begins when the present one has expired: so nothing comes twice, and nothing is left
 * out.
 *
 * <p>Knows no clock, no service and no Flink job. Not thread-safe.
 */
final class OpenShard {
    /** Pages that wait at most: one leaves while the next is under way. */
    private static final int MAX_PAGES = 2;

    /**
     * Empty pages in a row after which a bounded read takes an open shard for read, once the
     * service's clock is past the end. One is not enough: the service answers with empty pages
     * while it looks for records.
     */
    private static final int ENOUGH_EMPTY_PAGES = 10;

    private static final long MINUTE_MS = 60_000;
    private static final long SECOND_MS = 1_000;

    /** How to ask for an iterator. */
    enum IteratorKind {
        TRIM_HORIZON,
        AT_TIMESTAMP,
        AFTER_SEQUENCE_NUMBER
    }

    private final ArrayDeque<RecordPage> pages = new ArrayDeque<>();

    private ShardSplit split;
    private ShardPosition fetched;
    @Nullable private String iterator;

    /** Records created before are not wanted; {@link ShardPosition#NO_TIME} for none. */
    private long dropBeforeMillis;

    private int nextRecord;
    private int emptyPages;
    private boolean timestampRefused;
    private boolean cameToEnd;
    private boolean cameToStop;
    private volatile long behindMillis;

    OpenShard(ShardSplit split) {
        this.split = split;
        this.fetched = split.position();
        this.iterator = fetched.iterator();
        this.dropBeforeMillis =
                fetched.kind() == ShardPosition.Kind.LATEST
                        ? ShardPosition.NO_TIME
                        : fetched.timeMillis();
    }

    /** The shard, at the place before the next record that leaves, or at a final one. */
    ShardSplit split() {
        return split;
    }

    String shardId() {
        return split.shardId();
    }

    /** What fetches the next page; null if it has to be asked for, at {@link #iteratorKind}. */
    @Nullable
    String iterator() {
        return iterator;
    }

    IteratorKind iteratorKind() {
        switch (fetched.kind()) {
            case AFTER_SEQUENCE_NUMBER:
                return IteratorKind.AFTER_SEQUENCE_NUMBER;
            case AT_TIMESTAMP:
            case LATEST:
                return timestampRefused ? IteratorKind.TRIM_HORIZON : IteratorKind.AT_TIMESTAMP;
            default:
                return IteratorKind.TRIM_HORIZON;
        }
    }

    /** Whether all that is left of the shard is wanted, however little. */
    boolean isAtTrimHorizon() {
        return fetched.kind() == ShardPosition.Kind.TRIM_HORIZON;
    }

    /** Whether the iterator came with the split, or followed such a one. */
    boolean holdsFirstIterator() {
        return iterator != null && fetched.kind() == ShardPosition.Kind.LATEST;
    }

    /** Whether an iterator of kind AT_TIMESTAMP is what is needed. */
    boolean isAskingForTime() {
        return iterator == null && iteratorKind() == IteratorKind.AT_TIMESTAMP;
    }

    /** For an iterator of kind AFTER_SEQUENCE_NUMBER. */
    String iteratorSequenceNumber() {
        return fetched.sequenceNumber();
    }

    /** For an iterator of kind AT_TIMESTAMP. Stamps of records are cut off at the second. */
    long iteratorTimeMillis() {
        return Math.floorDiv(fetched.timeMillis(), SECOND_MS) * SECOND_MS;
    }

    void iteratorCame(String newIterator) {
        iterator = newIterator;
    }

    /** The iterator is no longer any good. */
    void iteratorExpired() {
        iterator = null;
        if (fetched.kind() == ShardPosition.Kind.LATEST) {
            fetched = ShardPosition.latest(fetched.timeMillis(), null);
            if (pages.isEmpty()) {
                split = split.at(fetched);
            }
        }
    }

    /**
     * The service has no iterators of kind AT_TIMESTAMP: all is fetched, and dropped up to the
     * time. Where that time is the job's start, emulators that cut stamps off at the minute must
     * not lead to changes that are left out.
     */
    void timestampRefused() {
        timestampRefused = true;
        dropBeforeMillis =
                fetched.kind() == ShardPosition.Kind.LATEST
                        ? Math.floorDiv(fetched.timeMillis(), MINUTE_MS) * MINUTE_MS
                        : fetched.timeMillis();
    }

    /** The records behind the fetched position are gone, up to the oldest that is left. */
    void recordsLost() {
        iterator = null;
        fetched = ShardPosition.trimHorizon();
        if (pages.isEmpty()) {
            split = split.at(fetched);
        }
    }

    /** The shard itself is gone: nothing more comes. */
    void shardLost() {
        cameToEnd = true;
        finishIfRead();
    }

    /** Takes in a page that was fetched with the iterator. */
    void pageCame(RecordPage page) {
        iterator = page.nextIterator();
        List<StreamRecord> records = page.records();
        if (records.isEmpty()) {
            emptyPages++;
            behindMillis = 0;
            if (holdsFirstIterator() && !timestampRefused) {
                // Newer, so that it expires later. Not one that began at the oldest record: what
                // is read with it up to the time has to be dropped.
                fetched = ShardPosition.latest(fetched.timeMillis(), iterator);
                split = split.at(fetched);
            }
        } else {
            emptyPages = 0;
            StreamRecord last = records.get(records.size() - 1);
            behindMillis = Math.max(0, page.serviceTimeMillis() - last.creationTimeMillis());
            fetched = ShardPosition.after(last.sequenceNumber(), ShardPosition.NO_TIME);
            pages.add(page);
        }
        cameToEnd |= iterator == null;
        cameToStop |=
                emptyPages >= ENOUGH_EMPTY_PAGES && page.serviceTimeMillis() > split.endMillis();
        finishIfRead();
    }

    /** Whether the next page may be fetched. */
    boolean wantsPage() {
        return pages.size() < MAX_PAGES && !cameToEnd && !cameToStop;
    }

    boolean hasRecords() {
        return !pages.isEmpty();
    }

    /**
     * Takes the next record, and moves the split's position behind it. There must be one waiting.
     *
     * @return null if the record is not wanted
     */
    @Nullable
    StreamRecord nextRecord() {
        StreamRecord record = pages.element().records().get(nextRecord++);
        if (record.creationTimeMillis() > split.endMillis()) {
            cameToStop = true;
            return null;
        }
        boolean wanted = record.creationTimeMillis() >= dropBeforeMillis;
        if (wanted) {
            dropBeforeMillis = ShardPosition.NO_TIME;
        }
        split = split.at(ShardPosition.after(record.sequenceNumber(), dropBeforeMillis));
        return wanted ? record : null;
    }

    /** Whether all of the page has left. */
    boolean isPageRead() {
        return nextRecord >= pages.element().records().size();
    }

    /**
     * Puts away the page that is read.
     *
     * @return its bytes
     */
    int leavePage() {
        nextRecord = 0;
        int bytes = pages.remove().bytes();
        finishIfRead();
        return bytes;
    }

    /** Whether the split's position is a final one. */
    boolean isFinished() {
        return split.position().isFinal();
    }

    /** Milliseconds from the creation of the newest record fetched; 0 at the tip. */
    long behindMillis() {
        return behindMillis;
    }

    private void finishIfRead() {
        if (!pages.isEmpty()) {
            return;
        }
        if (cameToStop) {
            split = split.at(ShardPosition.stopped());
        } else if (cameToEnd) {
            split = split.at(ShardPosition.end());
        }
    }
}
