package io.github.pyflinkdynamodb.client;

import java.util.Objects;

import javax.annotation.Nullable;

/** What a stream's description says of one shard. Cannot be changed. */
public final class ShardDescription {
    private final String shardId;
    @Nullable private final String parentShardId;
    private final boolean closed;

    public ShardDescription(String shardId, @Nullable String parentShardId, boolean closed) {
        this.shardId = Objects.requireNonNull(shardId);
        this.parentShardId = parentShardId;
        this.closed = closed;
    }

    public String shardId() {
        return shardId;
    }

    /** The shard whose changes come before this one's; null if there never was one. */
    @Nullable
    public String parentShardId() {
        return parentShardId;
    }

    /** Whether it has its last record already: an ending sequence number. */
    public boolean isClosed() {
        return closed;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof ShardDescription)) {
            return false;
        }
        ShardDescription that = (ShardDescription) other;
        return shardId.equals(that.shardId)
                && Objects.equals(parentShardId, that.parentShardId)
                && closed == that.closed;
    }

    @Override
    public int hashCode() {
        return Objects.hash(shardId, parentShardId, closed);
    }

    @Override
    public String toString() {
        return shardId + (closed ? " (closed)" : "") + " of " + parentShardId;
    }
}
