package io.github.pyflinkdynamodb.decode;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Decodes L, and the sets, into a list or array. */
final class ListDecoder extends ValueDecoder {
    private final ValueDecoder element;
    private final Function<List<Object>, Object> whole;

    /**
     * @param whole makes the value of its elements
     */
    ListDecoder(Declared declared, ValueDecoder element, Function<List<Object>, Object> whole) {
        super(declared);
        this.element = element;
        this.whole = whole;
    }

    @Override
    Object readContent(Tag tag, JsonCursor cursor) throws ScanFault, MismatchException {
        Tag ofMembers =
                tag == Tag.SS ? Tag.S : tag == Tag.NS ? Tag.N : tag == Tag.BS ? Tag.B : null;
        if (ofMembers == null && tag != Tag.L) {
            throw found(tag);
        }
        List<Object> elements = new ArrayList<>();
        for (boolean more = cursor.enter('[', ']'); more; more = cursor.next(']')) {
            try {
                elements.add(
                        ofMembers == null
                                ? element.read(cursor)
                                : element.readContent(ofMembers, cursor));
            } catch (MismatchException mismatch) {
                throw mismatch.within("[" + elements.size() + "]");
            }
        }
        return whole.apply(elements);
    }
}
