package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.source.ScanOptions;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.source.lookup.LookupOptions;
import org.apache.flink.table.factories.FactoryUtil;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The options of a table's WITH clause: those of Flink's Java connector by their names there, and
 * ours beside them. Defaults and limits are the sink's own.
 */
final class DynamoDbTableOptions {

    // Source: developer guide, naming rules; an ARN is taken wherever a name is. As in Python.
    private static final Pattern NAME =
            Pattern.compile("(arn:[^:]+:dynamodb:[^:]+:[0-9]{12}:table/)?[a-zA-Z0-9_.-]{3,255}");

    static final ConfigOption<String> TABLE_NAME =
            ConfigOptions.key("table-name").stringType().noDefaultValue();

    static final ConfigOption<Integer> MAX_BATCH_SIZE =
            ConfigOptions.key("sink.batch.max-size").intType().noDefaultValue();

    static final ConfigOption<Integer> MAX_IN_FLIGHT =
            ConfigOptions.key("sink.requests.max-inflight").intType().noDefaultValue();

    static final ConfigOption<Integer> MAX_BUFFERED =
            ConfigOptions.key("sink.requests.max-buffered").intType().noDefaultValue();

    static final ConfigOption<Long> FLUSH_BUFFER_SIZE =
            ConfigOptions.key("sink.flush-buffer.size").longType().noDefaultValue();

    static final ConfigOption<Long> FLUSH_BUFFER_TIMEOUT =
            ConfigOptions.key("sink.flush-buffer.timeout").longType().noDefaultValue();

    static final ConfigOption<Boolean> FAIL_ON_ERROR =
            ConfigOptions.key("sink.fail-on-error").booleanType().noDefaultValue();

    static final ConfigOption<Boolean> IGNORE_NULLS =
            ConfigOptions.key("sink.ignore-nulls").booleanType().defaultValue(false);

    static final ConfigOption<List<String>> SET_COLUMNS =
            ConfigOptions.key("sink.set-columns")
                    .stringType()
                    .asList()
                    .defaultValues(new String[0]);

    static final ConfigOption<String> REJECTION_POLICY =
            ConfigOptions.key("sink.rejection-policy").stringType().noDefaultValue();

    static final ConfigOption<String> DEAD_LETTER_PATH =
            ConfigOptions.key("sink.dead-letter.path").stringType().noDefaultValue();

    static final ConfigOption<MemorySize> MAX_BUFFERED_SIZE =
            ConfigOptions.key("sink.max-buffered-size").memoryType().noDefaultValue();

    static final ConfigOption<Boolean> FLUSH_ON_CHECKPOINT =
            ConfigOptions.key("sink.flush-on-checkpoint").booleanType().noDefaultValue();

    static final ConfigOption<String> INIT_MODE =
            ConfigOptions.key("sink.init-mode").stringType().noDefaultValue();

    static final ConfigOption<Integer> TOTAL_SEGMENTS =
            ConfigOptions.key("scan.total-segments").intType().noDefaultValue();

    static final ConfigOption<Integer> PAGE_SIZE =
            ConfigOptions.key("scan.page-size").intType().noDefaultValue();

    static final ConfigOption<Boolean> CONSISTENT_READ =
            ConfigOptions.key("scan.consistent-read").booleanType().defaultValue(false);

    static final ConfigOption<Integer> SCAN_PARALLELISM = FactoryUtil.SOURCE_PARALLELISM;

    static final ConfigOption<Boolean> ASYNC_LOOKUP =
            ConfigOptions.key("lookup.async").booleanType().defaultValue(true);

    /** Options of reading; the cache's are Flink's. */
    private static final List<ConfigOption<?>> READING =
            List.of(
                    TOTAL_SEGMENTS,
                    PAGE_SIZE,
                    CONSISTENT_READ,
                    SCAN_PARALLELISM,
                    ASYNC_LOOKUP,
                    LookupOptions.CACHE_TYPE,
                    LookupOptions.MAX_RETRIES,
                    LookupOptions.PARTIAL_CACHE_MAX_ROWS,
                    LookupOptions.PARTIAL_CACHE_EXPIRE_AFTER_ACCESS,
                    LookupOptions.PARTIAL_CACHE_EXPIRE_AFTER_WRITE,
                    LookupOptions.PARTIAL_CACHE_CACHE_MISSING_KEY);

    static final ConfigOption<Integer> PARALLELISM = FactoryUtil.SINK_PARALLELISM;

    /** What the sink calls those options that are its own. */
    private static final Map<ConfigOption<?>, String> SINK_NAMES;

    /** Properties of the client that are not called so in SQL. */
    private static final Map<String, String> CLIENT_NAMES =
            Map.of(
                    "aws.http-client.max-concurrency", "sink.http-client.max-concurrency",
                    "aws.http-client.read-timeout", "sink.http-client.read-timeout",
                    "aws.http.protocol.version", "sink.http-client.protocol.version");

    static {
        Map<ConfigOption<?>, String> names = new LinkedHashMap<>();
        names.put(TABLE_NAME, "table_name");
        names.put(MAX_BATCH_SIZE, "max_batch_size");
        names.put(MAX_IN_FLIGHT, "max_in_flight_requests");
        names.put(MAX_BUFFERED, "max_buffered_requests");
        names.put(FLUSH_BUFFER_SIZE, "max_batch_size_in_bytes");
        names.put(FLUSH_BUFFER_TIMEOUT, "max_time_in_buffer_ms");
        names.put(FAIL_ON_ERROR, "fail_on_error");
        names.put(REJECTION_POLICY, "rejection_policy");
        names.put(DEAD_LETTER_PATH, "dead_letter_path");
        names.put(MAX_BUFFERED_SIZE, "max_buffered_bytes");
        names.put(FLUSH_ON_CHECKPOINT, "flush_on_checkpoint");
        names.put(INIT_MODE, "init_mode");
        SINK_NAMES = Collections.unmodifiableMap(names);
    }

