package io.github.pyflinkdynamodb.bench;

import io.github.pyflinkdynamodb.streams.DynamoDbStreamsSource;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.types.Row;

import java.util.HashMap;
import java.util.Map;

/**
 * A job without Python that reads a stream into typed rows, and discards them.
 *
 * <p>Arguments are {@code name=value}: folder (where {@link Arrivals} writes), source (ours,
 * connector), arn, lags (true, false), {@code source.} before the source's own properties and
 * {@code flink.} before Flink's.
 */
public final class StreamsJob {
    private StreamsJob() {}

    public static void main(String[] given) throws Exception {
        Map<String, String> arguments = new HashMap<>();
        Map<String, String> properties = new HashMap<>();
        Map<String, String> settings = new HashMap<>();
        for (String argument : given) {
            int equals = argument.indexOf('=');
            String name = argument.substring(0, equals);
            String value = argument.substring(equals + 1);
            if (name.startsWith("source.")) {
                properties.put(name.substring("source.".length()), value);
            } else if (name.startsWith("flink.")) {
                settings.put(name.substring("flink.".length()), value);
            } else {
                arguments.put(name, value);
            }
        }
        ExitWithInput.start();
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(Configuration.fromMap(settings));
        environment.setParallelism(1);
        boolean lags = Boolean.parseBoolean(arguments.get("lags"));
        environment
                .fromSource(
                        source(arguments.get("source"), arguments.get("arn"), properties),
                        WatermarkStrategy.noWatermarks(),
                        "changes",
                        StreamRows.TYPE)
                .map(new Arrivals(arguments.get("folder"), lags))
                .returns(StreamRows.TYPE)
                .sinkTo(new DiscardingSink<>());
        environment.execute("benchmark");
    }

    private static Source<Row, ?, ?> source(String name, String arn, Map<String, String> properties)
            throws Exception {
        switch (name) {
            case "ours":
                return ours(arn, properties);
            case "connector":
                // By its name: not every release of the connector has what it is compiled with.
                return (Source<Row, ?, ?>)
                        Class.forName(StreamsJob.class.getPackageName() + ".ConnectorSource")
                                .getDeclaredMethod("of", String.class, Map.class)
                                .invoke(null, arn, properties);
            default:
                throw new IllegalArgumentException("There is no source " + name + ".");
        }
    }

    @SuppressWarnings("unchecked")
    private static Source<Row, ?, ?> ours(String arn, Map<String, String> properties) {
        Map<String, Object> options = new HashMap<>();
        options.put("streamArn", arn);
        options.put("properties", properties);
        options.put("onDataLoss", "fail");
        options.put("assigner", "uniform");
        options.put("schema", Map.of("kind", "row", "typeInfo", StreamRows.TYPE));
        return (DynamoDbStreamsSource<Row>) DynamoDbStreamsSource.of(options);
    }
}
