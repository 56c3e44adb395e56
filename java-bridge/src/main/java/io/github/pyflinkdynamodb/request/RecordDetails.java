package io.github.pyflinkdynamodb.request;

import java.nio.charset.StandardCharsets;

import javax.annotation.Nullable;

/** What a stream's record says beside the change itself. Few readers want it: read on demand. */
public final class RecordDetails {
    private static final byte[] DYNAMODB = ascii("dynamodb");
    private static final byte[] SIZE_BYTES = ascii("SizeBytes");
    private static final byte[] USER_IDENTITY = ascii("userIdentity");
    private static final byte[] TYPE = ascii("Type");
    private static final byte[] PRINCIPAL_ID = ascii("PrincipalId");

    /** Who deletes items whose time to live is over (DynamoDB Developer Guide, TTL and streams). */
    private static final String TTL_TYPE = "Service";

    private static final String TTL_PRINCIPAL = "dynamodb.amazonaws.com";

    @Nullable private Long sizeBytes;
    @Nullable private String identityType;
    @Nullable private String principalId;

    private RecordDetails() {}

    /**
     * @throws MalformedResponseException if a detail is not of the form that the service gives it
     */
    public static RecordDetails of(StreamRecord record) throws MalformedResponseException {
        JsonCursor cursor = new JsonCursor();
        cursor.reset(record.buffer(), record.start());
        RecordDetails details = new RecordDetails();
        try {
            for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
                cursor.readString();
                boolean change = cursor.stringEquals(DYNAMODB);
                boolean identity = cursor.stringEquals(USER_IDENTITY);
                cursor.expect(':');
                if (change) {
                    details.readChange(cursor);
                } else if (identity && !cursor.consumeNull()) {
                    details.readIdentity(cursor);
                } else if (!identity) {
                    cursor.skipValue();
                }
            }
        } catch (ScanFault fault) {
            throw new MalformedResponseException("record " + record + " " + fault.getMessage());
        }
        return details;
    }

    /** Of keys and images together; null if the record does not say. */
    @Nullable
    public Long sizeBytes() {
        return sizeBytes;
    }

    /** Who made the change, where it was no request of a user; else null. */
    @Nullable
    public String principalId() {
        return principalId;
    }

    /** Whether the item was deleted because its time to live was over. */
    public boolean isExpiry() {
        return TTL_TYPE.equals(identityType) && TTL_PRINCIPAL.equals(principalId);
    }

    private void readChange(JsonCursor cursor) throws ScanFault {
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            cursor.readString();
            boolean size = cursor.stringEquals(SIZE_BYTES);
            cursor.expect(':');
            if (!size) {
                cursor.skipValue();
            } else if (!cursor.consumeNull()) {
                sizeBytes = wholeNumber(cursor);
            }
        }
    }

    private void readIdentity(JsonCursor cursor) throws ScanFault {
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            cursor.readString();
            boolean type = cursor.stringEquals(TYPE);
            boolean principal = cursor.stringEquals(PRINCIPAL_ID);
            cursor.expect(':');
            if (!type && !principal) {
                cursor.skipValue();
            } else if (!cursor.consumeNull()) {
                cursor.readString();
                String text = new String(cursor.stringBytes(), StandardCharsets.UTF_8);
                if (type) {
                    identityType = text;
                } else {
                    principalId = text;
                }
            }
        }
    }

    private static long wholeNumber(JsonCursor cursor) throws ScanFault {
        cursor.peek();
        int from = cursor.position();
        cursor.skipNumber();
        int length = cursor.position() - from;
        try {
            return Long.parseLong(
                    new String(cursor.buffer(), from, length, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            throw cursor.unexpected("a whole number before this place");
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