    private final Configuration options;
    private final TreeMap<String, String> clientProperties;

    private DynamoDbTableOptions(Configuration options, TreeMap<String, String> clientProperties) {
        this.options = options;
        this.clientProperties = clientProperties;
    }

    /**
     * Reads a WITH clause.
     *
     * @param table the table's name in SQL, for messages
     * @throws ValidationException naming every problem at once, and no value of a client property
     */
    static DynamoDbTableOptions of(String table, Map<String, String> given) {
        List<String> problems = new ArrayList<>();
        WithClause read = WithClause.of(given, all(), clientPropertyNames(), problems);
        if (!given.containsKey(TABLE_NAME.key())) {
            problems.add("'" + TABLE_NAME.key() + "' is missing; name the DynamoDB table");
        } else if (!NAME.matcher(given.get(TABLE_NAME.key())).matches()) {
            problems.add(
                    "'"
                            + TABLE_NAME.key()
                            + "' must be 3 to 255 characters of a-zA-Z0-9_.-, or a table's ARN");
        }
        refuse(table, problems);
        return new DynamoDbTableOptions(read.options(), read.clientProperties());
    }

    /** Every option except the client's properties, whose names are the client's business. */
    static Set<ConfigOption<?>> all() {
        Set<ConfigOption<?>> all = new LinkedHashSet<>(SINK_NAMES.keySet());
        all.add(IGNORE_NULLS);
        all.add(SET_COLUMNS);
        all.add(PARALLELISM);
        all.addAll(READING);
        // Flink's own, in every table.
        all.add(FactoryUtil.CONNECTOR);
        all.add(FactoryUtil.PROPERTY_VERSION);
        return all;
    }

    /** Properties for the client, by the names it knows them under. */
    Map<String, String> clientProperties() {
        return Collections.unmodifiableMap(clientProperties);
    }

    <T> T get(ConfigOption<T> option) {
        return options.get(option);
    }

    <T> Optional<T> find(ConfigOption<T> option) {
        return options.getOptional(option);
    }

    ReadableConfig configuration() {
        return options;
    }

    /** Adds what is wrong with the options of reading. */
    void checkReading(List<String> problems) {
        checkRange(TOTAL_SEGMENTS, ScanOptions.MAX_SEGMENTS, problems);
        checkRange(PAGE_SIZE, Integer.MAX_VALUE, problems);
        checkRange(SCAN_PARALLELISM, Integer.MAX_VALUE, problems);
        if (get(LookupOptions.MAX_RETRIES) < 0) {
            problems.add("'" + LookupOptions.MAX_RETRIES.key() + "' must be 0 or more");
        }
        if (get(LookupOptions.CACHE_TYPE) == LookupOptions.LookupCacheType.FULL) {
            problems.add(
                    "'"
                            + LookupOptions.CACHE_TYPE.key()
                            + "' is FULL; items are kept as they are looked up, not the whole"
                            + " table: give NONE or PARTIAL");
        }
    }

    /** What was given of the sink's own options, by the names it knows them under. */
    Map<String, Object> sinkOptions() {
        Map<String, Object> found = new LinkedHashMap<>();
        SINK_NAMES.forEach(
                (option, name) ->
                        options.getOptional(option)
                                .ifPresent(value -> found.put(name, plain(value))));
        found.put("dynamodb_properties", new TreeMap<>(clientProperties));
        return found;
    }

    /** What the sink's options are called in SQL, by its own names. */
    static Map<String, String> namesInSql() {
        Map<String, String> names = new LinkedHashMap<>();
        SINK_NAMES.forEach((option, name) -> names.put(name, "'" + option.key() + "'"));
        names.put("key_schema", "PRIMARY KEY (...) NOT ENFORCED");
        names.put("overwrite_by_partition_keys", "PARTITIONED BY (...)");
        return names;
    }

    /** What the client says of its properties, with their names in SQL. */
    String inSql(String message) {
        String said = message;
        for (Map.Entry<String, String> name : CLIENT_NAMES.entrySet()) {
            said = said.replace(name.getKey(), "'" + name.getValue() + "'");
        }
        return said;
    }

    /** Throws if there is a problem. */
    static void refuse(String table, List<String> problems) {
        WithClause.refuse(table, DynamoDbTableFactory.IDENTIFIER, problems);
    }

    /** Option name in SQL to property of the client; some have two names. */
    private static Map<String, String> clientPropertyNames() {
        Map<String, String> names = WithClause.clientPropertyNames();
        CLIENT_NAMES.forEach((property, name) -> names.put(name, property));
        return names;
    }

    private void checkRange(ConfigOption<Integer> option, int most, List<String> problems) {
        find(option)
                .filter(value -> value < 1 || value > most)
                .ifPresent(
                        value ->
                                problems.add(
                                        "'"
                                                + option.key()
                                                + "' is "
                                                + value
                                                + "; it must be 1 to "
                                                + most));
    }

    private static Object plain(Object value) {
        if (value instanceof MemorySize) {
            return ((MemorySize) value).getBytes();
        }
        return value;
    }
}
