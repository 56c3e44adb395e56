package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

import java.io.IOException;

/**
 * Decodes items into rows, straight from the bytes of the answer that holds them. An attribute that
 * is missing or NULL is null; one that does not fit its column is an error.
 *
 * <p>Not thread-safe.
 */
public final class RowDataDecoder {
    private final JsonCursor cursor = new JsonCursor();
    private final RowDecoder row;
    private final String table;

    /**
     * @param table name of the table, for messages
     * @throws IllegalArgumentException if a column is of a type that no attribute stands for
     */
    public RowDataDecoder(RowType row, String table) {
        this.row = new RowDecoder(row);
        this.table = table;
    }

    /**
     * Decodes one item.
     *
     * @param start where it begins in the body
     */
    public RowData decode(byte[] body, int start) throws IOException {
        begin(body, start);
        return next();
    }

    /** Goes to the first of several items, which are divided by commas. */
    void begin(byte[] body, int start) {
        cursor.reset(body, start);
    }

    /** Decodes the next item. */
    RowData next() throws IOException {
        try {
            RowData decoded = row.readMembers(cursor);
            cursor.consume(',');
            return decoded;
        } catch (MismatchException mismatch) {
            throw mismatch.in(table);
        } catch (ScanFault fault) {
            throw unreadable(fault);
        }
    }

    /** Passes over the next item. */
    void skip() throws IOException {
        try {
            cursor.skipValue();
            cursor.consume(',');
        } catch (ScanFault fault) {
            throw unreadable(fault);
        }
    }

    private IOException unreadable(ScanFault fault) {
        return new IOException("Table " + table + ": an item is " + fault.getMessage());
    }
}
