package io.github.pyflinkdynamodb.encode;

import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ListTypeInfo;
import org.apache.flink.api.java.typeutils.MapTypeInfo;
import org.apache.flink.api.java.typeutils.ObjectArrayTypeInfo;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

import javax.annotation.Nullable;

/**
 * Writes the request that a row's kind asks for: the row's fields are put, or deleted.
 *
 * <p>An update that changes the primary key has to delete the item of the old one. Where the key
 * attributes are known, a row of kind UPDATE_BEFORE is kept until the next row is there: if that is
 * an UPDATE_AFTER of the same key it is dropped, else its key is deleted, since its UPDATE_AFTER
 * has another key and went another way. The delete is never wrong: an UPDATE_AFTER that is still to
 * come puts the whole item. Not thread-safe.
 */
final class RowEncoder {
    /** Of flink-python, of which nothing else is needed here. */
    private static final String PICKLED =
            "org.apache.flink.streaming.api.typeinfo.python.PickledByteArrayTypeInfo";

    private static final String TABLE_TYPES = "org.apache.flink.table.";

    /** What Python calls the class of a row; rejected records name it. */
    private static final String PYTHON_ROW = "pyflink.common.types.Row";

    private final RowFields fields;
    private final boolean ignoreNulls;
    private final Set<String> keyNames;
    private final boolean rejectFailures;
    private final WriteRequestWriter requests = new WriteRequestWriter();
    private final WriteRequestWriter keyWriter = new WriteRequestWriter();
    @Nullable private byte[] deleteOfOldKey;

    private RowEncoder(
            RowFields fields, boolean ignoreNulls, Set<String> keyNames, boolean rejectFailures) {
        this.fields = fields;
        this.ignoreNulls = ignoreNulls;
        this.keyNames = keyNames;
        this.rejectFailures = rejectFailures;
    }

    /**
     * @param type of the rows, or of a list or array of rows
     * @param names of the fields; none for those of the type
     * @param ignoreNulls leave out attributes that are null, instead of writing NULL
     * @param keyNames attributes of the primary key; none if they are not known
     * @param rejectFailures make a row that cannot be encoded a rejection, which the writer treats
     *     by its policy, instead of failing
     * @throws ConversionException if a row has no names or a field a type without a rule
     */
    static RowEncoder of(
            TypeInformation<?> type,
            List<String> names,
            boolean ignoreNulls,
            Set<String> keyNames,
            boolean rejectFailures)
            throws ConversionException {
        RowTypeInfo row = rowType(type);
        RowFields fields = names.isEmpty() ? RowFields.of(row) : RowFields.of(row, names);
        Set<String> known = fields.has(keyNames) ? keyNames : Set.of();
        return new RowEncoder(fields, ignoreNulls, known, rejectFailures);
    }

    /**
     * Whether elements of the type are rows, or lists of them, that can be read without Python.
     *
     * @param names as for {@link #of}; those given must not contradict the type
     * @param madeByPython whether the elements come from a Python function
     */
    static boolean takes(TypeInformation<?> type, List<String> names, boolean madeByPython) {
        RowTypeInfo row = rowType(type);
        if (row == null || isForeign(row, madeByPython)) {
            return false;
        }
        boolean named = RowFields.isNamed(row);
        return names.isEmpty()
                || (named
                        ? names.equals(Arrays.asList(row.getFieldNames()))
                        : names.size() == row.getArity());
    }

    /** The requests of one element, joined by commas; empty where there is nothing to write. */
    byte[] encode(@Nullable Object element) throws ConversionException {
        requests.clear();
        if (element instanceof List) {
            int index = 0;
            for (Object record : (List<?>) element) {
                encodeRecord(record, index++);
            }
        } else if (element instanceof Object[]) {
            int index = 0;
            for (Object record : (Object[]) element) {
                encodeRecord(record, index++);
            }
        } else {
            encodeRecord(element, -1);
        }
        return requests.toByteArray();
    }

    /** The delete for an UPDATE_BEFORE that no UPDATE_AFTER has followed yet, or empty. */
    byte[] flush() {
        requests.clear();
        appendDeleteOfOldKey(null);
        return requests.toByteArray();
    }

