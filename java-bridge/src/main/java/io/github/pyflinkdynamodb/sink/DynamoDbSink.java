package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.encode.ConversionException;
import io.github.pyflinkdynamodb.encode.EncodeRows;
import io.github.pyflinkdynamodb.encode.HoldDeletes;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreWriteTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import javax.annotation.Nullable;

/**
 * Writes encoded write requests to one DynamoDB table. An element is the UTF-8 JSON of one or more
 * write requests, joined by commas, in the form of the BatchWriteItem API.
 */
public final class DynamoDbSink
        implements Sink<byte[]>,
                SupportsWriterState<byte[], WriterState>,
                SupportsPreWriteTopology<byte[]> {

    private static final long serialVersionUID = 1L;

    private final SinkOptions options;

    private DynamoDbSink(SinkOptions options) {
        this.options = options;
    }

    /**
     * @param options values by the names of the Python builder's setters, without {@code set_};
     *     what is left out has its default
     * @throws IllegalArgumentException naming everything that is wrong
     */
    public static DynamoDbSink of(Map<String, ?> options) {
        return new DynamoDbSink(SinkOptions.of(options));
    }

    /**
     * A sink of the Table API, whose {@code key_schema} may name the keys in any order.
     *
     * @param options as in {@link #of}
     * @param names what the options are called there, for messages
     * @throws IllegalArgumentException naming everything that is wrong
     */
    public static DynamoDbSink forTable(Map<String, ?> options, Map<String, String> names) {
        return new DynamoDbSink(SinkOptions.ofTable(options, names));
    }

    /** Default of every option; null where there is none. */
    public static Map<String, Object> defaults() {
        return SinkOptions.defaults();
    }

    /** Smallest and largest value of every numeric option. */
    public static Map<String, List<Long>> limits() {
        return SinkOptions.limits();
    }

    /** The release this jar belongs to; the Python package must be of the same. */
    public static String version() throws IOException {
        Properties release = new Properties();
        try (InputStream in = DynamoDbSink.class.getResourceAsStream("release.properties")) {
            release.load(in);
        }
        return release.getProperty("version");
    }

    /**
     * Does to the table what the init mode asks for. Called once for each stream that the sink is
     * attached to, where the job's graph is built, before the sink is part of it. Blocks.
     *
     * @param keyTypes S, N or B by the declared key attributes, where they were found in the
     *     stream's type; null where not
     * @throws IllegalArgumentException if the declared key is not the table's, or its type is not
     *     known, or the mode must not be used here
     * @throws IOException if the table could not be made ready
     */
    public void prepareTable(StreamExecutionEnvironment environment, List<String> keyTypes)
            throws IOException {
        new TableInitializer(options, keyTypes).prepare(environment);
    }

    /**
     * Puts an encoder in front of this sink that needs no Python process.
     *
     * @param type of the elements, as far as it is a type of rows
     * @param fieldNames of the rows; none for those of the type
     * @param ignoreNulls leave out attributes that are null, instead of writing NULL
     * @return null if the elements are no rows, or Python is needed to read them
     * @throws ConversionException if a row has no names or a field a type without a rule
     */
    @Nullable
    public DataStream<byte[]> encodeRows(
            DataStream<?> stream,
            TypeInformation<?> type,
            List<String> fieldNames,
            boolean ignoreNulls)
            throws ConversionException {
        return EncodeRows.apply(
                stream,
                type,
                fieldNames,
                ignoreNulls,
                options.declaredKeys(),
                !options.failOnRejection());
    }

    /** Puts behind Python's encoder what waits for the other half of an update. */
    public DataStream<byte[]> holdDeletes(DataStream<byte[]> requests) {
        return HoldDeletes.apply(requests);
    }

    /** Whether attaching this sink has emptied the table of another one of the same graph. */
    boolean hasReplaced(SinkOptions other) {
        return options.initMode == SinkOptions.InitMode.REPLACE
                && options.tableName.equals(other.tableName)
                && options.client.isSameService(other.client);
    }

    @Override
    public StatefulSinkWriter<byte[], WriterState> createWriter(WriterInitContext context)
            throws IOException {
        return restoreWriter(context, Collections.emptyList());
    }

    @Override
    public StatefulSinkWriter<byte[], WriterState> restoreWriter(
            WriterInitContext context, Collection<WriterState> recovered) throws IOException {
        return new DynamoDbSinkWriter(options, context, recovered);
    }

    @Override
    public SimpleVersionedSerializer<WriterState> getWriterStateSerializer() {
        return new WriterStateSerializer();
    }

    @Override
    public DataStream<byte[]> addPreWriteTopology(DataStream<byte[]> requests) {
        return options.shuffleByKey
                ? ShuffleByKey.apply(requests, options.declaredKeys())
                : requests;
    }
}
