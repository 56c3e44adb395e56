package io.github.pyflinkdynamodb.streams;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Gives a shard to a reader with the fewest; where several have as few, to each in its turn. */
public final class UniformShardAssigner implements ShardAssigner {
    private static final long serialVersionUID = 1L;

    /** Who comes first among equals. */
    private int turn;

    public UniformShardAssigner() {}

    @Override
    public int assign(String shardId, Map<Integer, Integer> shardsByReader, int parallelism) {
        int fewest = Collections.min(shardsByReader.values());
        TreeMap<Integer, Integer> equals = new TreeMap<>(shardsByReader);
        equals.values().removeIf(number -> number > fewest);
        Integer next = equals.ceilingKey(turn);
        int reader = next == null ? equals.firstKey() : next;
        turn = reader + 1;
        return reader;
    }
}
