package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.state.StateFormat;

import org.apache.flink.core.io.SimpleVersionedSerializer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Split format, version 1: segment, total segments and rows emitted as ints; the start key, empty
 * for none; the number of key attributes, and for each its name and value. Texts as in {@link
 * StateFormat}.
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
        StateFormat.check(version, VERSION);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized))) {
            ScanSplit split = read(in);
            StateFormat.checkEnd(in);
            return split;
        }
    }

    static void write(DataOutputStream out, ScanSplit split) throws IOException {
        out.writeInt(split.segment());
        out.writeInt(split.totalSegments());
        out.writeInt(split.rowsEmitted());
        StateFormat.writeText(out, split.startKey() == null ? "" : split.startKey());
        out.writeInt(split.key().size());
        for (Map.Entry<String, String> attribute : split.key().entrySet()) {
            StateFormat.writeText(out, attribute.getKey());
            StateFormat.writeText(out, attribute.getValue());
        }
    }

    static ScanSplit read(DataInputStream in) throws IOException {
        int segment = in.readInt();
        int totalSegments = in.readInt();
        int rowsEmitted = in.readInt();
        String startKey = StateFormat.readText(in);
        Map<String, String> key = new TreeMap<>();
        for (int left = StateFormat.readCount(in); left > 0; left--) {
            String name = StateFormat.readText(in);
            key.put(name, StateFormat.readText(in));
        }
        return new ScanSplit(
                segment, totalSegments, key, startKey.isEmpty() ? null : startKey, rowsEmitted);
    }
}
