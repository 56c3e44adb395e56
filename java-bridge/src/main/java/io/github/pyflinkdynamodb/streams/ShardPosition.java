package io.github.pyflinkdynamodb.streams;

import java.util.Objects;

import javax.annotation.Nullable;

/** A place in a shard, before its next record. Cannot be changed. */
public final class ShardPosition {

    /** In the order of their codes in the state's format; new ones come last. */
    public enum Kind {
        /** At the oldest record that is left. */
        TRIM_HORIZON,

        /** At the first record created at a time or later. */
        AT_TIMESTAMP,

        /**
         * Where the shard ended when the job first looked. Held by an iterator, which expires, and
         * by the time before it was asked for, which leads to the same place or a little before it.
         */
        LATEST,

        /** Behind a record. */
        AFTER_SEQUENCE_NUMBER,

        /** Behind the last record of a shard that is closed, or of one that is lost. */
        END,

        /** Where a bounded read stops. Children of the shard are not wanted. */
        STOPPED
    }

    /** For no time at all: nothing is dropped. */
    public static final long NO_TIME = Long.MIN_VALUE;

    private static final ShardPosition TRIM_HORIZON =
            new ShardPosition(Kind.TRIM_HORIZON, NO_TIME, null, null);
    private static final ShardPosition END = new ShardPosition(Kind.END, NO_TIME, null, null);
    private static final ShardPosition STOPPED =
            new ShardPosition(Kind.STOPPED, NO_TIME, null, null);

    private final Kind kind;
    private final long timeMillis;
    @Nullable private final String sequenceNumber;
    @Nullable private final String iterator;

    private ShardPosition(
            Kind kind,
            long timeMillis,
            @Nullable String sequenceNumber,
            @Nullable String iterator) {
        this.kind = kind;
        this.timeMillis = timeMillis;
        this.sequenceNumber = sequenceNumber;
        this.iterator = iterator;
    }

    public static ShardPosition trimHorizon() {
        return TRIM_HORIZON;
    }

    public static ShardPosition atTimestamp(long timeMillis) {
        return new ShardPosition(Kind.AT_TIMESTAMP, timeMillis, null, null);
    }

    /**
     * @param timeMillis the service's clock before the iterator was asked for
     * @param iterator of type LATEST, or one that followed it while no record had come; null once
     *     it is known to have expired
     */
    public static ShardPosition latest(long timeMillis, @Nullable String iterator) {
        return new ShardPosition(Kind.LATEST, timeMillis, null, iterator);
    }

    /**
     * @param dropBeforeMillis records created before are not wanted, for the time from which to
     *     read is not reached yet; {@link #NO_TIME} once it is
     */
    public static ShardPosition after(String sequenceNumber, long dropBeforeMillis) {
        return new ShardPosition(
                Kind.AFTER_SEQUENCE_NUMBER,
                dropBeforeMillis,
                Objects.requireNonNull(sequenceNumber),
                null);
    }

    public static ShardPosition end() {
        return END;
    }

    public static ShardPosition stopped() {
        return STOPPED;
    }

    public Kind kind() {
        return kind;
    }

    /** Of AT_TIMESTAMP, LATEST and perhaps AFTER_SEQUENCE_NUMBER; else {@link #NO_TIME}. */
    public long timeMillis() {
        return timeMillis;
    }

    /** Of AFTER_SEQUENCE_NUMBER; else null. */
    @Nullable
    public String sequenceNumber() {
        return sequenceNumber;
    }

    /** Of LATEST, perhaps; else null. */
    @Nullable
    public String iterator() {
        return iterator;
    }

    /** Whether nothing more is to be read here. */
    public boolean isFinal() {
        return kind == Kind.END || kind == Kind.STOPPED;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof ShardPosition)) {
            return false;
        }
        ShardPosition that = (ShardPosition) other;
        return kind == that.kind
                && timeMillis == that.timeMillis
                && Objects.equals(sequenceNumber, that.sequenceNumber)
                && Objects.equals(iterator, that.iterator);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, timeMillis, sequenceNumber, iterator);
    }

    @Override
    public String toString() {
        return kind + (sequenceNumber == null ? "" : " " + sequenceNumber);
    }
}
