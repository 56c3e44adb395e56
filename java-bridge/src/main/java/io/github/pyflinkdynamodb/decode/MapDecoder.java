package io.github.pyflinkdynamodb.decode;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** Decodes M into a map, or into the counts of a multiset. */
final class MapDecoder extends ValueDecoder {
    private final ScalarDecoder key;
    private final ValueDecoder value;
    private final Function<Map<Object, Object>, Object> whole;

    /**
     * @param key decodes S
     * @param whole makes the value of its members
     */
    MapDecoder(
            Declared declared,
            ScalarDecoder key,
            ValueDecoder value,
            Function<Map<Object, Object>, Object> whole) {
        super(declared);
        this.key = key;
        this.value = value;
        this.whole = whole;
    }

    @Override
    Object readContent(Tag tag, JsonCursor cursor) throws ScanFault, MismatchException {
        if (tag != Tag.M) {
            throw found(tag);
        }
        Map<Object, Object> members = new LinkedHashMap<>();
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            Object name = key.readContent(Tag.S, cursor);
            cursor.expect(':');
            try {
                members.put(name, value.read(cursor));
            } catch (MismatchException mismatch) {
                // The name is data.
                throw mismatch.within("[...]");
            }
        }
        return whole.apply(members);
    }
}
