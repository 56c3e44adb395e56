package io.github.pyflinkdynamodb.table;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

import java.util.List;
import java.util.Set;

/** Turns a row of a table into one write request. */
final class RowDataEncoder implements MapFunction<RowData, byte[]> {

    private static final long serialVersionUID = 1L;

    RowDataEncoder(RowType row, List<String> key, Set<String> setColumns, boolean ignoreNulls) {}

    @Override
    public byte[] map(RowData row) {
        throw new UnsupportedOperationException("rows are not encoded yet");
    }
}
