package io.github.pyflinkdynamodb.request;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import javax.annotation.Nullable;

/** Reads the answer to one BatchWriteItem call. */
final class ResponseReader {
    private static final byte[] UNPROCESSED_ITEMS = ascii("UnprocessedItems");
    private static final byte[] CONSUMED_CAPACITY = ascii("ConsumedCapacity");
    private static final byte[] CAPACITY_UNITS = ascii("CapacityUnits");
    private static final byte[] PUT_REQUEST = ascii("PutRequest");
    private static final byte[] ITEM = ascii("Item");
    private static final byte[] DELETE_REQUEST = ascii("DeleteRequest");
    private static final byte[] KEY = ascii("Key");

    private final JsonCursor cursor = new JsonCursor();
    private final KeySchema schema;
    private final List<PrimaryKey> keys = new ArrayList<>();
    private double capacityUnits;

    /** Most answers have nothing for it to read. */
    @Nullable private ItemReader reader;

    ResponseReader(KeySchema schema) {
        this.schema = schema;
    }

    UnprocessedItems read(byte[] body) throws ScanFault {
        cursor.reset(body, 0);
        for (boolean more = cursor.enter('{', '}'); more; more = nextMember()) {
            cursor.readString();
            boolean items = cursor.stringEquals(UNPROCESSED_ITEMS);
            boolean capacity = cursor.stringEquals(CONSUMED_CAPACITY);
            cursor.expect(':');
            if (items && !cursor.consumeNull()) {
                readTables();
            } else if (capacity && cursor.peek() == '[') {
                readCapacities();
            } else if (!items) {
                cursor.skipValue();
            }
        }
        if (cursor.peek() >= 0) {
            throw cursor.unexpected("the end of the text");
        }
        return new UnprocessedItems(keys, capacityUnits);
    }

    private void readTables() throws ScanFault {
        for (boolean more = cursor.enter('{', '}'); more; more = nextMember()) {
            cursor.readString();
            cursor.expect(':');
            if (!cursor.consumeNull()) {
                readRequests();
            }
        }
    }

    private void readRequests() throws ScanFault {
        for (boolean more = cursor.enter('[', ']'); more; more = cursor.next(']')) {
            int before = keys.size();
            for (boolean member = cursor.enter('{', '}'); member; member = nextMember()) {
                cursor.readString();
                boolean put = cursor.stringEquals(PUT_REQUEST);
                boolean delete = cursor.stringEquals(DELETE_REQUEST);
                cursor.expect(':');
                if ((put || delete) && cursor.peek() == '{') {
                    readRequest(put ? ITEM : KEY);
                } else {
                    cursor.skipValue();
                }
            }
            if (keys.size() != before + 1) {
                throw cursor.unexpected("one put or delete request in each entry");
            }
        }
    }

    private void readRequest(byte[] attributes) throws ScanFault {
        for (boolean more = cursor.enter('{', '}'); more; more = nextMember()) {
            cursor.readString();
            boolean found = cursor.stringEquals(attributes);
            cursor.expect(':');
            if (found) {
                if (reader == null) {
                    reader = new ItemReader(cursor, schema);
                }
                reader.readKey();
                keys.add(reader.primaryKey());
            } else {
                cursor.skipValue();
            }
        }
    }

    /** A metric only: a form that is not the documented one counts as nothing. */
    private void readCapacities() throws ScanFault {
        for (boolean more = cursor.enter('[', ']'); more; more = cursor.next(']')) {
            if (cursor.peek() == '{') {
                readCapacity();
            } else {
                cursor.skipValue();
            }
        }
    }

    /** One table's; what its members Table and indexes say is already in the sum. */
    private void readCapacity() throws ScanFault {
        for (boolean more = cursor.enter('{', '}'); more; more = nextMember()) {
            cursor.readString();
            boolean units = cursor.stringEquals(CAPACITY_UNITS);
            cursor.expect(':');
            int first = cursor.peek();
            int from = cursor.position();
            cursor.skipValue();
            if (units && first >= '0' && first <= '9') {
                int length = cursor.position() - from;
                String text = new String(cursor.buffer(), from, length, StandardCharsets.US_ASCII);
                double value = Double.parseDouble(text);
                capacityUnits += Double.isFinite(value) ? value : 0;
            }
        }
    }

    private boolean nextMember() throws ScanFault {
        return cursor.next('}');
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
