package io.github.pyflinkdynamodb.request;

import java.nio.charset.StandardCharsets;

import javax.annotation.Nullable;

/**
 * The answer to one Scan or Query call. Its items stay as they came, in the body, and are decoded
 * by whoever wants them, one after the other.
 */
public final class ItemPage {
    private static final byte[] ITEMS = "Items".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LAST_KEY = "LastEvaluatedKey".getBytes(StandardCharsets.US_ASCII);

    private final byte[] body;
    private final int start;
    private final int count;
    @Nullable private final String lastEvaluatedKey;

    private ItemPage(byte[] body, int start, int count, @Nullable String lastEvaluatedKey) {
        this.body = body;
        this.start = start;
        this.count = count;
        this.lastEvaluatedKey = lastEvaluatedKey;
    }

    /**
     * @throws MalformedResponseException if it is not JSON of this form
     */
    public static ItemPage read(byte[] body) throws MalformedResponseException {
        JsonCursor cursor = new JsonCursor();
        cursor.reset(body, 0);
        int start = body.length;
        int count = 0;
        String lastKey = null;
        try {
            for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
                cursor.readString();
                boolean items = cursor.stringEquals(ITEMS);
                boolean key = cursor.stringEquals(LAST_KEY);
                cursor.expect(':');
                if (items) {
                    boolean item = cursor.enter('[', ']');
                    start = cursor.position();
                    for (; item; item = cursor.next(']')) {
                        cursor.skipValue();
                        count++;
                    }
                } else if (key && !cursor.consumeNull()) {
                    cursor.peek();
                    int from = cursor.position();
                    cursor.skipValue();
                    int length = cursor.position() - from;
                    lastKey = new String(body, from, length, StandardCharsets.UTF_8);
                } else if (!key) {
                    cursor.skipValue();
                }
            }
            if (cursor.peek() >= 0) {
                throw cursor.unexpected("the end of the text");
            }
        } catch (ScanFault fault) {
            throw new MalformedResponseException("the page " + fault.getMessage());
        }
        return new ItemPage(body, start, count, lastKey);
    }

    public byte[] body() {
        return body;
    }

    /** Where the first item begins; the others follow behind commas. */
    public int start() {
        return start;
    }

    /** Number of items. */
    public int count() {
        return count;
    }

    /** JSON of the key after which the next page begins; null on the last page. */
    @Nullable
    public String lastEvaluatedKey() {
        return lastEvaluatedKey;
    }
}
