package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.RowType;

import javax.annotation.Nullable;

/** Decodes attribute values into what Flink holds for one type of SQL. */
abstract class ValueDecoder {
    private final LogicalType type;

    ValueDecoder(LogicalType type) {
        this.type = type;
    }

    /**
     * @throws IllegalArgumentException if no attribute stands for values of the type
     */
    static ValueDecoder of(LogicalType type) {
        switch (type.getTypeRoot()) {
            case ARRAY:
                return new ListDecoder(type, of(((ArrayType) type).getElementType()));
            case MAP:
                MapType map = (MapType) type;
                return new MapDecoder(type, map.getKeyType(), of(map.getValueType()));
            case MULTISET:
                return MapDecoder.ofCounts((MultisetType) type);
            case ROW:
                return new RowDecoder((RowType) type);
            default:
                return new ScalarDecoder(type);
        }
    }

    /** Reads the value where the cursor stands. */
    @Nullable
    final Object read(JsonCursor cursor) throws ScanFault, MismatchException {
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
        return type.isNullable();
    }

    /** An attribute of another type than any that the column takes. */
    MismatchException found(Tag tag) {
        return new MismatchException("found " + tag + " where the column is " + summary());
    }

    /** An attribute of the right type, whose content is not one of the column's values. */
    MismatchException unfit(Tag tag) {
        return new MismatchException("found " + tag + " whose content does not fit " + summary());
    }

    MismatchException missing() {
        return new MismatchException("found nothing where the column is " + summary());
    }

    private String summary() {
        return type.asSummaryString();
    }
}
