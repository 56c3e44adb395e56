package io.github.pyflinkdynamodb.streams;

import org.apache.flink.api.connector.source.SourceEvent;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A reader to the enumerator: these splits are at a final position. Sent at once, and again by a
 * restored reader that has not been told that the enumerator's state holds it.
 */
final class ShardsFinishedEvent implements SourceEvent {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> ended;
    private final ArrayList<String> stopped;

    /**
     * @param ended ids of shards at END
     * @param stopped ids of shards at STOPPED
     */
    ShardsFinishedEvent(List<String> ended, List<String> stopped) {
        this.ended = new ArrayList<>(ended);
        this.stopped = new ArrayList<>(stopped);
    }

    List<String> ended() {
        return Collections.unmodifiableList(ended);
    }

    List<String> stopped() {
        return Collections.unmodifiableList(stopped);
    }
}
