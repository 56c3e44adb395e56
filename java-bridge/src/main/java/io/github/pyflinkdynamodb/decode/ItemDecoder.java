package io.github.pyflinkdynamodb.decode;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;

/**
 * Decodes items into rows, straight from the bytes of the answer that holds them. An attribute that
 * is missing or NULL is null; one that does not fit is an error.
 *
 * <p>Not thread-safe.
 */
public final class ItemDecoder<R> {
    private final JsonCursor cursor = new JsonCursor();
    private final RowDecoder<? extends R> row;

    private ItemDecoder(RowDecoder<? extends R> row) {
        this.row = row;
    }

    /**
     * @throws IllegalArgumentException if a column is of a type that no attribute stands for
     */
    public static ItemDecoder<RowData> of(RowType type) {
        RowDecoder<GenericRowData> columns = ColumnTypes.row(type);
        return new ItemDecoder<>(columns);
    }

    /**
     * @throws IllegalArgumentException if the row has no names, or a field is of a type that no
     *     attribute stands for
     */
    public static ItemDecoder<Row> of(RowTypeInfo type) {
        return new ItemDecoder<>(FieldTypes.row(type));
    }

    /**
     * Decodes one item.
     *
     * @param start where it begins in the body
     * @throws MismatchException whose message holds no more than what was found
     */
    public R decode(byte[] body, int start) throws ScanFault, MismatchException {
        begin(body, start);
        return row.readMembers(cursor);
    }

    /** Goes to the first of several items, which are divided by commas. */
    void begin(byte[] body, int start) {
        cursor.reset(body, start);
    }

    /** Decodes the next item. */
    R next() throws ScanFault, MismatchException {
        R decoded = row.readMembers(cursor);
        cursor.consume(',');
        return decoded;
    }

    /** Passes over the next item. */
    void skip() throws ScanFault {
        cursor.skipValue();
        cursor.consume(',');
    }
}
