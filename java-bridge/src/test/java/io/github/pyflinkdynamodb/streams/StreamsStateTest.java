package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.streams.KnownShard.Status;

import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;

class StreamsStateTest {
    private static final String ARN =
            "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2026-11-21T00:00:00.000";
    private static final String OLDER_ARN = ARN.replace("2026", "2025");

    /** What is in state/shard-split-v1.bin. */
    private static final ShardSplit STORED_SPLIT =
            new ShardSplit(ARN, "shard-\u20ac", ShardPosition.latest(1_795_268_040_123L, "it"), 7);

    /** What is in state/streams-v1.bin. */
    private static final StreamsState STORED =
            new StreamsState(
                    ARN,
                    ARN.replace("2026", "2027"),
                    true,
                    false,
                    1_795_268_040_123L,
                    ShardSplit.UNBOUNDED,
                    List.of(
                            shard("a", null, ShardPosition.trimHorizon()),
                            shard("b", "a", ShardPosition.atTimestamp(-5)),
                            shard("c", "a", ShardPosition.latest(9, "iterator")),
                            shard("d", "a", ShardPosition.latest(9, null)),
                            shard("e\u20ac", "b", ShardPosition.after("0000123", 12)),
                            shard("f", "b", ShardPosition.after("4", ShardPosition.NO_TIME)),
                            new KnownShard(ARN, "g", "c", Status.ASSIGNED, null),
                            new KnownShard(OLDER_ARN, "h", null, Status.ENDED, null),
                            new KnownShard(OLDER_ARN, "i", "h", Status.STOPPED, null)));

    private final ShardSplitSerializer splits = new ShardSplitSerializer();
    private final StreamsStateSerializer states = new StreamsStateSerializer();

    @Test
    void splitsComeBackAsTheyWereAtEveryKindOfPosition() throws IOException {
        for (ShardPosition position :
                List.of(
                        ShardPosition.trimHorizon(),
                        ShardPosition.atTimestamp(0),
                        ShardPosition.latest(1, "i".repeat(70_000)),
                        ShardPosition.latest(1, null),
                        ShardPosition.after("1", ShardPosition.NO_TIME),
                        ShardPosition.after("1", 2),
                        ShardPosition.end(),
                        ShardPosition.stopped())) {
            ShardSplit split = STORED_SPLIT.at(position);

            assertThat(splits.deserialize(1, splits.serialize(split))).isEqualTo(split);
        }
    }

    @Test
    void splitOfVersion1IsReadForEver() throws IOException {
        byte[] stored = stored("shard-split-v1.bin");

        assertThat(splits.deserialize(1, stored)).isEqualTo(STORED_SPLIT);
        assertThat(splits.serialize(STORED_SPLIT)).isEqualTo(stored);
    }

    @Test
    void stateOfVersion1IsReadForEver() throws IOException {
        byte[] stored = stored("streams-v1.bin");

        assertThat(states.deserialize(1, stored)).isEqualTo(STORED);
        assertThat(states.serialize(STORED)).isEqualTo(stored);
    }

    @Test
    void stateFromBeforeTheFirstDiscoveryComesBack() throws IOException {
        StreamsState state = new StreamsState(null, null, false, false, 5, 0, List.of());

        assertThat(states.deserialize(1, states.serialize(state))).isEqualTo(state);
    }

    @Test
    void stateOfALaterReleaseIsRefusedWithBothVersions() {
        for (SimpleVersionedSerializer<?> serializer : List.of(splits, states)) {
            assertThatThrownBy(() -> serializer.deserialize(2, new byte[0]))
                    .hasMessageContaining("format version 2")
                    .hasMessageContaining("reads version 1");
        }
    }

    @Test
    void stateThatIsTooShortOrTooLongIsRefused() throws IOException {
        assertDamageIsNoticed(splits, splits.serialize(STORED_SPLIT));
        assertDamageIsNoticed(states, states.serialize(STORED));
    }

    @Test
    void lengthsAndCodesThatCannotBeAreRefused() throws IOException {
        byte[] length = splits.serialize(STORED_SPLIT);
        length[0] = 0x7f;
        byte[] kind = splits.serialize(STORED_SPLIT);
        kind[4 + ARN.length() + 4 + 9] = 6;
        byte[] count = states.serialize(STORED);
        count[4 + ARN.length() + 4 + ARN.length() + 2 + 16] = 0x7f;
        byte[] status =
                states.serialize(
                        new StreamsState(
                                ARN,
                                null,
                                true,
                                false,
                                0,
                                0,
                                List.of(new KnownShard(ARN, "a", null, Status.ENDED, null))));
        status[status.length - 1] = 4;

        assertDamaged(splits, length);
        assertDamaged(splits, kind);
        assertDamaged(states, count);
        assertDamaged(states, status);
    }

    private static void assertDamageIsNoticed(
            SimpleVersionedSerializer<?> serializer, byte[] whole) {
        assertDamaged(serializer, Arrays.copyOf(whole, whole.length + 1));
        for (int length = 0; length < whole.length; length++) {
            byte[] shorter = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> serializer.deserialize(1, shorter))
                    .isInstanceOf(IOException.class);
        }
    }

    private static void assertDamaged(SimpleVersionedSerializer<?> serializer, byte[] bytes) {
        assertThatThrownBy(() -> serializer.deserialize(1, bytes))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
    }

    private static KnownShard shard(String id, String parent, ShardPosition position) {
        return new KnownShard(ARN, id, parent, Status.WAITING, position);
    }

    private static byte[] stored(String name) throws IOException {
        try (InputStream in = StreamsStateTest.class.getResourceAsStream("/state/" + name)) {
            return in.readAllBytes();
        }
    }
}
