package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.streams.ChangeMetadata;
import io.github.pyflinkdynamodb.streams.ChangelogSchema;
import io.github.pyflinkdynamodb.streams.DynamoDbStreamsSource;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsProjectionPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.connector.source.abilities.SupportsSourceWatermark;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import javax.annotation.Nullable;

/**
 * The changes of a table: a full changelog from a stream with both images, upserts from one with
 * new images or keys.
 */
final class DynamoDbStreamsTableSource
        implements ScanTableSource,
                SupportsProjectionPushDown,
                SupportsReadingMetadata,
                SupportsWatermarkPushDown,
                SupportsSourceWatermark {

    private final StreamsTableOptions options;
    private final DataType declared;
    private final List<String> primaryKey;
    private final ReadableConfig session;
    private List<DataTypes.Field> columns;
    private List<ChangeMetadata> metadata = List.of();
    private WatermarkStrategy<RowData> watermarks = WatermarkStrategy.noWatermarks();

    private DynamoDbStreamsTableSource(
            StreamsTableOptions options,
            DataType declared,
            List<String> primaryKey,
            ReadableConfig session) {
        this.options = options;
        this.declared = declared;
        this.primaryKey = primaryKey;
        this.session = session;
        this.columns = DataType.getFields(declared);
    }

    /**
     * @param name the table's name in SQL, for messages
     * @param declared the physical columns
     * @param primaryKey columns of PRIMARY KEY, in any order; empty if there is none
     * @throws ValidationException naming every problem at once
     */
    static DynamoDbStreamsTableSource of(
            String name,
            Map<String, String> given,
            DataType declared,
            List<String> primaryKey,
            ReadableConfig session) {
        List<String> problems = new ArrayList<>();
        StreamsTableOptions options = StreamsTableOptions.of(given, problems);
        TableKey.of((RowType) declared.getLogicalType(), primaryKey, List.of(), problems);
        DynamoDbStreamsTableSource source =
                new DynamoDbStreamsTableSource(options, declared, primaryKey, session);
        if (problems.isEmpty()) {
            source.checkView(problems);
            // Each may find something of its own.
            for (Runnable check :
                    List.<Runnable>of(options::sourceOptions, options::assigner, source::schema)) {
                try {
                    check.run();
                } catch (IllegalArgumentException e) {
                    problems.add(StreamsTableOptions.inSql(e.getMessage()));
                }
            }
        }
        WithClause.refuse(name, DynamoDbStreamsTableFactory.IDENTIFIER, problems);
        return source;
    }

    @Override
    public ChangelogMode getChangelogMode() {
        return view() == ChangelogSchema.View.NEW_AND_OLD_IMAGES
                ? ChangelogMode.all()
                : ChangelogMode.upsert();
    }

    @Override
    public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
        List<DataTypes.Field> fields = new ArrayList<>(columns);
        for (ChangeMetadata each : metadata) {
            fields.add(DataTypes.FIELD("metadata " + each.key(), each.type()));
        }
        TypeInformation<RowData> type =
                context.createTypeInformation(
                        DataTypes.ROW(fields.toArray(new DataTypes.Field[0])).notNull());
        DynamoDbStreamsSource<RowData> source =
                new DynamoDbStreamsSource<>(
                        options.sourceOptions(), options.assigner(), schema(type));
        Optional<Integer> parallelism = options.find(StreamsTableOptions.PARALLELISM);
        return new DataStreamScanProvider() {
            @Override
            public DataStream<RowData> produceDataStream(
                    ProviderContext provider, StreamExecutionEnvironment env) {
                DataStreamSource<RowData> stream =
                        env.fromSource(source, watermarks, asSummaryString(), type);
                provider.generateUid(DynamoDbStreamsTableFactory.IDENTIFIER).ifPresent(stream::uid);
                return stream;
            }

            @Override
            public boolean isBounded() {
                return options.isBounded();
            }

            @Override
            public Optional<Integer> getParallelism() {
                return parallelism;
            }
        };
    }

    @Override
    public boolean supportsNestedProjection() {
        return false;
    }

    @Override
    public void applyProjection(int[][] projectedFields, DataType producedDataType) {
        List<DataTypes.Field> all = DataType.getFields(declared);
        columns = new ArrayList<>();
        for (int[] path : projectedFields) {
            columns.add(all.get(path[0]));
        }
    }

    @Override
    public Map<String, DataType> listReadableMetadata() {
        Map<String, DataType> types = new LinkedHashMap<>();
        for (ChangeMetadata each : ChangeMetadata.values()) {
            types.put(each.key(), each.type());
        }
        return types;
    }

    @Override
    public void applyReadableMetadata(List<String> keys, DataType producedDataType) {
        metadata = new ArrayList<>();
        for (String key : keys) {
            for (ChangeMetadata each : ChangeMetadata.values()) {
                if (each.key().equals(key)) {
                    metadata.add(each);
                }
            }
        }
    }

    @Override
    public void applyWatermark(WatermarkStrategy<RowData> strategy) {
        watermarks = strategy;
    }

    /** Creation times never fall within a shard, and each shard has a watermark of its own. */
    @Override
    public void applySourceWatermark() {
        WatermarkStrategy<RowData> strategy = WatermarkStrategy.forMonotonousTimestamps();
        watermarks = options.idleTimeout(session).map(strategy::withIdleness).orElse(strategy);
    }

    @Override
    public DynamicTableSource copy() {
        DynamoDbStreamsTableSource copy =
                new DynamoDbStreamsTableSource(options, declared, primaryKey, session);
        copy.columns = columns;
        copy.metadata = metadata;
        copy.watermarks = watermarks;
        return copy;
    }

    @Override
    public String asSummaryString() {
        return options.subject();
    }

    private ChangelogSchema.View view() {
        return options.get(StreamsTableOptions.VIEW_TYPE);
    }

    /** What Flink would not find out, or only by a NullPointerException while the job runs. */
    private void checkView(List<String> problems) {
        if (view() == ChangelogSchema.View.NEW_AND_OLD_IMAGES) {
            return;
        }
        String upserts = "'" + StreamsTableOptions.VIEW_TYPE.key() + "' = '" + view() + "'";
        if (primaryKey.isEmpty()) {
            problems.add(
                    upserts
                            + " makes upserts, which need the table's key; declare"
                            + " PRIMARY KEY (...) NOT ENFORCED");
            return;
        }
        for (RowType.RowField column : ((RowType) declared.getLogicalType()).getFields()) {
            String place = "column '" + column.getName() + "' ";
            if (primaryKey.contains(column.getName())) {
                continue;
            }
            if (view() == ChangelogSchema.View.KEYS_ONLY) {
                problems.add(place + "is not in the PRIMARY KEY, and " + upserts + " has no other");
            } else if (!column.getType().isNullable()) {
                problems.add(
                        place
                                + "is NOT NULL, but a delete has the key only with "
                                + upserts
                                + "; leave NOT NULL out");
            }
        }
    }

    private ChangelogSchema schema() {
        return schema(null);
    }

    private ChangelogSchema schema(@Nullable TypeInformation<RowData> type) {
        DataType row = DataTypes.ROW(columns.toArray(new DataTypes.Field[0]));
        return new ChangelogSchema(
                (RowType) row.getLogicalType(), view(), primaryKey, metadata, type);
    }
}
