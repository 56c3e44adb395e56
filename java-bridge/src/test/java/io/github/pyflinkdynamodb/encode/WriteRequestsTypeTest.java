package io.github.pyflinkdynamodb.encode;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

class WriteRequestsTypeTest {
    private static final byte[] REQUESTS = {'{', 0, -1, '}'};

    private final TypeSerializer<byte[]> serializer =
            WriteRequestsType.INSTANCE.createSerializer(new SerializerConfigImpl());

    @Test
    void requestsAreHandedOnWithoutACopy() {
        assertThat(serializer.copy(REQUESTS)).isSameAs(REQUESTS);
        assertThat(serializer.copy(REQUESTS, new byte[4])).isSameAs(REQUESTS);
        assertThat(serializer.isImmutableType()).isTrue();
    }

    @Test
    void requestsCrossTheNetworkInPieces() throws Exception {
        DataOutputSerializer sent = new DataOutputSerializer(16);
        serializer.serialize(REQUESTS, sent);
        serializer.serialize(new byte[0], sent);
        DataOutputSerializer passedOn = new DataOutputSerializer(16);
        DataInputDeserializer received = new DataInputDeserializer(sent.getCopyOfBuffer());
        serializer.copy(received, passedOn);
        serializer.copy(received, passedOn);
        DataInputDeserializer last = new DataInputDeserializer(passedOn.getCopyOfBuffer());
        assertThat(serializer.deserialize(last)).isEqualTo(REQUESTS);
        assertThat(serializer.deserialize(REQUESTS, last)).isEmpty();
        assertThat(last.available()).isZero();
        assertThat(REQUESTS).containsExactly('{', 0, -1, '}');
    }

    /** It travels with a job, and the checkpoints of its network edges name it. */
    @Test
    void typeAndSerializerAreOneWhereverTheyAreMade() throws Exception {
        WriteRequestsType travelled = InstantiationUtil.clone(WriteRequestsType.INSTANCE);
        assertThat(travelled).isEqualTo(WriteRequestsType.INSTANCE);
        assertThat(travelled).hasSameHashCodeAs(WriteRequestsType.INSTANCE);
        assertThat(travelled.createSerializer(new ExecutionConfig())).isEqualTo(serializer);

        DataOutputSerializer stored = new DataOutputSerializer(16);
        TypeSerializerSnapshot.writeVersionedSnapshot(stored, serializer.snapshotConfiguration());
        TypeSerializerSnapshot<byte[]> restored =
                TypeSerializerSnapshot.readVersionedSnapshot(
                        new DataInputDeserializer(stored.getCopyOfBuffer()),
                        getClass().getClassLoader());
        assertThat(restored.restoreSerializer()).isEqualTo(serializer);
    }
}
