package io.github.pyflinkdynamodb.sink;

import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreWriteTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;

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
