package io.github.pyflinkdynamodb.streams;

import java.util.Map;

/** Gives a shard to a reader by its id alone: the same one at every parallelism that is equal. */
public final class HashShardAssigner implements ShardAssigner {
    private static final long serialVersionUID = 1L;

    public HashShardAssigner() {}

    @Override
    public int assign(String shardId, Map<Integer, Integer> shardsByReader, int parallelism) {
        // Ids differ little, and so do their hash codes; the multiplication carries that upwards.
        int spread = shardId.hashCode() * 0x9E3779B1;
        return Math.floorMod(spread ^ spread >>> 16, parallelism);
    }
}
