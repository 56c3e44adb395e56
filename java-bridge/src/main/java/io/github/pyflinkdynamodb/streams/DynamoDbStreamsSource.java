package io.github.pyflinkdynamodb.streams;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

import java.util.Map;

/**
 * Reads the changes of a table from its stream: each key's in order, each exactly once into Flink's
 * state.
 */
public final class DynamoDbStreamsSource<T>
        implements Source<T, ShardSplit, StreamsState>, ResultTypeQueryable<T> {
    private static final long serialVersionUID = 1L;

    private final StreamsOptions options;
    private final ShardAssigner assigner;
    private final StreamRecordSchema<T> schema;

    public DynamoDbStreamsSource(
            StreamsOptions options, ShardAssigner assigner, StreamRecordSchema<T> schema) {
        this.options = options;
        this.assigner = assigner;
        this.schema = schema;
    }

    /**
     * Called by Python.
     *
     * @param options {@code streamArn} or {@code tableName}; {@code properties}, a map of texts;
     *     {@code onDataLoss}, fail or continue; {@code assigner}, uniform, hash or a class; {@code
     *     boundedNow}, true for a read that ends at the moment it begins, or {@code
     *     boundedUntilMillis}; {@code schema}, as {@link StreamSchemas#of} takes it
     * @throws IllegalArgumentException naming every problem at once
     */
    @SuppressWarnings("unchecked")
    public static DynamoDbStreamsSource<?> of(Map<String, Object> options) {
        Number until = (Number) options.get("boundedUntilMillis");
        boolean now = Boolean.TRUE.equals(options.get("boundedNow"));
        StreamsOptions checked =
                StreamsConfig.of(
                        (String) options.get("streamArn"),
                        (String) options.get("tableName"),
                        (Map<String, String>) options.get("properties"),
                        (String) options.get("onDataLoss"),
                        now || until != null,
                        until == null ? 0 : until.longValue());
        return new DynamoDbStreamsSource<>(
                checked,
                ShardAssigners.of((String) options.get("assigner")),
                StreamSchemas.of((Map<String, Object>) options.get("schema")));
    }

    @Override
    public Boundedness getBoundedness() {
        return options.bounded ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED;
    }

    @Override
    public TypeInformation<T> getProducedType() {
        return schema.getProducedType();
    }

    @Override
    public SourceReader<T, ShardSplit> createReader(SourceReaderContext context) {
        return new StreamsReader<>(context, options, schema);
    }

    @Override
    public SplitEnumerator<ShardSplit, StreamsState> createEnumerator(
            SplitEnumeratorContext<ShardSplit> context) {
        return restoreEnumerator(context, null);
    }

    @Override
    public SplitEnumerator<ShardSplit, StreamsState> restoreEnumerator(
            SplitEnumeratorContext<ShardSplit> context, StreamsState state) {
        return new StreamsEnumerator(context, options, assigner, schema, state);
    }

    @Override
    public SimpleVersionedSerializer<ShardSplit> getSplitSerializer() {
        return new ShardSplitSerializer();
    }

    @Override
    public SimpleVersionedSerializer<StreamsState> getEnumeratorCheckpointSerializer() {
        return new StreamsStateSerializer();
    }
}
