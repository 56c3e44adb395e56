package io.github.pyflinkdynamodb.decode;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import java.util.List;
import java.util.function.Function;

/** Decodes an L whose members have a type each. */
final class TupleDecoder extends ValueDecoder {
    private final ValueDecoder[] members;
    private final Function<Object[], Object> whole;

    /**
     * @param whole makes the value of its members
     */
    TupleDecoder(Declared declared, List<ValueDecoder> members, Function<Object[], Object> whole) {
        super(declared);
        this.members = members.toArray(new ValueDecoder[0]);
        this.whole = whole;
    }

    @Override
    Object readContent(Tag tag, JsonCursor cursor) throws ScanFault, MismatchException {
        if (tag != Tag.L) {
            throw found(tag);
        }
        Object[] values = new Object[members.length];
        int count = 0;
        for (boolean more = cursor.enter('[', ']'); more; more = cursor.next(']')) {
            if (count == members.length) {
                throw unfit(tag);
            }
            try {
                values[count] = members[count].read(cursor);
            } catch (MismatchException mismatch) {
                throw mismatch.within("[" + count + "]");
            }
            count++;
        }
        if (count < members.length) {
            throw unfit(tag);
        }
        return whole.apply(values);
    }
}
