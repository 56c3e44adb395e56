package io.github.pyflinkdynamodb.state;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What the formats of the sources' states have in common: texts are UTF-8 behind their length as an
 * int, lists stand behind their number as an int, and damage is noticed before memory is taken for
 * it.
 *
 * <p>Not {@code writeUTF}, which ends at 65,535 bytes.
 */
public final class StateFormat {

    private StateFormat() {}

    /**
     * @throws IOException with both versions, if they differ
     */
    public static void check(int found, int known) throws IOException {
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

    /**
     * @throws IOException if something is left
     */
    public static void checkEnd(DataInputStream in) throws IOException {
        if (in.available() > 0) {
            throw damaged();
        }
    }

    public static IOException damaged() {
        return new IOException(
                "The source's state is damaged: its lengths do not add up. Restore an older"
                        + " checkpoint or savepoint.");
    }

    public static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /**
     * @param in over an array in memory
     */
    public static String readText(DataInputStream in) throws IOException {
        // A text may have no bytes at all, but not more of them than are left.
        byte[] bytes = new byte[readCount(in)];
        in.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * Reads the number of things that follow, each of a byte or more.
     *
     * @param in over an array in memory
     */
    public static int readCount(DataInputStream in) throws IOException {
        int count = in.readInt();
        // Checked before the memory is taken: damage must not end the task manager.
        if (count < 0 || count > in.available()) {
            throw damaged();
        }
        return count;
    }
}
