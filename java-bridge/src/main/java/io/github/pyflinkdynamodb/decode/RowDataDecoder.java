package io.github.pyflinkdynamodb.decode;

import io.github.pyflinkdynamodb.request.ScanFault;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

import java.io.IOException;

/**
 * Decodes the items of a table into rows of SQL, with errors that name the table.
 *
 * <p>Not thread-safe.
 */
public final class RowDataDecoder {
    private final ItemDecoder<RowData> items;
    private final String table;

    /**
     * @param table name of the table, for messages
     * @throws IllegalArgumentException if a column is of a type that no attribute stands for
     */
    public RowDataDecoder(RowType row, String table) {
        this.items = ItemDecoder.of(row);
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
    public void begin(byte[] body, int start) {
        items.begin(body, start);
    }

    /** Decodes the next item. */
    public RowData next() throws IOException {
        try {
            return items.next();
        } catch (MismatchException mismatch) {
            throw mismatch.in(
                    "Table " + table + ", column ",
                    "Declare the column as what the items hold, or mend the items.");
        } catch (ScanFault fault) {
            throw unreadable(fault);
        }
    }

    /** Passes over the next item. */
    public void skip() throws IOException {
        try {
            items.skip();
        } catch (ScanFault fault) {
            throw unreadable(fault);
        }
    }

    private IOException unreadable(ScanFault fault) {
        return new IOException("Table " + table + ": an item is " + fault.getMessage());
    }
}
