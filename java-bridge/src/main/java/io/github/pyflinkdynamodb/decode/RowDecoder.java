package io.github.pyflinkdynamodb.decode;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;

/** Decodes the members of an item, or of an M, into a row. */
final class RowDecoder<R> extends ValueDecoder {
    private final String[] names;
    private final byte[][] utf8Names;
    private final ValueDecoder[] fields;
    private final Function<Object[], R> whole;

    /**
     * @param fields decoders in the order of the names
     * @param whole makes the row of its fields
     */
    RowDecoder(
            Declared declared,
            List<String> names,
            List<ValueDecoder> fields,
            Function<Object[], R> whole) {
        super(declared);
        this.names = names.toArray(new String[0]);
        this.fields = fields.toArray(new ValueDecoder[0]);
        this.whole = whole;
        utf8Names = new byte[this.names.length][];
        for (int index = 0; index < utf8Names.length; index++) {
            utf8Names[index] = this.names[index].getBytes(StandardCharsets.UTF_8);
        }
    }

    @Override
    Object readContent(Tag tag, JsonCursor cursor) throws ScanFault, MismatchException {
        if (tag != Tag.M) {
            throw found(tag);
        }
        return readMembers(cursor, ".");
    }

    R readMembers(JsonCursor cursor) throws ScanFault, MismatchException {
        return readMembers(cursor, "");
    }

    private R readMembers(JsonCursor cursor, String separator) throws ScanFault, MismatchException {
        Object[] values = new Object[fields.length];
        int expected = 0;
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            cursor.readString();
            int index = indexOf(cursor, expected);
            cursor.expect(':');
            if (index < 0) {
                cursor.skipValue();
                continue;
            }
            expected = index + 1;
            try {
                values[index] = fields[index].read(cursor);
            } catch (MismatchException mismatch) {
                throw mismatch.within(separator + names[index]);
            }
        }
        for (int index = 0; index < fields.length; index++) {
            if (values[index] == null && !fields[index].isNullable()) {
                throw fields[index].missing().within(separator + names[index]);
            }
        }
        return whole.apply(values);
    }

    /** The column of the name at the cursor; items mostly have their attributes in one order. */
    private int indexOf(JsonCursor cursor, int expected) {
        for (int index = expected; index < utf8Names.length; index++) {
            if (cursor.stringEquals(utf8Names[index])) {
                return index;
            }
        }
        for (int index = Math.min(expected, utf8Names.length) - 1; index >= 0; index--) {
            if (cursor.stringEquals(utf8Names[index])) {
                return index;
            }
        }
        return -1;
    }
}
