package io.github.pyflinkdynamodb.sink;

import org.apache.flink.core.io.SimpleVersionedSerializer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * State format, version 1: the table name, the number of requests as an int, the requests. Name and
 * requests are bytes behind their length as an int. Not {@code writeUTF}, which ends at 65,535
 * bytes where items go up to 400 KB.
 *
 * <p>A stored file of every version is read by a test: a savepoint outlives the release that wrote
 * it.
 */
final class WriterStateSerializer implements SimpleVersionedSerializer<WriterState> {

    static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(WriterState state) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(out, state.tableName().getBytes(StandardCharsets.UTF_8));
            out.writeInt(state.requests().size());
            for (byte[] request : state.requests()) {
                write(out, request);
            }
        }
        return bytes.toByteArray();
    }

    @Override
    public WriterState deserialize(int version, byte[] serialized) throws IOException {
        if (version != VERSION) {
            throw new IOException(
                    "The sink's state has format version "
                            + version
                            + "; this release of pyflink_dynamodb reads version "
                            + VERSION
                            + ". Restore with the release that wrote the savepoint, or a newer"
                            + " one.");
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized))) {
            String tableName = new String(read(in), StandardCharsets.UTF_8);
            int count = in.readInt();
            List<byte[]> requests = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                requests.add(read(in));
            }
            if (count < 0 || in.available() > 0) {
                throw damaged();
            }
            return new WriterState(tableName, requests);
        }
    }

    private static IOException damaged() {
        return new IOException(
                "The sink's state is damaged: its lengths do not add up. Restore an older"
                        + " checkpoint or savepoint.");
    }

    private static void write(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] read(DataInputStream in) throws IOException {
        int length = in.readInt();
        // Checked before the memory is taken: damage must not end the task manager.
        if (length < 0 || length > in.available()) {
            throw damaged();
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }
}
