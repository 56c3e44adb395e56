package io.github.pyflinkdynamodb.bench;

import io.github.pyflinkdynamodb.sink.DynamoDbSink;

import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.types.Row;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A job without Python: rows (or beans) made in the JVM, into one of the sinks to compare.
 *
 * <p>Arguments are {@code name=value}: gate, sink (ours, connector, connector-default, discard),
 * workload, keys, parallelism, endpoint, access-key, table, overwrite (an attribute, or nothing),
 * and {@code flink.} before Flink's own options.
 */
public final class JavaJob {
    static final int BATCH_SIZE = 25;
    static final int IN_FLIGHT = 50;
    static final int BUFFERED = 10_000;

    private final Map<String, String> arguments;

    private JavaJob(Map<String, String> arguments) {
        this.arguments = arguments;
    }

    public static void main(String[] given) throws Exception {
        Map<String, String> arguments = new HashMap<>();
        for (String argument : given) {
            int equals = argument.indexOf('=');
            arguments.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        Map<String, String> settings = new HashMap<>();
        arguments.forEach(
                (name, value) -> {
                    if (name.startsWith("flink.")) {
                        settings.put(name.substring("flink.".length()), value);
                    }
                });
        new JavaJob(arguments).run(settings);
    }

    private void run(Map<String, String> settings) throws Exception {
        ExitWithInput.start();
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(Configuration.fromMap(settings));
        environment.setParallelism(Integer.parseInt(get("parallelism")));
        long keys = Long.parseLong(get("keys"));
        DataStream<Long> numbers =
                environment.fromSource(
                        new GatedSequence(0, 1L << 50, get("gate")),
                        WatermarkStrategy.noWatermarks(),
                        "numbers");
        if (get("sink").equals("connector-default")) {
            numbers.map(n -> Records.bean(n, keys))
                    .returns(Order.class)
                    .sinkTo(ConnectorSink.byDefault(client(), get("table")));
        } else {
            Records records = new Records(get("workload"), keys);
            attach(numbers.map(records).returns(records.type()), records.type());
        }
        environment.execute("benchmark");
    }

    private void attach(DataStream<Row> rows, TypeInformation<Row> type) throws Exception {
        List<String> overwrite = get("overwrite").isEmpty() ? List.of() : List.of(get("overwrite"));
        switch (get("sink")) {
            case "ours":
                Map<String, Object> options = new HashMap<>();
                options.put("table_name", get("table"));
                options.put("dynamodb_properties", properties());
                options.put("overwrite_by_partition_keys", overwrite);
                options.put("max_batch_size", (long) BATCH_SIZE);
                options.put("max_in_flight_requests", (long) IN_FLIGHT);
                options.put("max_buffered_requests", (long) BUFFERED);
                DynamoDbSink sink = DynamoDbSink.of(options);
                sink.encodeRows(rows, type, List.of(), false).sinkTo(sink);
                break;
            case "connector":
                rows.sinkTo(
                        ConnectorSink.byHand(get("workload"), client(), get("table"), overwrite));
                break;
            case "discard":
                rows.sinkTo(new DiscardingSink<>());
                break;
            default:
                throw new IllegalArgumentException("There is no sink " + get("sink") + ".");
        }
    }

    private Properties client() {
        Properties client = new Properties();
        client.putAll(properties());
        return client;
    }

    private Map<String, String> properties() {
        return Map.of(
                "aws.region",
                "us-east-1",
                "aws.endpoint",
                get("endpoint"),
                "aws.credentials.provider",
                "BASIC",
                "aws.credentials.provider.basic.accesskeyid",
                get("access-key"),
                "aws.credentials.provider.basic.secretkey",
                get("access-key"));
    }

    private String get(String name) {
        String value = arguments.get(name);
        if (value == null) {
            throw new IllegalArgumentException("The argument " + name + "= is missing.");
        }
        return value;
    }
}
