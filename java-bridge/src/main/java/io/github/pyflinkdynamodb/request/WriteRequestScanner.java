package io.github.pyflinkdynamodb.request;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Takes stream elements apart into checked write requests, in one pass over their bytes.
 *
 * <p>An element is any number of requests joined by commas: {@code {"PutRequest":{"Item":{...}}}},
 * {@code {"DeleteRequest":{"Key":{...}}}}, or {@code {"Rejected":{...}}} for a record that could
 * not be converted. Everything that DynamoDB would refuse for a reason in the request itself is
 * found here, so that one bad record does not cost its batch. No object tree is built and only key
 * attributes are decoded.
 *
 * <p>Any bytes are safe to scan. Each request of an element is written or rejected, in order; where
 * brackets and quotes no longer tell where a request ends, the rest of the element is one
 * rejection. Used by one thread at a time.
 */
public final class WriteRequestScanner {
    /**
     * The item is itself the first of the 32 levels: 31 lists or maps around a value are accepted,
     * 32 are not (DynamoDB Local 3.3.1).
     */
    public static final int MAX_LEVELS = 32;

    private static final byte[] PUT_REQUEST = ascii("PutRequest");
    private static final byte[] ITEM = ascii("Item");
    private static final byte[] DELETE_REQUEST = ascii("DeleteRequest");
    private static final byte[] KEY = ascii("Key");
    private static final byte[] REJECTED = ascii("Rejected");
    private static final byte[] REQUEST = ascii("request");
    private static final byte[] ERROR_CODE = ascii("error_code");
    private static final byte[] ERROR_MESSAGE = ascii("error_message");

    private static final byte[] DELETE_PREFIX = ascii("{\"DeleteRequest\":{\"Key\":{");
    private static final byte[] DELETE_SUFFIX = ascii("}}}");

    private final long maxItemSize;
    private final JsonCursor cursor = new JsonCursor();
    private final ItemReader reader;

    /** Receives the requests of an element, in order. */
    public interface Handler {
        void write(EncodedWriteRequest request) throws IOException, InterruptedException;

        void reject(RejectedRequest request) throws IOException, InterruptedException;
    }

    /**
     * @param maxItemSize largest item in bytes, by DynamoDB's rule for sizes
     */
    public WriteRequestScanner(KeySchema schema, long maxItemSize) {
        this.maxItemSize = maxItemSize;
        this.reader = new ItemReader(cursor, schema);
    }

    /**
     * Scans one element. The array is kept by the requests cut from it: the caller hands it over.
     *
     * @throws IOException from the handler only
     */
    public void scan(byte[] element, Handler handler) throws IOException, InterruptedException {
        int at = skipSpace(element, 0);
        while (at < element.length) {
            at = skipSpace(element, scanRequest(element, at, handler));
            if (at == element.length) {
                return;
            }
            int next = element[at] == ',' ? skipSpace(element, at + 1) : element.length;
            if (next == element.length) {
                handler.reject(
                        new RejectedRequest(
                                undecodable(element.length - at),
                                ScanFault.MALFORMED_REQUEST,
                                "after a write request: expected the end, or a comma and a further"
                                        + " write request"));
                return;
            }
            at = next;
        }
    }

    /**
     * Reads the body of the answer to a BatchWriteItem call on one table.
     *
     * @throws MalformedResponseException if it is not JSON, or an unprocessed request has no key
     */
    public static UnprocessedItems scanResponse(byte[] body, KeySchema schema)
            throws MalformedResponseException {
        try {
            return new ResponseReader(schema).read(body);
        } catch (ScanFault fault) {
            throw new MalformedResponseException(
                    "The answer to BatchWriteItem cannot be read, " + fault.getMessage());
        }
    }

    /** Scans one request and returns where it ends. */
    private int scanRequest(byte[] element, int from, Handler handler)
            throws IOException, InterruptedException {
        EncodedWriteRequest request = null;
        RejectedRequest rejected = null;
        cursor.reset(element, from);
        try {
            openObject();
            if (cursor.stringEquals(PUT_REQUEST)) {
                request = readPut(from);
            } else if (cursor.stringEquals(DELETE_REQUEST)) {
                request = readDelete(from);
            } else if (cursor.stringEquals(REJECTED)) {
                rejected = readRejected();
            } else {
                throw notARequest();
            }
        } catch (ScanFault fault) {
            rejected = passOver(element, from, fault);
        }
        // The handler may come back here with another element: nothing of the cursor is used after.
        int end = cursor.position();
        if (rejected == null) {
            handler.write(request);
        } else {
            handler.reject(rejected);
        }
        return end;
    }

