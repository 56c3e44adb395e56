package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.decode.ItemDecoder;
import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

import javax.annotation.Nullable;

/**
 * Rows with the kind of the change: a full changelog from a stream with both images, else one of
 * upserts, whose deletes have the key's fields only.
 */
final class RowSchema implements StreamRecordSchema<Row> {
    private static final long serialVersionUID = 1L;

    private final RowTypeInfo type;
    private final ArrayList<String> primaryKey;
    private transient Changes<Row> changes;

    /**
     * @param primaryKey that the table is expected to have, in any order; empty for whichever it
     *     has
     * @throws IllegalArgumentException naming every problem at once
     */
    RowSchema(RowTypeInfo type, List<String> primaryKey) {
        List<String> problems = new ArrayList<>();
        try {
            ItemDecoder.of(type);
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage());
        }
        List<String> names = Arrays.asList(type.getFieldNames());
        for (String name : primaryKey) {
            if (!names.contains(name)) {
                problems.add("the primary key names '" + name + "', which is no field of the row");
            }
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(
                    "The row's type cannot be used:\n  - " + String.join("\n  - ", problems));
        }
        this.type = type;
        this.primaryKey = new ArrayList<>(primaryKey);
    }

    @Override
    public void open() {
        changes =
                new Changes<Row>(ItemDecoder.of(type), Changes.OldImages.WELCOME, "field") {
                    @Override
                    void setKind(Row row, RowKind kind) {
                        row.setKind(kind);
                    }

                    @Override
                    boolean hasNull(Row row) {
                        for (int index = 0; index < row.getArity(); index++) {
                            if (row.getField(index) == null) {
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
        if (!primaryKey.isEmpty() && !new HashSet<>(primaryKey).equals(new HashSet<>(keyNames))) {
            return "the primary key given is "
                    + primaryKey
                    + ", but the table's is "
                    + keyNames
                    + "; give that";
        }
        List<String> names = Arrays.asList(type.getFieldNames());
        if (!ViewTypes.hasNewImage(viewType) && !keyNames.containsAll(names)) {
            return "its view type is "
                    + viewType
                    + ", so that records have no values but those of the key, "
                    + keyNames
                    + "; declare these fields only, or have a stream of view type NEW_IMAGE or"
                    + " NEW_AND_OLD_IMAGES";
        }
        if (!ViewTypes.hasOldImage(viewType) && !names.containsAll(keyNames)) {
            return "its view type is "
                    + viewType
                    + ", so that a delete has only the key, "
                    + keyNames
                    + "; declare these fields too, or have a stream of view type"
                    + " NEW_AND_OLD_IMAGES";
        }
        return null;
    }

    @Override
    public void deserialize(StreamRecord record, Collector<Row> out) throws IOException {
        changes.addRows(record, out);
    }

    @Override
    public TypeInformation<Row> getProducedType() {
        return type;
    }
}
