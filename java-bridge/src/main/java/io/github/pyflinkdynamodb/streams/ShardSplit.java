package io.github.pyflinkdynamodb.streams;

import org.apache.flink.api.connector.source.SourceSplit;

import java.util.Objects;

/** A shard that one reader reads, and how far it has come. Cannot be changed. */
public final class ShardSplit implements SourceSplit {
    /** For a read without an end. */
    public static final long UNBOUNDED = Long.MAX_VALUE;

    private final String streamArn;
    private final String shardId;
    private final ShardPosition position;
    private final long endMillis;

    /**
     * @param endMillis records created later are not wanted; {@link #UNBOUNDED} for all
     */
    public ShardSplit(String streamArn, String shardId, ShardPosition position, long endMillis) {
        this.streamArn = Objects.requireNonNull(streamArn);
        this.shardId = Objects.requireNonNull(shardId);
        this.position = Objects.requireNonNull(position);
        this.endMillis = endMillis;
    }

    /** The same shard, at another place. */
    public ShardSplit at(ShardPosition newPosition) {
        return new ShardSplit(streamArn, shardId, newPosition, endMillis);
    }

    /** The shard's id: the service gives none twice. */
    @Override
    public String splitId() {
        return shardId;
    }

    public String streamArn() {
        return streamArn;
    }

    public String shardId() {
        return shardId;
    }

    public ShardPosition position() {
        return position;
    }

    /** Records created later are not wanted; {@link #UNBOUNDED} for all. */
    public long endMillis() {
        return endMillis;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof ShardSplit)) {
            return false;
        }
        ShardSplit that = (ShardSplit) other;
        return streamArn.equals(that.streamArn)
                && shardId.equals(that.shardId)
                && position.equals(that.position)
                && endMillis == that.endMillis;
    }

    @Override
    public int hashCode() {
        return Objects.hash(streamArn, shardId, position, endMillis);
    }

    @Override
    public String toString() {
        return "ShardSplit " + shardId + " at " + position;
    }
}
