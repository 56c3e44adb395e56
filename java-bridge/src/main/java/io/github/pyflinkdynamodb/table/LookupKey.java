package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.encode.AttributeValueWriter;
import io.github.pyflinkdynamodb.encode.ConversionException;
import io.github.pyflinkdynamodb.request.ByteSink;

import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

import javax.annotation.Nullable;

/**
 * The columns that a lookup join compares: the table's primary key, by which items are found, and
 * any others, by which they are filtered then. In the order in which Flink gives their values.
 */
final class LookupKey implements Serializable {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> columns;
    private final ArrayList<LogicalType> types;
    private final ArrayList<String> primaryKey;
    private final ArrayList<ValueEncoder> encoders = new ArrayList<>();
    private final int[] inRow;

    private LookupKey(
            List<String> columns, List<LogicalType> types, List<String> primaryKey, int[] inRow) {
        this.columns = new ArrayList<>(columns);
        this.types = new ArrayList<>(types);
        this.primaryKey = new ArrayList<>(primaryKey);
        this.inRow = inRow;
        for (int index = 0; index < inRow.length; index++) {
            encoders.add(ValueEncoder.of(types.get(index), columns.get(index)));
        }
    }

    /**
     * @param name the table's name in SQL, for messages
     * @param row what is read of each item
     * @param primaryKey columns of PRIMARY KEY; empty if there is none
     * @param columns what the join compares
     * @throws ValidationException if items cannot be found by these columns
     */
    static LookupKey of(String name, RowType row, List<String> primaryKey, List<String> columns) {
        if (primaryKey.isEmpty() || !new HashSet<>(columns).containsAll(primaryKey)) {
            throw new ValidationException(
                    "Table '"
                            + name
                            + "' can be looked up by its whole primary key only, "
                            + (primaryKey.isEmpty()
                                    ? "and declares none"
                                    : "which is " + primaryKey)
                            + "; the join compares "
                            + columns
                            + ". "
                            + (primaryKey.isEmpty()
                                    ? "Declare PRIMARY KEY (...) NOT ENFORCED with the table's"
                                            + " partition key and, where it has one, its sort key."
                                    : "Compare every column of the key, or join without FOR"
                                            + " SYSTEM_TIME AS OF, which scans the table."));
        }
        List<LogicalType> types = new ArrayList<>();
        int[] inRow = new int[columns.size()];
        for (int index = 0; index < inRow.length; index++) {
            inRow[index] = row.getFieldIndex(columns.get(index));
            LogicalType type = row.getTypeAt(inRow[index]);
            if (TableKey.keyType(type) == null && !type.is(LogicalTypeRoot.BOOLEAN)) {
                throw new ValidationException(
                        "A lookup join on table '"
                                + name
                                + "' cannot compare column '"
                                + columns.get(index)
                                + "', which is "
                                + type.asSummaryString()
                                + "; compare it in WHERE, after the join.");
            }
            types.add(type);
        }
        return new LookupKey(columns, types, primaryKey, inRow);
    }

    List<String> primaryKey() {
        return primaryKey;
    }

    /** S, N or B for a column of the primary key. */
    String typeOf(String column) {
        return TableKey.keyType(types.get(columns.indexOf(column))).name();
    }

    /**
     * The attributes of the primary key in JSON; null if no item can have them, since one of the
     * values compared is null, or no number of DynamoDB.
     */
    @Nullable
    String attributes(RowData values) {
        ByteSink bytes = new ByteSink();
        AttributeValueWriter out = new AttributeValueWriter(bytes);
        bytes.append('{');
        try {
            for (int index = 0; index < columns.size(); index++) {
                Object value = value(values, index, index);
                if (value == null) {
                    return null;
                }
                if (primaryKey.contains(columns.get(index))) {
                    out.name(columns.get(index));
                    encoders.get(index).encode(out, value);
                }
            }
        } catch (ConversionException e) {
            return null;
        }
        bytes.append('}');
        return new String(bytes.array(), 0, bytes.length(), StandardCharsets.UTF_8);
    }

    /** Whether a row has the values compared; those of the primary key it has already. */
    boolean matches(RowData values, RowData row) {
        for (int index = 0; index < columns.size(); index++) {
            if (!primaryKey.contains(columns.get(index))
                    && !Objects.deepEquals(
                            value(values, index, index), value(row, inRow[index], index))) {
                return false;
            }
        }
        return true;
    }

    @Nullable
    private Object value(RowData from, int position, int index) {
        return RowData.createFieldGetter(types.get(index), position).getFieldOrNull(from);
    }

    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        primaryKey.forEach(column -> parts.add(column + " (" + typeOf(column) + ")"));
        return String.join(", ", parts);
    }
}
