package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.types.logical.LogicalType;

import java.util.ArrayList;
import java.util.List;

/** Decodes L, and the sets, into an array. */
final class ListDecoder extends ValueDecoder {
    private final ValueDecoder element;

    ListDecoder(LogicalType type, ValueDecoder element) {
        super(type);
        this.element = element;
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
        return new GenericArrayData(elements.toArray());
    }
}
