package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

import java.nio.charset.StandardCharsets;

/** Decodes the members of an item, or of an M, into a row. */
final class RowDecoder extends ValueDecoder {
    private final String[] names;
    private final byte[][] utf8Names;
    private final ValueDecoder[] fields;

    RowDecoder(RowType type) {
        super(type);
        int count = type.getFieldCount();
        names = type.getFieldNames().toArray(new String[0]);
        utf8Names = new byte[count][];
        fields = new ValueDecoder[count];
        for (int index = 0; index < count; index++) {
            utf8Names[index] = names[index].getBytes(StandardCharsets.UTF_8);
            LogicalType fieldType = type.getTypeAt(index);
            try {
                fields[index] = ValueDecoder.of(fieldType);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "column '" + names[index] + "': " + e.getMessage());
            }
        }
    }

    @Override
    Object readContent(Tag tag, JsonCursor cursor) throws ScanFault, MismatchException {
        if (tag != Tag.M) {
            throw found(tag);
        }
        return readMembers(cursor, ".");
    }

    GenericRowData readMembers(JsonCursor cursor) throws ScanFault, MismatchException {
        return readMembers(cursor, "");
    }

    private GenericRowData readMembers(JsonCursor cursor, String separator)
            throws ScanFault, MismatchException {
        GenericRowData row = new GenericRowData(fields.length);
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
                row.setField(index, fields[index].read(cursor));
            } catch (MismatchException mismatch) {
                throw mismatch.within(separator + names[index]);
            }
        }
        for (int index = 0; index < fields.length; index++) {
            if (row.isNullAt(index) && !fields[index].isNullable()) {
                throw fields[index].missing().within(separator + names[index]);
            }
        }
        return row;
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
