package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.encode.WriteRequestsType;
import io.github.pyflinkdynamodb.sink.DynamoDbSink;

import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DataStreamSinkProvider;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.abilities.SupportsPartitioning;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A table that rows are written to. With a PRIMARY KEY it takes updates and deletes, without one it
 * takes inserts only.
 *
 * <p>All rows of a key reach the same writer: Flink keys the stream where the parallelism of query
 * and sink differ, and where it was told not to, the sink does.
 */
final class DynamoDbTableSink implements DynamicTableSink, SupportsPartitioning {

    private final String name;
    private final DynamoDbTableOptions options;
    private final RowType row;
    private final TableKey key;
    private final boolean hasPrimaryKey;
    private final boolean isPartitioned;

    private DynamoDbTableSink(
            String name,
            DynamoDbTableOptions options,
            RowType row,
            TableKey key,
            boolean hasPrimaryKey,
            boolean isPartitioned) {
        this.name = name;
        this.options = options;
        this.row = row;
        this.key = key;
        this.hasPrimaryKey = hasPrimaryKey;
        this.isPartitioned = isPartitioned;
    }

    /**
     * @param name the table's name in SQL, for messages and the plan
     * @throws ValidationException naming every problem at once
     */
    static DynamoDbTableSink of(
            String name,
            DynamoDbTableOptions options,
            RowType row,
            List<String> primaryKey,
            List<String> partitionedBy) {
        List<String> problems = new ArrayList<>();
        TableKey key = TableKey.of(row, primaryKey, partitionedBy, problems);
        DynamoDbTableSink sink =
                new DynamoDbTableSink(
                        name, options, row, key, !primaryKey.isEmpty(), !partitionedBy.isEmpty());
        if ("replace".equals(options.find(DynamoDbTableOptions.INIT_MODE).orElse(null))) {
            problems.add(
                    "'sink.init-mode' replace is not for SQL: EXPLAIN builds the same graph as"
                            + " INSERT, and would empty the table. Use create_if_not_exists, or"
                            + " delete the table by hand");
        }
        if (problems.isEmpty()) {
            try {
                sink.dynamoDbSink(false);
                sink.encoder();
            } catch (IllegalArgumentException e) {
                problems.add(options.inSql(e.getMessage()));
            }
        }
        DynamoDbTableOptions.refuse(name, problems);
        return sink;
    }

    @Override
    public ChangelogMode getChangelogMode(ChangelogMode requested) {
        if (requested.containsOnly(RowKind.INSERT)) {
            // Also with a key: an upsert sink would have Flink 2.3 ask for ON CONFLICT.
            return ChangelogMode.insertOnly();
        }
        if (!hasPrimaryKey) {
            throw new ValidationException(
                    "The query changes or deletes rows that it gave out before, and table '"
                            + name
                            + "' declares no key by which to find them. Add PRIMARY KEY (...) NOT"
                            + " ENFORCED, with the table's partition key and, where it has one, its"
                            + " sort key.");
        }
        return ChangelogMode.upsert();
    }

    @Override
    public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
        context.getTargetColumns().ifPresent(this::refusePartialInsert);
        return new DataStreamSinkProvider() {
            @Override
            public DataStreamSink<?> consumeDataStream(
                    ProviderContext providerContext, DataStream<RowData> rows) {
                return write(providerContext, rows);
            }

            @Override
            public Optional<Integer> getParallelism() {
                return options.find(DynamoDbTableOptions.PARALLELISM);
            }
        };
    }

    /** A static partition's values are in the rows already. */
    @Override
    public void applyStaticPartition(Map<String, String> partition) {}

    @Override
    public DynamicTableSink copy() {
        return new DynamoDbTableSink(name, options, row, key, hasPrimaryKey, isPartitioned);
    }

    @Override
    public String asSummaryString() {
        return "DynamoDB table " + options.get(DynamoDbTableOptions.TABLE_NAME);
    }

    private DataStreamSink<byte[]> write(ProviderContext context, DataStream<RowData> rows) {
        int upstream = rows.getParallelism();
        int parallelism = options.find(DynamoDbTableOptions.PARALLELISM).orElse(upstream);
        boolean dealtOut = parallelism != 1 && parallelism != upstream;
        if (dealtOut && key.names().isEmpty()) {
            throw new ValidationException(
                    "'sink.parallelism' of table '"
                            + name
                            + "' is "
                            + parallelism
                            + " and that of the query is "
                            + upstream
                            + ": the rows of a key would reach several writers, in no order."
                            + " Declare PRIMARY KEY (...) NOT ENFORCED, or leave the option out.");
        }
        DynamoDbSink sink = dynamoDbSink(dealtOut);
        SingleOutputStreamOperator<byte[]> requests =
                rows.map(encoder())
                        .returns(WriteRequestsType.INSTANCE)
                        .name("DynamoDB encoder: " + name)
                        .setParallelism(upstream);
        context.generateUid("encoder").ifPresent(requests::uid);
        try {
            sink.prepareTable(rows.getExecutionEnvironment(), key.types());
        } catch (IllegalArgumentException e) {
            throw new ValidationException(e.getMessage(), e);
        } catch (IOException e) {
            throw new TableException(e.getMessage(), e);
        }
        DataStreamSink<byte[]> written =
                requests.sinkTo(sink).name(name).setParallelism(parallelism);
        context.generateUid("writer").ifPresent(written::uid);
        return written;
    }

    private DynamoDbSink dynamoDbSink(boolean shuffleByKey) {
        Map<String, Object> values = new HashMap<>(options.sinkOptions());
        if (hasPrimaryKey) {
            values.put("key_schema", key.names());
            values.put("key_types", key.types());
        }
        if (isPartitioned) {
            values.put("overwrite_by_partition_keys", key.names());
        }
        values.put("shuffle_by_key", shuffleByKey);
        return DynamoDbSink.forTable(values, DynamoDbTableOptions.namesInSql());
    }

    private RowDataEncoder encoder() {
        Set<String> sets = new LinkedHashSet<>(options.get(DynamoDbTableOptions.SET_COLUMNS));
        return new RowDataEncoder(
                row, key.names(), sets, options.get(DynamoDbTableOptions.IGNORE_NULLS));
    }

    /** DynamoDB replaces whole items: what an INSERT leaves out would be overwritten. */
    private void refusePartialInsert(int[][] columns) {
        Set<String> missing = new LinkedHashSet<>(row.getFieldNames());
        for (int[] path : columns) {
            missing.remove(row.getFieldNames().get(path[0]));
        }
        if (!missing.isEmpty()) {
            throw new ValidationException(
                    "INSERT INTO "
                            + name
                            + " names some columns only, and an item is replaced as a whole: what"
                            + " it held in "
                            + missing
                            + " would be lost. Name every column, with CAST(NULL AS ...) where"
                            + " nothing is to be kept, or declare a table without them.");
        }
    }
}
