package io.github.pyflinkdynamodb.request;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One record of a page of a stream: its own JSON where it came, and where its parts are in it.
 *
 * <p>Shares the page's bytes; nothing of it is decoded but what a reader needs to keep its place.
 */
public final class StreamRecord {

    /** A part of the bytes. */
    static final class Slice {
        private final int from;
        private final int to;

        Slice(int from, int to) {
            this.from = from;
            this.to = to;
        }
    }

    private static final Slice NONE = new Slice(-1, -1);

    private final byte[] buffer;
    private final Slice whole;
    private final String eventName;
    private final String sequenceNumber;
    private final long creationTimeMillis;
    private final Slice keys;
    private final Slice newImage;
    private final Slice oldImage;

    StreamRecord(
            byte[] buffer,
            Slice whole,
            String eventName,
            String sequenceNumber,
            long creationTimeMillis,
            Slice[] parts) {
        this.buffer = buffer;
        this.whole = whole;
        this.eventName = eventName;
        this.sequenceNumber = sequenceNumber;
        this.creationTimeMillis = creationTimeMillis;
        this.keys = orNone(parts[0]);
        this.newImage = orNone(parts[1]);
        this.oldImage = orNone(parts[2]);
    }

    /** The page's bytes; not to be changed. */
    public byte[] buffer() {
        return buffer;
    }

    /** Where the record's JSON object begins in the buffer. */
    public int start() {
        return whole.from;
    }

    /** Bytes of the record's JSON object. */
    public int length() {
        return whole.to - whole.from;
    }

    /** The record's JSON object, copied. */
    public byte[] toByteArray() {
        return Arrays.copyOfRange(buffer, whole.from, whole.to);
    }

    /** The record's JSON object as text. */
    public String text() {
        return new String(buffer, whole.from, length(), StandardCharsets.UTF_8);
    }

    /** INSERT, MODIFY or REMOVE. */
    public String eventName() {
        return eventName;
    }

    /** 21 to 40 digits. */
    public String sequenceNumber() {
        return sequenceNumber;
    }

    /**
     * ApproximateCreationDateTime in milliseconds since 1970; as coarse as the service gives it.
     */
    public long creationTimeMillis() {
        return creationTimeMillis;
    }

    /** Where the object of the key attributes begins in the buffer; -1 if there is none. */
    public int keysStart() {
        return keys.from;
    }

    /** Where the object of the item after the change begins in the buffer; -1 if there is none. */
    public int newImageStart() {
        return newImage.from;
    }

    /** Where the object of the item before the change begins in the buffer; -1 if there is none. */
    public int oldImageStart() {
        return oldImage.from;
    }

    /** Says nothing of keys and images: they are data. */
    @Override
    public String toString() {
        return eventName + " " + sequenceNumber;
    }

    private static Slice orNone(Slice slice) {
        return slice == null ? NONE : slice;
    }
}
