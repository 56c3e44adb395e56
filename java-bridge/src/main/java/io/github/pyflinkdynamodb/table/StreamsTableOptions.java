package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.streams.ChangelogSchema;
import io.github.pyflinkdynamodb.streams.ShardAssigner;
import io.github.pyflinkdynamodb.streams.ShardAssigners;
import io.github.pyflinkdynamodb.streams.StreamsConfig;
import io.github.pyflinkdynamodb.streams.StreamsOptions;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.factories.FactoryUtil;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The options of a changelog table's WITH clause. Those of the start and the end are called as in
 * Flink's Kafka connector; what they mean, and the defaults, are the source's own.
 */
final class StreamsTableOptions {

    /** Where the first run begins. */
    enum StartupMode {
        LATEST("LATEST"),
        TRIM_HORIZON("TRIM_HORIZON"),
        TIMESTAMP("AT_TIMESTAMP");

        private final String position;

        StartupMode(String position) {
            this.position = position;
        }

        /** As it is written in SQL. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Where the read ends. */
    enum BoundedMode {
        UNBOUNDED,
        LATEST,
        TIMESTAMP;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    enum OnDataLoss {
        FAIL,
        CONTINUE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final ConfigOption<String> STREAM_ARN =
            ConfigOptions.key("stream-arn").stringType().noDefaultValue();

    static final ConfigOption<String> TABLE_NAME = DynamoDbTableOptions.TABLE_NAME;

    static final ConfigOption<ChangelogSchema.View> VIEW_TYPE =
            ConfigOptions.key("stream-view-type")
                    .enumType(ChangelogSchema.View.class)
                    .defaultValue(ChangelogSchema.View.NEW_AND_OLD_IMAGES);

    static final ConfigOption<OnDataLoss> ON_DATA_LOSS =
            ConfigOptions.key("on-data-loss")
                    .enumType(OnDataLoss.class)
                    .defaultValue(OnDataLoss.FAIL);

    static final ConfigOption<String> SHARD_ASSIGNER =
            ConfigOptions.key("shard-assigner").stringType().defaultValue("uniform");

    static final ConfigOption<StartupMode> STARTUP_MODE =
            ConfigOptions.key("scan.startup.mode")
                    .enumType(StartupMode.class)
                    .defaultValue(StartupMode.LATEST);

    static final ConfigOption<Long> STARTUP_TIMESTAMP =
            ConfigOptions.key("scan.startup.timestamp-millis").longType().noDefaultValue();

    static final ConfigOption<BoundedMode> BOUNDED_MODE =
            ConfigOptions.key("scan.bounded.mode")
                    .enumType(BoundedMode.class)
                    .defaultValue(BoundedMode.UNBOUNDED);

    static final ConfigOption<Long> BOUNDED_TIMESTAMP =
            ConfigOptions.key("scan.bounded.timestamp-millis").longType().noDefaultValue();

    static final ConfigOption<Integer> PARALLELISM = FactoryUtil.SOURCE_PARALLELISM;

    static final ConfigOption<Duration> IDLE_TIMEOUT = FactoryUtil.SOURCE_IDLE_TIMEOUT;

    /** The session's, for every table. */
    private static final ConfigOption<Duration> SESSION_IDLE_TIMEOUT =
            ConfigOptions.key("table.exec.source.idle-timeout")
                    .durationType()
                    .defaultValue(Duration.ZERO);

    /** Options of the source that only have another name in SQL, by their name there. */
    private static final Map<ConfigOption<?>, String> SOURCE_KEYS = new LinkedHashMap<>();

    static {
        SOURCE_KEYS.put(
                duration("scan.shard-discovery-interval"), "flink.shard.discovery.intervalmillis");
        SOURCE_KEYS.put(
                ConfigOptions.key("scan.describe-stream.inconsistency-retries")
                        .intType()
                        .noDefaultValue(),
                "flink.describestream.inconsistencyresolution.retries");
        SOURCE_KEYS.put(
                ConfigOptions.key("scan.max-retries").intType().noDefaultValue(),
                "flink.dynamodbstreams.numretries");
        SOURCE_KEYS.put(
                duration("scan.backoff.min-delay"),
                "flink.dynamodbstreams.backoff.mindelayduration");
        SOURCE_KEYS.put(
                duration("scan.backoff.max-delay"), "flink.dynamodbstreams.backoff.maxdelay");
        SOURCE_KEYS.put(
                duration("scan.get-records.empty-delay"),
                "flink.dynamodbstreams.getrecords.empty.mindelay");
        SOURCE_KEYS.put(
                duration("scan.get-records.non-empty-delay"),
                "flink.dynamodbstreams.getrecords.nonempty.mindelay");
    }

    /** Flink's own options of watermarks, which the planner reads. */
    private static final List<ConfigOption<?>> WATERMARKS =
            List.of(
                    FactoryUtil.WATERMARK_EMIT_STRATEGY,
                    FactoryUtil.WATERMARK_ALIGNMENT_GROUP,
                    FactoryUtil.WATERMARK_ALIGNMENT_MAX_DRIFT,
                    FactoryUtil.WATERMARK_ALIGNMENT_UPDATE_INTERVAL,
                    IDLE_TIMEOUT);

    private final Configuration options;
    private final TreeMap<String, String> clientProperties;

    private StreamsTableOptions(WithClause clause) {
        this.options = clause.options();
        this.clientProperties = clause.clientProperties();
    }

    /**
     * Reads a WITH clause.
     *
     * @param problems receives everything that is wrong; if it stays empty the options can be used
     */
    static StreamsTableOptions of(Map<String, String> given, List<String> problems) {
        int before = problems.size();
        WithClause clause = WithClause.of(given, all(), WithClause.clientPropertyNames(), problems);
        StreamsTableOptions options = new StreamsTableOptions(clause);
        if (given.containsKey(STREAM_ARN.key()) == given.containsKey(TABLE_NAME.key())) {
            problems.add(
                    "give either '"
                            + STREAM_ARN.key()
                            + "' or '"
                            + TABLE_NAME.key()
                            + "', whose latest stream is read");
        }
        if (problems.size() == before) {
            options.checkTimestamps(problems);
        }
        return options;
    }

    /** Every option except the client's properties, whose names are the client's business. */
    static Set<ConfigOption<?>> all() {
        Set<ConfigOption<?>> all = new LinkedHashSet<>();
        all.add(STREAM_ARN);
        all.add(TABLE_NAME);
        all.add(VIEW_TYPE);
        all.add(ON_DATA_LOSS);
        all.add(SHARD_ASSIGNER);
        all.add(STARTUP_MODE);
        all.add(STARTUP_TIMESTAMP);
        all.add(BOUNDED_MODE);
        all.add(BOUNDED_TIMESTAMP);
        all.add(PARALLELISM);
        all.addAll(SOURCE_KEYS.keySet());
        all.addAll(WATERMARKS);
        // Flink's own, in every table.
        all.add(FactoryUtil.CONNECTOR);
        all.add(FactoryUtil.PROPERTY_VERSION);
        return all;
    }

    <T> T get(ConfigOption<T> option) {
        return options.get(option);
    }

    <T> Optional<T> find(ConfigOption<T> option) {
        return options.getOptional(option);
    }

    boolean isBounded() {
        return get(BOUNDED_MODE) != BoundedMode.UNBOUNDED;
    }

    /** The stream or table, for people. */
    String subject() {
        return find(STREAM_ARN)
                .map(arn -> "DynamoDB stream " + arn)
                .orElseGet(() -> "stream of DynamoDB table " + get(TABLE_NAME));
    }

    /**
     * How long a shard without records holds watermarks back; empty for as long as it has none.
     *
     * @param session whose setting holds where the table has none
     */
    Optional<Duration> idleTimeout(ReadableConfig session) {
        Optional<Duration> own = find(IDLE_TIMEOUT);
        Duration timeout = own.orElseGet(() -> session.get(SESSION_IDLE_TIMEOUT));
        return Optional.of(timeout).filter(each -> !each.isZero());
    }

    /**
     * As the source takes them.
     *
     * @throws IllegalArgumentException naming every problem at once
     */
    StreamsOptions sourceOptions() {
        Map<String, String> config = new TreeMap<>(clientProperties);
        SOURCE_KEYS.forEach(
                (option, key) -> find(option).ifPresent(value -> config.put(key, text(value))));
        config.put("flink.stream.initpos", get(STARTUP_MODE).position);
        find(STARTUP_TIMESTAMP)
                .ifPresent(
                        millis ->
                                config.put(
                                        "flink.stream.initpos.timestamp",
                                        Instant.ofEpochMilli(millis).toString()));
        return StreamsConfig.of(
                find(STREAM_ARN).orElse(null),
                find(TABLE_NAME).orElse(null),
                config,
                get(ON_DATA_LOSS).toString(),
                isBounded(),
                find(BOUNDED_TIMESTAMP).orElse(0L));
    }

    /**
     * @throws IllegalArgumentException if it names none
     */
    ShardAssigner assigner() {
        return ShardAssigners.of(get(SHARD_ASSIGNER));
    }

    /** What the source says of its keys, with their names in SQL. */
    static String inSql(String message) {
        String said = message;
        for (Map.Entry<ConfigOption<?>, String> each : SOURCE_KEYS.entrySet()) {
            said = said.replace(each.getValue(), "'" + each.getKey().key() + "'");
        }
        return said;
    }

    private void checkTimestamps(List<String> problems) {
        checkTimestamp(
                STARTUP_TIMESTAMP,
                STARTUP_MODE,
                get(STARTUP_MODE) == StartupMode.TIMESTAMP,
                problems);
        checkTimestamp(
                BOUNDED_TIMESTAMP,
                BOUNDED_MODE,
                get(BOUNDED_MODE) == BoundedMode.TIMESTAMP,
                problems);
        find(PARALLELISM)
                .filter(value -> value < 1)
                .ifPresent(value -> problems.add("'" + PARALLELISM.key() + "' must be 1 or more"));
    }

    private void checkTimestamp(
            ConfigOption<Long> timestamp,
            ConfigOption<?> mode,
            boolean isWanted,
            List<String> problems) {
        Optional<Long> given = find(timestamp);
        if (given.isPresent() && given.get() < 0) {
            problems.add("'" + timestamp.key() + "' must be 0 or more");
        } else if (given.isPresent() != isWanted) {
            problems.add(
                    "'"
                            + timestamp.key()
                            + "' is "
                            + (isWanted ? "missing" : "given")
                            + "; it goes with '"
                            + mode.key()
                            + "' = 'timestamp'");
        }
    }

    private static String text(Object value) {
        return value instanceof Duration
                ? ((Duration) value).toMillis() + " ms"
                : String.valueOf(value);
    }

    private static ConfigOption<Duration> duration(String key) {
        return ConfigOptions.key(key).durationType().noDefaultValue();
    }
}
