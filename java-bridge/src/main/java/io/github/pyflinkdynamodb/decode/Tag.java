package io.github.pyflinkdynamodb.decode;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import java.nio.charset.StandardCharsets;

/** The type of an attribute value, as the service writes it. */
enum Tag {
    S,
    N,
    B,
    BOOL,
    NULL,
    L,
    M,
    SS,
    NS,
    BS;

    private static final Tag[] ALL = values();

    private final byte[] text = name().getBytes(StandardCharsets.US_ASCII);

    /** Reads the tag of the value where a cursor stands, up to its content. */
    static Tag read(JsonCursor cursor) throws ScanFault {
        cursor.expect('{');
        cursor.readString();
        for (Tag tag : ALL) {
            if (cursor.stringEquals(tag.text)) {
                cursor.expect(':');
                return tag;
            }
        }
        throw cursor.unexpected("an attribute value");
    }
}