    /**
     * @param index of the row in its list; negative outside of a list
     */
    private void encodeRecord(@Nullable Object record, int index) throws ConversionException {
        try {
            if (record == null) {
                throw ConversionException.unsupportedType(
                        "RowElementConverter takes Row, not None; without a converter the sink"
                                + " takes elements of several classes");
            }
            encodeRow((Row) record);
        } catch (ConversionException fault) {
            ConversionException placed = index < 0 ? fault : fault.underIndex(index);
            if (!rejectFailures) {
                throw placed;
            }
            requests.drop();
            requests.appendRejected(
                    record == null ? "NoneType" : PYTHON_ROW,
                    placed.path(),
                    placed.code(),
                    placed.getMessage());
        }
    }

    private void encodeRow(Row row) throws ConversionException {
        RowKind kind = row.getKind();
        appendDeleteOfOldKey(kind == RowKind.UPDATE_AFTER ? row : null);
        switch (kind) {
            case UPDATE_BEFORE:
                deleteOfOldKey = keyNames.isEmpty() ? null : deleteOf(row);
                return;
            case DELETE:
                requests.beginDelete();
                fields.encodeMembers(requests.attributes(), row, false);
                break;
            default:
                requests.beginPut();
                fields.encodeMembers(requests.attributes(), row, ignoreNulls);
        }
        requests.end();
    }

    @Override
    public String toString() {
        return "RowEncoder(" + fields + (ignoreNulls ? ", ignore_nulls=True" : "") + ")";
    }

    private void appendDeleteOfOldKey(@Nullable Row after) {
        byte[] delete = deleteOfOldKey;
        deleteOfOldKey = null;
        if (delete == null) {
            return;
        }
        if (after != null) {
            byte[] deleteOfNewKey = deleteOf(after);
            // A row whose key cannot be written is refused, and must not cost the old item.
            if (deleteOfNewKey == null || Arrays.equals(delete, deleteOfNewKey)) {
                return;
            }
        }
        requests.append(delete);
    }

    /** A delete by key only; null if a value in the key cannot be written. */
    @Nullable
    private byte[] deleteOf(Row row) {
        keyWriter.clear();
        try {
            keyWriter.beginDelete();
            fields.encodeMembers(keyWriter.attributes(), row, keyNames);
            keyWriter.end();
        } catch (ConversionException e) {
            return null;
        }
        return keyWriter.toByteArray();
    }

    @Nullable
    private static RowTypeInfo rowType(TypeInformation<?> type) {
        TypeInformation<?> record =
                type instanceof ListTypeInfo || type instanceof ObjectArrayTypeInfo
                        ? FieldEncoder.memberType(type)
                        : type;
        return record instanceof RowTypeInfo ? (RowTypeInfo) record : null;
    }

    /**
     * Whether a part of the type is pickled, or of the table planner's own types, or is a CHAR that
     * Python wrote: Java reads that wrong, and all behind it, without a word. Where no coder stands
     * between the function and Python's encoder it arrives.
     */
    private static boolean isForeign(TypeInformation<?> type, boolean madeByPython) {
        if (type instanceof RowTypeInfo) {
            return Arrays.stream(((RowTypeInfo) type).getFieldTypes())
                    .anyMatch(field -> isForeign(field, madeByPython));
        }
        if (type instanceof TupleTypeInfo) {
            TupleTypeInfo<?> tuple = (TupleTypeInfo<?>) type;
            for (int index = 0; index < tuple.getArity(); index++) {
                if (isForeign(tuple.getTypeAt(index), madeByPython)) {
                    return true;
                }
            }
            return false;
        }
        if (type instanceof MapTypeInfo) {
            return isForeign(((MapTypeInfo<?, ?>) type).getValueTypeInfo(), madeByPython);
        }
        TypeInformation<?> member = FieldEncoder.memberType(type);
        if (member != null) {
            return isForeign(member, madeByPython);
        }
        if (madeByPython && type.equals(BasicTypeInfo.CHAR_TYPE_INFO)) {
            return true;
        }
        String name = type.getClass().getName();
        return name.equals(PICKLED) || name.startsWith(TABLE_TYPES);
    }
}
