package io.github.pyflinkdynamodb.streams;

import java.util.List;
import java.util.Objects;

import javax.annotation.Nullable;

/** The enumerator's checkpoint: where the read began and how far the shards are. */
public final class StreamsState {
    /** For a bounded read whose end is the first discovery, which is still to come. */
    static final long END_NOT_KNOWN = 0;

    @Nullable final String streamArn;
    @Nullable final String nextStreamArn;
    final boolean listed;
    final boolean switched;
    final long startMillis;
    final long endMillis;
    final List<KnownShard> shards;

    /**
     * @param streamArn of the stream that is read; null before it is known
     * @param nextStreamArn of the one that follows it; null for none
     * @param listed whether the shards of {@code streamArn} have been listed
     * @param switched whether there was another stream before
     * @param startMillis when the job first looked
     * @param endMillis records created later are not wanted; {@link ShardSplit#UNBOUNDED} for all,
     *     {@link #END_NOT_KNOWN} before the first discovery
     */
    StreamsState(
            @Nullable String streamArn,
            @Nullable String nextStreamArn,
            boolean listed,
            boolean switched,
            long startMillis,
            long endMillis,
            List<KnownShard> shards) {
        this.streamArn = streamArn;
        this.nextStreamArn = nextStreamArn;
        this.listed = listed;
        this.switched = switched;
        this.startMillis = startMillis;
        this.endMillis = endMillis;
        this.shards = List.copyOf(shards);
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof StreamsState)) {
            return false;
        }
        StreamsState that = (StreamsState) other;
        return Objects.equals(streamArn, that.streamArn)
                && Objects.equals(nextStreamArn, that.nextStreamArn)
                && listed == that.listed
                && switched == that.switched
                && startMillis == that.startMillis
                && endMillis == that.endMillis
                && shards.equals(that.shards);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                streamArn, nextStreamArn, listed, switched, startMillis, endMillis, shards);
    }
}
