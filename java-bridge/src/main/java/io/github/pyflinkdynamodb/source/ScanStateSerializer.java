package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.state.StateFormat;

import org.apache.flink.core.io.SimpleVersionedSerializer;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * State format, version 1: whether the table has been divided as a byte, the number of unassigned
 * splits as an int, the splits as in version 1 of {@link ScanSplitSerializer}.
 */
final class ScanStateSerializer implements SimpleVersionedSerializer<ScanState> {
    static final int VERSION = 1;

    @Override
    public int getVersion() {
        return VERSION;
    }

    @Override
    public byte[] serialize(ScanState state) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeBoolean(state.isPlanned());
            out.writeInt(state.unassigned().size());
            for (ScanSplit split : state.unassigned()) {
                ScanSplitSerializer.write(out, split);
            }
        }
        return bytes.toByteArray();
    }

    @Override
    public ScanState deserialize(int version, byte[] serialized) throws IOException {
        StateFormat.check(version, VERSION);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized))) {
            boolean planned = in.readBoolean();
            List<ScanSplit> unassigned = new ArrayList<>();
            for (int left = StateFormat.readCount(in); left > 0; left--) {
                unassigned.add(ScanSplitSerializer.read(in));
            }
            StateFormat.checkEnd(in);
            return new ScanState(planned, unassigned);
        }
    }
}
