package io.github.pyflinkdynamodb.decode;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import javax.annotation.Nullable;

/** Decodes attribute values into what Flink holds for one declared type. */
abstract class ValueDecoder {
    private final Declared declared;

    ValueDecoder(Declared declared) {
        this.declared = declared;
    }

    /** Reads the value where the cursor stands. */
    @Nullable
    final Object read(JsonCursor cursor) throws ScanFault, MismatchException {
        if (cursor.isAtEmptyObject()) {
            // So DynamoDB Local writes an empty map in the records of a stream, without its tag.
            return readContent(Tag.M, cursor);
        }
        Tag tag = Tag.read(cursor);
        Object value = null;
        if (tag != Tag.NULL) {
            value = readContent(tag, cursor);
        } else {
            cursor.skipValue();
            if (!isNullable()) {
                throw found(tag);
            }
        }
        cursor.expect('}');
        return value;
    }

    /** Reads a value's content, behind its tag. */
    abstract Object readContent(Tag tag, JsonCursor cursor) throws ScanFault, MismatchException;

    boolean isNullable() {
        return declared.isNullable();
    }

    /** An attribute of another type than any that was declared. */
    MismatchException found(Tag tag) {
        return new MismatchException("found " + tag + whereDeclared());
    }

    /** An attribute of the right type, whose content is not one of the declared values. */
    MismatchException unfit(Tag tag) {
        return new MismatchException(
                "found " + tag + " whose content does not fit " + declared.type());
    }

    MismatchException missing() {
        return new MismatchException("found nothing" + whereDeclared());
    }

    private String whereDeclared() {
        return " where the " + declared.noun() + " is " + declared.type();
    }
}
