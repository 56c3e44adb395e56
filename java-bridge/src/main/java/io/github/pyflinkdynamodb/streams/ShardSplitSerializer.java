package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.state.StateFormat;

import org.apache.flink.core.io.SimpleVersionedSerializer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Split format, version 1: the stream's ARN, the shard's id, the position, the end as a long. A
 * position: its kind as a byte, its time as a long, its sequence number and its iterator, empty for
 * none. Texts as in {@link StateFormat}.
 *
 * <p>A stored file of every version is read by a test: a savepoint outlives the release that wrote
 * it.
 */
final class ShardSplitSerializer implements SimpleVersionedSerializer<ShardSplit> {
    static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(ShardSplit split) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            StateFormat.writeText(out, split.streamArn());
            StateFormat.writeText(out, split.shardId());
            writePosition(out, split.position());
            out.writeLong(split.endMillis());
        }
        return bytes.toByteArray();
    }

    @Override
    public ShardSplit deserialize(int version, byte[] serialized) throws IOException {
        StateFormat.check(version, VERSION);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized))) {
            String streamArn = StateFormat.readText(in);
            String shardId = StateFormat.readText(in);
            ShardPosition position = readPosition(in);
            ShardSplit split = new ShardSplit(streamArn, shardId, position, in.readLong());
            StateFormat.checkEnd(in);
            return split;
        }
    }

    static void writePosition(DataOutputStream out, ShardPosition position) throws IOException {
        out.writeByte(position.kind().ordinal());
        out.writeLong(position.timeMillis());
        StateFormat.writeText(
                out, position.sequenceNumber() == null ? "" : position.sequenceNumber());
        StateFormat.writeText(out, position.iterator() == null ? "" : position.iterator());
    }

    static ShardPosition readPosition(DataInputStream in) throws IOException {
        int kind = in.readUnsignedByte();
        long timeMillis = in.readLong();
        String sequenceNumber = StateFormat.readText(in);
        String iterator = StateFormat.readText(in);
        if (kind >= ShardPosition.Kind.values().length) {
            throw StateFormat.damaged();
        }
        switch (ShardPosition.Kind.values()[kind]) {
            case TRIM_HORIZON:
                return ShardPosition.trimHorizon();
            case AT_TIMESTAMP:
                return ShardPosition.atTimestamp(timeMillis);
            case LATEST:
                return ShardPosition.latest(timeMillis, iterator.isEmpty() ? null : iterator);
            case AFTER_SEQUENCE_NUMBER:
                return ShardPosition.after(sequenceNumber, timeMillis);
            case END:
                return ShardPosition.end();
            default:
                return ShardPosition.stopped();
        }
    }
}
