package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.request.KeyType;

import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

import javax.annotation.Nullable;

/** What a table's declaration says of its key: PRIMARY KEY, and PARTITIONED BY beside it. */
final class TableKey {

    private final List<String> names;
    private final List<String> types;

    private TableKey(List<String> names, List<String> types) {
        this.names = names;
        this.types = types;
    }

    /**
     * @param primaryKey columns of PRIMARY KEY, in any order; empty if there is none
     * @param partitionedBy columns of PARTITIONED BY; empty if there are none
     * @param problems receives what cannot be a key of DynamoDB
     */
    static TableKey of(
            RowType row,
            List<String> primaryKey,
            List<String> partitionedBy,
            List<String> problems) {
        if (primaryKey.size() > 2) {
            problems.add(
                    "PRIMARY KEY names "
                            + primaryKey
                            + "; a table of DynamoDB has one key attribute or two: the partition"
                            + " key and, where there is one, the sort key");
        }
        if (!primaryKey.isEmpty()
                && !partitionedBy.isEmpty()
                && !new HashSet<>(primaryKey).equals(new HashSet<>(partitionedBy))) {
            problems.add(
                    "PARTITIONED BY is "
                            + partitionedBy
                            + " and PRIMARY KEY is "
                            + primaryKey
                            + "; both must name the whole primary key: with less, different items"
                            + " would be taken for one");
        }
        List<String> names = primaryKey.isEmpty() ? partitionedBy : primaryKey;
        List<String> types = new ArrayList<>();
        for (String name : names) {
            LogicalType type = row.getTypeAt(row.getFieldIndex(name));
            KeyType keyType = keyType(type);
            if (keyType == null) {
                problems.add(
                        "column '"
                                + name
                                + "' is "
                                + type.asSummaryString()
                                + " and cannot be a key; a key is text, a number or bytes");
            }
            types.add(keyType == null ? null : keyType.name());
        }
        return new TableKey(List.copyOf(names), types);
    }

    /** Names of the key attributes as far as they were declared, in the order of declaration. */
    List<String> names() {
        return names;
    }

    /** S, N or B for each name. */
    List<String> types() {
        return types;
    }

    /** The type of an attribute that holds values of a column; null if it cannot be a key. */
    @Nullable
    static KeyType keyType(LogicalType type) {
        switch (type.getTypeRoot()) {
            case CHAR:
            case VARCHAR:
            case DATE:
            case TIME_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITHOUT_TIME_ZONE:
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return KeyType.S;
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case BIGINT:
            case FLOAT:
            case DOUBLE:
            case DECIMAL:
            case INTERVAL_DAY_TIME:
            case INTERVAL_YEAR_MONTH:
                return KeyType.N;
            case BINARY:
            case VARBINARY:
                return KeyType.B;
            default:
                return null;
        }
    }
}
