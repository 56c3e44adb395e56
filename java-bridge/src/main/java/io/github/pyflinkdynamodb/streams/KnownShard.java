package io.github.pyflinkdynamodb.streams;

import java.util.Objects;

import javax.annotation.Nullable;

/** What the enumerator's checkpoint holds of one shard. Cannot be changed. */
final class KnownShard {

    /** In the order of their codes in the state's format; new ones come last. */
    enum Status {
        /** Nobody reads it. */
        WAITING,

        /** One reader reads it, and has its position in its own state. */
        ASSIGNED,

        /** Read to its end, or lost, or not wanted because it is older than the start. */
        ENDED,

        /** Read as far as a bounded read goes. Nothing that comes after it is wanted. */
        STOPPED
    }

    final String streamArn;
    final String shardId;
    @Nullable final String parentShardId;
    final Status status;

    /** Where to begin; null unless it is waiting. */
    @Nullable final ShardPosition position;

    KnownShard(
            String streamArn,
            String shardId,
            @Nullable String parentShardId,
            Status status,
            @Nullable ShardPosition position) {
        this.streamArn = Objects.requireNonNull(streamArn);
        this.shardId = Objects.requireNonNull(shardId);
        this.parentShardId = parentShardId;
        this.status = Objects.requireNonNull(status);
        this.position = position;
        if ((status == Status.WAITING) != (position != null)) {
            throw new IllegalArgumentException("a position belongs to a waiting shard");
        }
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof KnownShard)) {
            return false;
        }
        KnownShard that = (KnownShard) other;
        return streamArn.equals(that.streamArn)
                && shardId.equals(that.shardId)
                && Objects.equals(parentShardId, that.parentShardId)
                && status == that.status
                && Objects.equals(position, that.position);
    }

    @Override
    public int hashCode() {
        return Objects.hash(streamArn, shardId, parentShardId, status, position);
    }

    @Override
    public String toString() {
        return shardId + " of " + parentShardId + " " + status;
    }
}
