package io.github.pyflinkdynamodb.decode;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import java.time.DateTimeException;

/** Decodes text, numbers, bytes, booleans and times: the values of one tag. */
final class ScalarDecoder extends ValueDecoder {
    private final Tag tag;
    private final Content content;

    private ScalarDecoder(Declared declared, Tag tag, Content content) {
        super(declared);
        this.tag = tag;
        this.content = content;
    }

    static ScalarDecoder of(Declared declared, Tag tag, Content content) {
        return new ScalarDecoder(declared, tag, content);
    }

    static ScalarDecoder ofBooleans(Declared declared) {
        return new ScalarDecoder(declared, Tag.BOOL, null);
    }

    @Override
    Object readContent(Tag found, JsonCursor cursor) throws ScanFault, MismatchException {
        if (found != tag) {
            throw found(found);
        }
        if (tag == Tag.BOOL) {
            if (cursor.consumeTrue()) {
                return true;
            }
            if (cursor.consumeFalse()) {
                return false;
            }
            throw cursor.unexpected("true or false");
        }
        cursor.readString();
        try {
            return content.of(cursor.stringBytes());
        } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
            throw unfit(found);
        }
    }
}
