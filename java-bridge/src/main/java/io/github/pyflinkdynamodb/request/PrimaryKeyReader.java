package io.github.pyflinkdynamodb.request;

import java.nio.charset.StandardCharsets;

import javax.annotation.Nullable;

/** Collects the key attributes of one item while it is read. Not thread-safe. */
final class PrimaryKeyReader {
    /** Source: DynamoDB guide, ServiceQuotas, partition keys and sort keys. */
    private static final int[] MAX_BYTES = {2048, 1024};

    private static final String[] ROLES = {"partition key", "sort key"};
    private static final int HEADER = 1 + Integer.BYTES;

    private final String[] names;
    private final byte[][] utf8Names;
    private final KeyType[] types;
    private final ByteSink[] parts;
    private final ByteSink base64 = new ByteSink();

    PrimaryKeyReader(KeySchema schema) {
        names = schema.names().toArray(new String[0]);
        types = new KeyType[] {schema.partitionType(), schema.sortType()};
        utf8Names = new byte[names.length][];
        parts = new ByteSink[names.length];
        for (int index = 0; index < names.length; index++) {
            utf8Names[index] = names[index].getBytes(StandardCharsets.UTF_8);
            parts[index] = new ByteSink();
        }
    }

    void clear() {
        for (ByteSink part : parts) {
            part.clear();
        }
    }

    /** Which key attribute has the name at the cursor; -1 for any other attribute. */
    int indexOf(JsonCursor cursor) {
        for (int index = 0; index < utf8Names.length; index++) {
            if (cursor.stringEquals(utf8Names[index])) {
                return index;
            }
        }
        return -1;
    }

    boolean has(int index) {
        return parts[index].length() > 0;
    }

    /**
     * Keeps a key attribute's value, which was read and checked just now.
     *
     * @param type null for a type that no key can have
     */
    void capture(int index, @Nullable KeyType type, JsonCursor cursor, DecimalNumber number)
            throws ScanFault {
        if (type == null || (types[index] != null && types[index] != type)) {
            throw invalid(index, wrongType(index, type));
        }
        ByteSink part = parts[index];
        part.clear();
        part.append(type.name().charAt(0));
        part.append(new byte[Integer.BYTES]);
        if (type == KeyType.N) {
            number.appendCanonical(part);
        } else if (type == KeyType.S) {
            cursor.appendString(part);
        } else if (cursor.stringEscaped()) {
            base64.clear();
            cursor.appendString(base64);
            Base64Text.appendDecoded(base64.array(), 0, base64.length(), part);
        } else {
            Base64Text.appendDecoded(
                    cursor.buffer(), cursor.stringStart(), cursor.stringEnd(), part);
        }
        int length = part.length() - HEADER;
        if (length == 0) {
            throw invalid(index, "is empty; a key needs at least one byte");
        }
        if (length > MAX_BYTES[index]) {
            throw invalid(
                    index,
                    "has " + length + " bytes; at most " + MAX_BYTES[index] + " are allowed");
        }
        for (int at = 0; at < Integer.BYTES; at++) {
            part.array()[1 + at] = (byte) (length >>> 8 * (Integer.BYTES - 1 - at));
        }
    }

    PrimaryKey toKey() throws ScanFault {
        int length = 0;
        for (int index = 0; index < parts.length; index++) {
            if (!has(index)) {
                throw ScanFault.at(
                        ScanFault.MISSING_KEY,
                        "the "
                                + ROLES[index]
                                + " attribute "
                                + names[index]
                                + " is missing; every write needs it");
            }
            length += parts[index].length();
        }
        byte[] content = new byte[length];
        int at = 0;
        for (ByteSink part : parts) {
            System.arraycopy(part.array(), 0, content, at, part.length());
            at += part.length();
        }
        return new PrimaryKey(content);
    }

    private String wrongType(int index, @Nullable KeyType type) {
        String fault =
                type == null
                        ? "is NULL, or of a type that no key can have"
                        : "has another type than the table's key";
        return fault + "; write it as " + (types[index] == null ? "S, N or B" : types[index]);
    }

    private static ScanFault invalid(int index, String what) {
        return ScanFault.at(ScanFault.INVALID_KEY, "the " + ROLES[index] + " " + what);
    }
}
