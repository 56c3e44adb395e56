package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.decode.ItemDecoder;
import io.github.pyflinkdynamodb.request.MalformedResponseException;
import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.utils.JoinedRowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

import javax.annotation.Nullable;

/** Rows of SQL with the kind of the change, and metadata of the record behind the columns. */
public final class ChangelogSchema implements StreamRecordSchema<RowData> {
    private static final long serialVersionUID = 1L;

    /** What the table declares its stream to hold, and so which changelog it is. */
    public enum View {
        /** A full changelog. */
        NEW_AND_OLD_IMAGES,

        /** Upserts, whose deletes have the key only. Old images are not looked at. */
        NEW_IMAGE,

        /** Upserts of the key's columns, all that there are. */
        KEYS_ONLY
    }

    private final RowType columns;
    private final View view;
    private final ArrayList<String> primaryKey;
    private final ArrayList<ChangeMetadata> metadata;
    private final TypeInformation<RowData> type;
    private transient Changes<RowData> changes;
    private transient WithMetadata joined;

    /**
     * @param columns to read of each item
     * @param primaryKey that the table declares, in any order; empty if it does not
     * @param metadata appended to each row, in this order
     * @param type of the whole rows
     * @throws IllegalArgumentException if a column is of a type that no attribute stands for
     */
    public ChangelogSchema(
            RowType columns,
            View view,
            List<String> primaryKey,
            List<ChangeMetadata> metadata,
            TypeInformation<RowData> type) {
        ItemDecoder.of(columns);
        this.columns = columns;
        this.view = view;
        this.primaryKey = new ArrayList<>(primaryKey);
        this.metadata = new ArrayList<>(metadata);
        this.type = type;
    }

    @Override
    public void open() {
        int count = columns.getFieldCount();
        Changes.OldImages oldImages =
                view == View.NEW_AND_OLD_IMAGES
                        ? Changes.OldImages.REQUIRED
                        : Changes.OldImages.IGNORED;
        joined = metadata.isEmpty() ? null : new WithMetadata();
        changes =
                new Changes<RowData>(ItemDecoder.of(columns), oldImages, "column") {
                    @Override
                    void setKind(RowData row, RowKind kind) {
                        row.setRowKind(kind);
                    }

                    @Override
                    boolean hasNull(RowData row) {
                        for (int index = 0; index < count; index++) {
                            if (row.isNullAt(index)) {
                                return true;
                            }
                        }
                        return false;
                    }
                };
    }

    @Override
    @Nullable
    public String problem(String viewType, List<String> keyNames) {
        boolean suffices =
                view == View.KEYS_ONLY
                        || viewType.equals(view.name())
                        || view == View.NEW_IMAGE && ViewTypes.hasNewImage(viewType);
        if (!suffices) {
            return "its view type is "
                    + viewType
                    + ", but the table declares 'stream-view-type' = '"
                    + view
                    + "'; declare what the stream is, or have a stream of that view type";
        }
        if (!primaryKey.isEmpty() && !new HashSet<>(primaryKey).equals(new HashSet<>(keyNames))) {
            return "PRIMARY KEY names "
                    + primaryKey
                    + ", but the key of the table in DynamoDB is "
                    + keyNames
                    + "; declare that";
        }
        return null;
    }

    @Override
    public void deserialize(StreamRecord record, Collector<RowData> out) throws IOException {
        if (joined == null) {
            changes.addRows(record, out);
        } else {
            joined.begin(record, out);
            changes.addRows(record, joined);
        }
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return type;
    }

    /** Appends a record's metadata to its rows. */
    private final class WithMetadata implements Collector<RowData> {
        private GenericRowData values;
        private Collector<RowData> out;

        void begin(StreamRecord record, Collector<RowData> newOut)
                throws MalformedResponseException {
            values = GenericRowData.of(ChangeMetadata.valuesOf(record, metadata));
            out = newOut;
        }

        @Override
        public void collect(RowData row) {
            out.collect(new JoinedRowData(row.getRowKind(), row, values));
        }

        @Override
        public void close() {}
    }
}
