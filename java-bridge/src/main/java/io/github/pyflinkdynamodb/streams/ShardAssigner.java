package io.github.pyflinkdynamodb.streams;

import java.io.Serializable;
import java.util.Map;

/**
 * Chooses the reader of a shard. Implement it, with a public constructor without parameters, and
 * name the class in set_dynamodb_streams_shard_assigner to use another one than the ready ones.
 *
 * <p>Not asked about a shard whose parent was read since the last checkpoint: that one goes to the
 * parent's reader, for the parent's last changes may still be on their way from there.
 *
 * <p>Called on the coordinator's thread; must not block.
 */
public interface ShardAssigner extends Serializable {

    /**
     * @param shardId of the shard that is to be read
     * @param shardsByReader how many shards each registered reader has now, by the index of its
     *     subtask; never empty
     * @param parallelism of the source; subtasks from 0 up to it
     * @return a key of {@code shardsByReader}; any other number is taken modulo the parallelism
     */
    int assign(String shardId, Map<Integer, Integer> shardsByReader, int parallelism);
}
