package io.github.pyflinkdynamodb.request;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import javax.annotation.Nullable;

/**
 * Primary key of one item, compared as DynamoDB compares it: by type and value.
 *
 * <p>Each key attribute is a type byte, the length of its content in four bytes and the content:
 * UTF-8 for S, the decoded bytes for B, the normalised decimal for N. So 1, 1.0 and 1e0 are one
 * key, ("a$b", "c") and ("a", "b$c") are two, and the same text as S and as B are two.
 */
public final class PrimaryKey {
    private final byte[] content;
    private final int hash;

    /** Keeps the array: the caller hands it over. */
    PrimaryKey(byte[] content) {
        this.content = content;
        // Of the content alone, hence the same in every JVM: a shuffle may use it.
        this.hash = Arrays.hashCode(content);
    }

    /**
     * Reads a key from its attributes in JSON.
     *
     * @return null if no item can have it: an attribute is empty or longer than keys may be
     * @throws IllegalArgumentException if these are not the attributes of such a key
     */
    @Nullable
    public static PrimaryKey of(byte[] attributes, KeySchema schema) {
        JsonCursor cursor = new JsonCursor();
        cursor.reset(attributes, 0);
        ItemReader reader = new ItemReader(cursor, schema);
        try {
            reader.readKey();
            return reader.primaryKey();
        } catch (ScanFault fault) {
            if (ScanFault.INVALID_KEY.equals(fault.code())) {
                return null;
            }
            throw new IllegalArgumentException(fault.getMessage());
        }
    }

    /** The canonical bytes as text, one char from 0 to 255 for each, for use as a Flink key. */
    public String canonical() {
        return new String(content, StandardCharsets.ISO_8859_1);
    }

    @Override
    public boolean equals(Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof PrimaryKey)) {
            return false;
        }
        PrimaryKey that = (PrimaryKey) other;
        return hash == that.hash && Arrays.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Says nothing of the values: keys are data too. */
    @Override
    public String toString() {
        return "PrimaryKey of " + content.length + " bytes";
    }
}
