package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MultisetType;

import java.util.LinkedHashMap;
import java.util.Map;

/** Decodes M into a map, or into the counts of a multiset. */
final class MapDecoder extends ValueDecoder {
    private final ScalarDecoder key;
    private final ValueDecoder value;

    /**
     * @throws IllegalArgumentException if a member's name cannot stand for keys of the type
     */
    MapDecoder(LogicalType type, LogicalType keyType, ValueDecoder value) {
        super(type);
        switch (keyType.getTypeRoot()) {
            case CHAR:
            case VARCHAR:
                break;
            default:
                throw new IllegalArgumentException(
                        type.asSummaryString()
                                + " cannot be read: the keys of a map are text; declare them as"
                                + " STRING");
        }
        this.key = new ScalarDecoder(keyType);
        this.value = value;
    }

    static MapDecoder ofCounts(MultisetType type) {
        return new MapDecoder(type, type.getElementType(), new ScalarDecoder(new IntType(false)));
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
        return new GenericMapData(members);
    }
}
