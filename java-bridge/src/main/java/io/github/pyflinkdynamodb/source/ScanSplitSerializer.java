package io.github.pyflinkdynamodb.source;

import org.apache.flink.core.io.SimpleVersionedSerializer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Split format, version 1: segment, total segments and rows emitted as ints; the start key, empty
 * for none; the number of key attributes, and for each its name and value. Texts are UTF-8 behind
 * their length as an int.
 *
 * <p>A stored file of every version is read by a test: a savepoint outlives the release that wrote
 * it.
 */
final class ScanSplitSerializer implements SimpleVersionedSerializer<ScanSplit> {
    static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(ScanSplit split) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(out, split);
        }
        return bytes.toByteArray();
    }

    @Override
    public ScanSplit deserialize(int version, byte[] serialized) throws IOException {
        check(version, VERSION);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized))) {
            ScanSplit split = read(in);
            if (in.available() > 0) {
                throw damaged();
            }
            return split;
        }
    }

    static void write(DataOutputStream out, ScanSplit split) throws IOException {
        out.writeInt(split.segment());
        out.writeInt(split.totalSegments());
        out.writeInt(split.rowsEmitted());
        writeText(out, split.startKey() == null ? "" : split.startKey());
        out.writeInt(split.key().size());
        for (Map.Entry<String, String> attribute : split.key().entrySet()) {
            writeText(out, attribute.getKey());
            writeText(out, attribute.getValue());
        }
    }

    static ScanSplit read(DataInputStream in) throws IOException {
        int segment = in.readInt();
        int totalSegments = in.readInt();
        int rowsEmitted = in.readInt();
        String startKey = readText(in);
        Map<String, String> key = new TreeMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            String name = readText(in);
            key.put(name, readText(in));
        }
        return new ScanSplit(
                segment, totalSegments, key, startKey.isEmpty() ? null : startKey, rowsEmitted);
    }

    static void check(int found, int known) throws IOException {
        if (found != known) {
            throw new IOException(
                    "The source's state has format version "
                            + found
                            + "; this release of pyflink_dynamodb reads version "
                            + known
                            + ". Restore with the release that wrote the savepoint, or a newer"
                            + " one.");
        }
    }

    static IOException damaged() {
        return new IOException(
                "The source's state is damaged: its lengths do not add up. Restore an older"
                        + " checkpoint or savepoint.");
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readText(DataInputStream in) throws IOException {
        int length = in.readInt();
        // Checked before the memory is taken: damage must not end the task manager.
        if (length < 0 || length > in.available()) {
            throw damaged();
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
