package io.github.pyflinkdynamodb.encode;

import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

import java.io.IOException;

/**
 * Write requests as the sink takes them: byte arrays that nobody changes.
 *
 * <p>Flink's own type of byte arrays copies each at every step within a task, which is half of what
 * a large item costs in memory.
 */
public final class WriteRequestsType extends TypeInformation<byte[]> {
    public static final WriteRequestsType INSTANCE = new WriteRequestsType();

    private static final long serialVersionUID = 1L;

    private WriteRequestsType() {}

    @Override
    public boolean isBasicType() {
        return false;
    }

    @Override
    public boolean isTupleType() {
        return false;
    }

    @Override
    public int getArity() {
        return 1;
    }

    @Override
    public int getTotalFields() {
        return 1;
    }

    @Override
    public Class<byte[]> getTypeClass() {
        return byte[].class;
    }

    @Override
    public boolean isKeyType() {
        return false;
    }

    @Override
    public TypeSerializer<byte[]> createSerializer(SerializerConfig config) {
        return new Serializer();
    }

    /** What Flink 1.20 calls; Flink 2 no longer declares it. */
    public TypeSerializer<byte[]> createSerializer(ExecutionConfig config) {
        return new Serializer();
    }

    @Override
    public String toString() {
        return "WriteRequests";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WriteRequestsType;
    }

    @Override
    public int hashCode() {
        return WriteRequestsType.class.hashCode();
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof WriteRequestsType;
    }

    /** Flink's serializer of byte arrays, but for the copies. */
    public static final class Serializer extends TypeSerializerSingleton<byte[]> {
        private static final long serialVersionUID = 1L;

        private final BytePrimitiveArraySerializer bytes = BytePrimitiveArraySerializer.INSTANCE;

        @Override
        public boolean isImmutableType() {
            return true;
        }

        @Override
        public byte[] createInstance() {
            return bytes.createInstance();
        }

        @Override
        public byte[] copy(byte[] from) {
            return from;
        }

        @Override
        public byte[] copy(byte[] from, byte[] reuse) {
            return from;
        }

        @Override
        public int getLength() {
            return bytes.getLength();
        }

        @Override
        public void serialize(byte[] requests, DataOutputView target) throws IOException {
            bytes.serialize(requests, target);
        }

        @Override
        public byte[] deserialize(DataInputView source) throws IOException {
            return bytes.deserialize(source);
        }

        @Override
        public byte[] deserialize(byte[] reuse, DataInputView source) throws IOException {
            return bytes.deserialize(source);
        }

        @Override
        public void copy(DataInputView source, DataOutputView target) throws IOException {
            bytes.copy(source, target);
        }

        @Override
        public TypeSerializerSnapshot<byte[]> snapshotConfiguration() {
            return new Snapshot();
        }
    }

    /** What Flink keeps of the serializer, which has no configuration. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<byte[]> {
        public Snapshot() {
            super(Serializer::new);
        }
    }
}
