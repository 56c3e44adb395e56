package io.github.pyflinkdynamodb.request;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The answer to one BatchGetItem call on one table: items by key, and the keys left over. */
public final class FoundItems {
    private static final byte[] RESPONSES = "Responses".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] UNPROCESSED = "UnprocessedKeys".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEYS = "Keys".getBytes(StandardCharsets.US_ASCII);

    private final Map<PrimaryKey, FoundItem> items = new HashMap<>();
    private final Set<PrimaryKey> unprocessed = new HashSet<>();
    private final JsonCursor cursor = new JsonCursor();
    private final ItemReader reader;

    private FoundItems(KeySchema schema) {
        reader = new ItemReader(cursor, schema);
    }

    /**
     * @throws MalformedResponseException if it is not JSON of this form, or an item has no key
     */
    public static FoundItems read(byte[] body, KeySchema schema) throws MalformedResponseException {
        FoundItems found = new FoundItems(schema);
        try {
            found.read(body);
        } catch (ScanFault fault) {
            throw new MalformedResponseException("the items " + fault.getMessage());
        }
        return found;
    }

    public Map<PrimaryKey, FoundItem> items() {
        return items;
    }

    /** Keys to ask for again. */
    public Set<PrimaryKey> unprocessed() {
        return unprocessed;
    }

    private void read(byte[] body) throws ScanFault {
        cursor.reset(body, 0);
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            cursor.readString();
            boolean responses = cursor.stringEquals(RESPONSES);
            boolean left = cursor.stringEquals(UNPROCESSED);
            cursor.expect(':');
            if (!responses && !left || cursor.peek() != '{') {
                cursor.skipValue();
                continue;
            }
            // One table was asked for; the service may call it by its ARN.
            for (boolean table = cursor.enter('{', '}'); table; table = cursor.next('}')) {
                cursor.readString();
                cursor.expect(':');
                if (responses) {
                    readItems(body);
                } else {
                    readUnprocessed();
                }
            }
        }
        if (cursor.peek() >= 0) {
            throw cursor.unexpected("the end of the text");
        }
    }

    private void readItems(byte[] body) throws ScanFault {
        for (boolean more = cursor.enter('[', ']'); more; more = cursor.next(']')) {
            cursor.peek();
            int start = cursor.position();
            reader.readKey();
            items.put(reader.primaryKey(), new FoundItem(body, start));
        }
    }

    private void readUnprocessed() throws ScanFault {
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            cursor.readString();
            boolean keys = cursor.stringEquals(KEYS);
            cursor.expect(':');
            if (!keys) {
                cursor.skipValue();
                continue;
            }
            for (boolean key = cursor.enter('[', ']'); key; key = cursor.next(']')) {
                reader.readKey();
                unprocessed.add(reader.primaryKey());
            }
        }
    }
}
