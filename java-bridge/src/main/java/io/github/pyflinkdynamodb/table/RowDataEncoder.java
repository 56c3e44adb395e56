package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.encode.AttributeValueWriter;
import io.github.pyflinkdynamodb.encode.ConversionException;
import io.github.pyflinkdynamodb.encode.WriteRequestWriter;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns a row of a table into one write request.
 *
 * <p>An insert and the new row of an update are put; a delete goes by the key alone. So does the
 * old row of an update: Flink passes one on only where an update may change the key, and then the
 * old item has to go. A row that cannot be converted becomes a rejection, which the writer treats
 * as its policy says.
 */
final class RowDataEncoder implements MapFunction<RowData, byte[]> {

    private static final long serialVersionUID = 1L;

    private final ArrayList<Column> columns;
    private final ArrayList<Column> key;
    private final boolean ignoreNulls;
    private transient WriteRequestWriter requests;

    /**
     * @param key columns by which rows are deleted; empty if they are not
     * @param setColumns array columns that are written as sets
     * @param ignoreNulls whether a column that is null is left out of the item
     * @throws IllegalArgumentException if a column has a type that DynamoDB has nothing for
     */
    RowDataEncoder(RowType row, List<String> key, Set<String> setColumns, boolean ignoreNulls) {
        this.columns = new ArrayList<>();
        this.key = new ArrayList<>();
        this.ignoreNulls = ignoreNulls;
        Set<String> unknown = new HashSet<>(setColumns);
        for (int index = 0; index < row.getFieldCount(); index++) {
            String name = row.getFieldNames().get(index);
            LogicalType type = row.getTypeAt(index);
            boolean isSet = unknown.remove(name);
            Column column =
                    new Column(
                            name,
                            RowData.createFieldGetter(type, index),
                            isSet ? ValueEncoder.ofSet(type, name) : ValueEncoder.of(type, name));
            columns.add(column);
            if (key.contains(name)) {
                this.key.add(column);
            }
        }
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "'sink.set-columns' names "
                            + unknown
                            + "; the columns are "
                            + row.getFieldNames());
        }
    }

    @Override
    public byte[] map(RowData row) {
        if (requests == null) {
            requests = new WriteRequestWriter();
        }
        boolean put =
                row.getRowKind() == RowKind.INSERT || row.getRowKind() == RowKind.UPDATE_AFTER;
        requests.clear();
        if (put) {
            requests.beginPut();
        } else {
            requests.beginDelete();
        }
        try {
            for (Column column : put ? columns : key) {
                write(column, row, put && ignoreNulls);
            }
        } catch (ConversionException e) {
            requests.clear();
            requests.appendRejected(RowData.class.getName(), e.path(), e.code(), e.getMessage());
            return requests.toByteArray();
        }
        requests.end();
        return requests.toByteArray();
    }

    private void write(Column column, RowData row, boolean unlessNull) throws ConversionException {
        Object value = column.getter.getFieldOrNull(row);
        if (value == null && unlessNull) {
            return;
        }
        AttributeValueWriter out = requests.attributes();
        try {
            out.name(column.name);
            if (value == null) {
                out.nil();
            } else {
                column.encoder.encode(out, value);
            }
        } catch (ConversionException e) {
            throw e.underName(column.name);
        }
    }

    private static final class Column implements Serializable {
        private static final long serialVersionUID = 1L;

        private final String name;
        private final RowData.FieldGetter getter;
        private final ValueEncoder encoder;

        private Column(String name, RowData.FieldGetter getter, ValueEncoder encoder) {
            this.name = name;
            this.getter = getter;
            this.encoder = encoder;
        }
    }
}
