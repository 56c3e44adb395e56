package io.github.pyflinkdynamodb.streams;

import org.apache.flink.api.connector.source.SourceEvent;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * The enumerator to all readers: a completed checkpoint holds these shards as finished in the
 * enumerator's state, so no reader has to keep them in its own any longer.
 */
final class ShardsAcknowledgedEvent implements SourceEvent {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> shardIds;

    ShardsAcknowledgedEvent(Collection<String> shardIds) {
        this.shardIds = new ArrayList<>(shardIds);
    }

    List<String> shardIds() {
        return Collections.unmodifiableList(shardIds);
    }
}
