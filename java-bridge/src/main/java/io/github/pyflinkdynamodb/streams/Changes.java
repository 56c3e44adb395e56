package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.decode.ItemDecoder;
import io.github.pyflinkdynamodb.decode.MismatchException;
import io.github.pyflinkdynamodb.request.ScanFault;
import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

import java.io.IOException;

/**
 * Makes rows of records: INSERT is +I, MODIFY is -U and +U or, without an old image, +U alone, and
 * REMOVE is -D. A row of a delete without an old image has the key's fields only; so has any row of
 * a stream without new images, whose schema must then have no other fields.
 *
 * <p>Not thread-safe.
 */
abstract class Changes<R> {

    enum OldImages {
        /** A record that should have one and does not is an error. */
        REQUIRED,

        /** Read where they are. */
        WELCOME,

        /** Not looked at. */
        IGNORED
    }

    private final ItemDecoder<R> items;
    private final OldImages oldImages;
    private final String noun;

    /**
     * @param noun "column" or "field", for messages
     */
    Changes(ItemDecoder<R> items, OldImages oldImages, String noun) {
        this.items = items;
        this.oldImages = oldImages;
        this.noun = noun;
    }

    /** Adds the rows of a record, in order. */
    final void addRows(StreamRecord record, Collector<R> out) throws IOException {
        switch (record.eventName()) {
            case "INSERT":
                out.collect(after(record, RowKind.INSERT));
                break;
            case "MODIFY":
                R after = after(record, RowKind.UPDATE_AFTER);
                if (hasBefore(record)) {
                    out.collect(row(record, record.oldImageStart(), RowKind.UPDATE_BEFORE));
                }
                out.collect(after);
                break;
            case "REMOVE":
                int before = hasBefore(record) ? record.oldImageStart() : keys(record);
                out.collect(row(record, before, RowKind.DELETE));
                break;
            default:
                throw new StreamsSourceException(
                        place(record)
                                + " is of a kind that this release does not know; update"
                                + " pyflink_dynamodb");
        }
    }

    abstract void setKind(R row, RowKind kind);

    abstract boolean hasNull(R row);

    private boolean hasBefore(StreamRecord record) throws StreamsSourceException {
        if (record.oldImageStart() < 0 && oldImages == OldImages.REQUIRED) {
            throw new StreamsSourceException(
                    place(record)
                            + " has no old image; have the table's stream of view type"
                            + " NEW_AND_OLD_IMAGES");
        }
        return record.oldImageStart() >= 0 && oldImages != OldImages.IGNORED;
    }

    private R after(StreamRecord record, RowKind kind) throws IOException {
        if (record.newImageStart() >= 0) {
            return row(record, record.newImageStart(), kind);
        }
        R row = row(record, keys(record), kind);
        if (hasNull(row)) {
            throw new StreamsSourceException(
                    place(record)
                            + " has no new image, and its key does not hold every "
                            + noun
                            + "; have the table's stream of view type NEW_IMAGE or"
                            + " NEW_AND_OLD_IMAGES");
        }
        return row;
    }

    private static int keys(StreamRecord record) throws StreamsSourceException {
        if (record.keysStart() < 0) {
            throw new StreamsSourceException(
                    place(record) + " has no keys; that is nothing which DynamoDB writes");
        }
        return record.keysStart();
    }

    private R row(StreamRecord record, int start, RowKind kind) throws IOException {
        try {
            R row = items.decode(record.buffer(), start);
            setKind(row, kind);
            return row;
        } catch (MismatchException mismatch) {
            throw mismatch.in(
                    place(record) + ", " + noun + " ",
                    "Declare the " + noun + " as what the items hold.");
        } catch (ScanFault fault) {
            throw new StreamsSourceException(place(record) + " is " + fault.getMessage());
        }
    }

    private static String place(StreamRecord record) {
        return "Record " + record.sequenceNumber() + " of the stream";
    }
}
