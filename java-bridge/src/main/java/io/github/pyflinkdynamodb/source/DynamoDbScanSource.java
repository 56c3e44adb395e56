package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.decode.RowDataDecoder;

import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads a table once, in parallel segments, or the items of one key where the columns that must
 * equal a constant are the table's key.
 */
public final class DynamoDbScanSource implements Source<RowData, ScanSplit, ScanState> {
    private static final long serialVersionUID = 1L;

    private final ScanOptions options;
    private final RowType row;
    private final String anyAttribute;
    private final TreeMap<String, String> constants;
    private final long limit;

    /**
     * @param row what to read of each item
     * @param anyAttribute what to ask for where the row is empty and items are only counted
     * @param constants attribute values in JSON by the columns that must equal them
     * @param limit most rows anybody wants; negative for all
     */
    public DynamoDbScanSource(
            ScanOptions options,
            RowType row,
            String anyAttribute,
            Map<String, String> constants,
            long limit) {
        this.options = options;
        this.row = row;
        this.anyAttribute = anyAttribute;
        this.constants = new TreeMap<>(constants);
        this.limit = limit;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SourceReader<RowData, ScanSplit> createReader(SourceReaderContext context) {
        List<String> attributes =
                row.getFieldCount() == 0 ? List.of(anyAttribute) : row.getFieldNames();
        ScanRequest request = new ScanRequest(options, attributes);
        return new ScanReader(
                context, options, request, new RowDataDecoder(row, options.table()), limit);
    }

    @Override
    public SplitEnumerator<ScanSplit, ScanState> createEnumerator(
            SplitEnumeratorContext<ScanSplit> context) {
        return new ScanEnumerator(context, options, constants, null);
    }

    @Override
    public SplitEnumerator<ScanSplit, ScanState> restoreEnumerator(
            SplitEnumeratorContext<ScanSplit> context, ScanState state) {
        return new ScanEnumerator(context, options, constants, state);
    }

    @Override
    public SimpleVersionedSerializer<ScanSplit> getSplitSerializer() {
        return new ScanSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<ScanState> getEnumeratorCheckpointSerializer() {
        return new ScanStateSerializer();
    }
}
