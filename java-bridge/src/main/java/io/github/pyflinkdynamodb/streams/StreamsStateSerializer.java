package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.state.StateFormat;
import io.github.pyflinkdynamodb.streams.KnownShard.Status;

import org.apache.flink.core.io.SimpleVersionedSerializer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * State format, version 1: the stream's ARN and the next one's, empty for none; whether the shards
 * have been listed and whether there was another stream before, a byte each; start and end as
 * longs; the number of shards as an int, and for each its stream's ARN, empty for the stream above,
 * its id, its parent's, empty for none, its status as a byte, and if it is waiting its position as
 * in version 1 of {@link ShardSplitSerializer}. Texts as in {@link StateFormat}.
 *
 * <p>A stored file of every version is read by a test: a savepoint outlives the release that wrote
 * it.
 */
final class StreamsStateSerializer implements SimpleVersionedSerializer<StreamsState> {
    static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(StreamsState state) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            writeOptional(out, state.streamArn);
            writeOptional(out, state.nextStreamArn);
            out.writeBoolean(state.listed);
            out.writeBoolean(state.switched);
            out.writeLong(state.startMillis);
            out.writeLong(state.endMillis);
            out.writeInt(state.shards.size());
            for (KnownShard shard : state.shards) {
                // Spelt out once: there may be thousands of shards.
                writeOptional(
                        out, shard.streamArn.equals(state.streamArn) ? null : shard.streamArn);
                StateFormat.writeText(out, shard.shardId);
                writeOptional(out, shard.parentShardId);
                out.writeByte(shard.status.ordinal());
                if (shard.position != null) {
                    ShardSplitSerializer.writePosition(out, shard.position);
                }
            }
        }
        return bytes.toByteArray();
    }

    @Override
    public StreamsState deserialize(int version, byte[] serialized) throws IOException {
        StateFormat.check(version, VERSION);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized))) {
            String streamArn = readOptional(in);
            String nextStreamArn = readOptional(in);
            boolean listed = in.readBoolean();
            boolean switched = in.readBoolean();
            long startMillis = in.readLong();
            long endMillis = in.readLong();
            List<KnownShard> shards = new ArrayList<>();
            for (int left = StateFormat.readCount(in); left > 0; left--) {
                shards.add(readShard(in, streamArn));
            }
            StateFormat.checkEnd(in);
            return new StreamsState(
                    streamArn, nextStreamArn, listed, switched, startMillis, endMillis, shards);
        }
    }

    private static KnownShard readShard(DataInputStream in, String streamArn) throws IOException {
        String ownArn = readOptional(in);
        String shardId = StateFormat.readText(in);
        String parentShardId = readOptional(in);
        int code = in.readUnsignedByte();
        if (code >= Status.values().length || (ownArn == null && streamArn == null)) {
            throw StateFormat.damaged();
        }
        Status status = Status.values()[code];
        return new KnownShard(
                ownArn == null ? streamArn : ownArn,
                shardId,
                parentShardId,
                status,
                status == Status.WAITING ? ShardSplitSerializer.readPosition(in) : null);
    }

    private static void writeOptional(DataOutputStream out, String text) throws IOException {
        StateFormat.writeText(out, text == null ? "" : text);
    }

    private static String readOptional(DataInputStream in) throws IOException {
        String text = StateFormat.readText(in);
        return text.isEmpty() ? null : text;
    }
}