    private EncodedWriteRequest readPut(int from) throws ScanFault {
        openAttributes(ITEM);
        int size = reader.readItem();
        closeObject();
        closeObject();
        PrimaryKey key = reader.primaryKey();
        if (size > maxItemSize) {
            throw ScanFault.at(
                    ScanFault.ITEM_TOO_LARGE,
                    "the item has "
                            + size
                            + " bytes by DynamoDB's rule, at most "
                            + maxItemSize
                            + " are allowed; make it smaller, or keep the large part elsewhere");
        }
        return new EncodedWriteRequest(slice(from, cursor.position()), key, false, size);
    }

    /** A delete goes by its key only; DynamoDB refuses a key with further attributes. */
    private EncodedWriteRequest readDelete(int from) throws ScanFault {
        openAttributes(KEY);
        int size = reader.readKey();
        closeObject();
        closeObject();
        PrimaryKey key = reader.primaryKey();
        byte[] bytes;
        if (reader.hasOtherAttributes()) {
            ByteSink members = reader.keyMembers();
            ByteSink rewritten = new ByteSink();
            rewritten.append(DELETE_PREFIX);
            rewritten.append(members.array(), 0, members.length());
            rewritten.append(DELETE_SUFFIX);
            bytes = rewritten.toByteArray();
        } else {
            bytes = slice(from, cursor.position());
        }
        return new EncodedWriteRequest(bytes, key, true, size);
    }

    private RejectedRequest readRejected() throws ScanFault {
        cursor.expect(':');
        if (cursor.peek() != '{') {
            throw notARejection();
        }
        byte[] request = null;
        String code = null;
        String message = null;
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            cursor.readString();
            if (request == null && cursor.stringEquals(REQUEST)) {
                cursor.expect(':');
                boolean object = cursor.peek() == '{';
                int from = cursor.position();
                if (!cursor.skipDamagedValue() || !object) {
                    throw notARejection();
                }
                request = slice(from, cursor.position());
            } else if (code == null && cursor.stringEquals(ERROR_CODE)) {
                code = readText();
            } else if (message == null && cursor.stringEquals(ERROR_MESSAGE)) {
                message = readText();
            } else {
                throw notARejection();
            }
        }
        closeObject();
        if (request == null || code == null || message == null) {
            throw notARejection();
        }
        return new RejectedRequest(request, code, message);
    }

    private String readText() throws ScanFault {
        cursor.expect(':');
        if (cursor.peek() != '"') {
            throw notARejection();
        }
        cursor.readString();
        ByteSink text = new ByteSink();
        cursor.appendString(text);
        return new String(text.array(), 0, text.length(), StandardCharsets.UTF_8);
    }

    /** Finds the end of a faulty request; if it has none, the rest of the element goes with it. */
    private RejectedRequest passOver(byte[] element, int from, ScanFault fault) {
        cursor.reset(element, from);
        boolean sound;
        try {
            sound = cursor.skipDamagedValue();
        } catch (ScanFault broken) {
            cursor.reset(element, element.length);
            return new RejectedRequest(
                    undecodable(element.length - from), broken.code(), broken.getMessage());
        }
        int to = cursor.position();
        byte[] quoted = sound && element[from] == '{' ? slice(from, to) : undecodable(to - from);
        return new RejectedRequest(quoted, fault.code(), fault.getMessage());
    }

    private void openAttributes(byte[] name) throws ScanFault {
        cursor.expect(':');
        openObject();
        if (!cursor.stringEquals(name)) {
            throw notARequest();
        }
        cursor.expect(':');
        if (cursor.peek() != '{') {
            throw notARequest();
        }
    }

    /** Enters an object up to the name of its first member. */
    private void openObject() throws ScanFault {
        if (cursor.peek() != '{') {
            throw notARequest();
        }
        if (!cursor.enter('{', '}')) {
            throw notARequest();
        }
        cursor.readString();
    }

    /** Leaves an object that has one member. */
    private void closeObject() throws ScanFault {
        if (cursor.next('}')) {
            throw notARequest();
        }
    }

    private int skipSpace(byte[] element, int from) {
        cursor.reset(element, from);
        cursor.peek();
        return cursor.position();
    }

    private byte[] slice(int from, int to) {
        byte[] element = cursor.buffer();
        return from == 0 && to == element.length ? element : Arrays.copyOfRange(element, from, to);
    }

    private static byte[] undecodable(int bytes) {
        return ascii("{\"undecodable_bytes\":" + bytes + "}");
    }

    private static ScanFault notARequest() {
        return ScanFault.malformed(
                "not a write request; give one PutRequest with an Item, or one DeleteRequest with a"
                        + " Key");
    }

    private static ScanFault notARejection() {
        return ScanFault.malformed(
                "not a rejection; give request (an object), error_code and error_message (texts)");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
