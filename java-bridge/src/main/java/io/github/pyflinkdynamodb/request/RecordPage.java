package io.github.pyflinkdynamodb.request;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import javax.annotation.Nullable;

/** The answer to one GetRecords call. Its records stay as they came, in the body. */
public final class RecordPage {
    private static final byte[] RECORDS = ascii("Records");
    private static final byte[] NEXT_ITERATOR = ascii("NextShardIterator");
    private static final byte[] EVENT_NAME = ascii("eventName");
    private static final byte[] DYNAMODB = ascii("dynamodb");
    private static final byte[] SEQUENCE_NUMBER = ascii("SequenceNumber");
    private static final byte[] CREATION_TIME = ascii("ApproximateCreationDateTime");
    private static final byte[][] PARTS = {ascii("Keys"), ascii("NewImage"), ascii("OldImage")};
    private static final BigDecimal MILLIS = BigDecimal.valueOf(1_000);

    /** The end of the year 9999. */
    private static final BigDecimal MAX_SECONDS = BigDecimal.valueOf(253_402_300_799L);

    /** A number with a huge exponent must not become millions of digits. */
    private static final int MAX_SCALE = 30;

    private final List<StreamRecord> records;
    private final int bytes;
    private final long serviceTimeMillis;
    @Nullable private final String nextIterator;

    private RecordPage(
            List<StreamRecord> records,
            int bytes,
            long serviceTimeMillis,
            @Nullable String nextIterator) {
        this.records = Collections.unmodifiableList(records);
        this.bytes = bytes;
        this.serviceTimeMillis = serviceTimeMillis;
        this.nextIterator = nextIterator;
    }

    /**
     * @param serviceTimeMillis the service's clock as it answered
     * @throws MalformedResponseException if it is not JSON of this form
     */
    public static RecordPage read(byte[] body, long serviceTimeMillis)
            throws MalformedResponseException {
        JsonCursor cursor = new JsonCursor();
        cursor.reset(body, 0);
        List<StreamRecord> records = new ArrayList<>();
        String nextIterator = null;
        try {
            for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
                cursor.readString();
                boolean list = cursor.stringEquals(RECORDS);
                boolean iterator = cursor.stringEquals(NEXT_ITERATOR);
                cursor.expect(':');
                if (list) {
                    for (boolean record = cursor.enter('[', ']');
                            record;
                            record = cursor.next(']')) {
                        records.add(record(cursor));
                    }
                } else if (iterator && !cursor.consumeNull()) {
                    nextIterator = string(cursor);
                } else if (!iterator) {
                    cursor.skipValue();
                }
            }
            if (cursor.peek() >= 0) {
                throw cursor.unexpected("the end of the text");
            }
        } catch (ScanFault fault) {
            throw new MalformedResponseException("the page " + fault.getMessage());
        }
        return new RecordPage(records, body.length, serviceTimeMillis, nextIterator);
    }

    public List<StreamRecord> records() {
        return records;
    }

    /** Of the whole answer. */
    public int bytes() {
        return bytes;
    }

    /** The service's clock in milliseconds since 1970, as it answered. */
    public long serviceTimeMillis() {
        return serviceTimeMillis;
    }

    /** What reads on from here; null at the end of a closed shard. */
    @Nullable
    public String nextIterator() {
        return nextIterator;
    }

    private static StreamRecord record(JsonCursor cursor) throws ScanFault {
        cursor.peek();
        int from = cursor.position();
        String eventName = null;
        String sequenceNumber = null;
        long creationTimeMillis = -1;
        StreamRecord.Slice[] parts = new StreamRecord.Slice[PARTS.length];
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            cursor.readString();
            boolean name = cursor.stringEquals(EVENT_NAME);
            boolean change = cursor.stringEquals(DYNAMODB);
            cursor.expect(':');
            if (name) {
                eventName = string(cursor);
            } else if (!change) {
                cursor.skipValue();
            } else {
                for (boolean member = cursor.enter('{', '}'); member; member = cursor.next('}')) {
                    cursor.readString();
                    boolean sequence = cursor.stringEquals(SEQUENCE_NUMBER);
                    boolean time = cursor.stringEquals(CREATION_TIME);
                    int part = part(cursor);
                    cursor.expect(':');
                    if (sequence) {
                        sequenceNumber = string(cursor);
                    } else if (time) {
                        creationTimeMillis = millis(cursor);
                    } else {
                        StreamRecord.Slice slice = value(cursor);
                        if (part >= 0) {
                            parts[part] = slice;
                        }
                    }
                }
            }
        }
        if (eventName == null || sequenceNumber == null || creationTimeMillis < 0) {
            throw cursor.unexpected(
                    "eventName, SequenceNumber and ApproximateCreationDateTime in each record");
        }
        return new StreamRecord(
                cursor.buffer(),
                new StreamRecord.Slice(from, cursor.position()),
                eventName,
                sequenceNumber,
                creationTimeMillis,
                parts);
    }

    private static int part(JsonCursor cursor) {
        for (int index = 0; index < PARTS.length; index++) {
            if (cursor.stringEquals(PARTS[index])) {
                return index;
            }
        }
        return -1;
    }

    private static StreamRecord.Slice value(JsonCursor cursor) throws ScanFault {
        cursor.peek();
        int from = cursor.position();
        cursor.skipValue();
        return new StreamRecord.Slice(from, cursor.position());
    }

    private static String string(JsonCursor cursor) throws ScanFault {
        cursor.readString();
        return new String(cursor.stringBytes(), StandardCharsets.UTF_8);
    }

    private static long millis(JsonCursor cursor) throws ScanFault {
        cursor.peek();
        int from = cursor.position();
        cursor.skipNumber();
        String text =
                new String(
                        cursor.buffer(), from, cursor.position() - from, StandardCharsets.US_ASCII);
        BigDecimal seconds = new BigDecimal(text);
        if (seconds.signum() < 0
                || Math.abs(seconds.scale()) > MAX_SCALE
                || seconds.compareTo(MAX_SECONDS) > 0) {
            throw cursor.unexpected("seconds since 1970");
        }
        return seconds.multiply(MILLIS).longValue();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
