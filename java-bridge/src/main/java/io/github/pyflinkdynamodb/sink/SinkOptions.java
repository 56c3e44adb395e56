package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.client.ClientSettings;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * The sink's options, checked. Their names are those of the Python builder's setters without {@code
 * set_}; defaults and limits are compared with the Python side by a test.
 */
final class SinkOptions implements Serializable {

    private static final long serialVersionUID = 1L;

    /** Most write requests in a BatchWriteItem call (API reference, BatchWriteItem). */
    static final int MAX_BATCH_SIZE = 25;

    /** Largest BatchWriteItem call on the wire, 16 MB (API reference, BatchWriteItem). */
    static final long MAX_BATCH_SIZE_IN_BYTES = 16L * 1024 * 1024;

    /** Largest item, 400 KB with its attribute names (developer guide, service quotas). */
    static final long MAX_RECORD_SIZE_IN_BYTES = 400L * 1024;

    /** A writer's state is one array of bytes, which must hold all that is buffered. */
    static final long MAX_BUFFERED_BYTES = 1024L * 1024 * 1024;

    /** What a call holds beside the write requests: table name and JSON around them. */
    private static final long ENVELOPE_BYTES = 1024;

    private enum Rejection {
        FAIL,
        SKIP,
        DEAD_LETTER
    }

    /** What becomes of the table when the sink is attached to a stream. */
    enum InitMode {
        DEFAULT,
        CREATE_IF_NOT_EXISTS,
        REPLACE
    }

    private static final Map<String, Object> DEFAULTS;
    private static final Map<String, List<Long>> LIMITS;

    static {
        Map<String, Object> defaults = new LinkedHashMap<>();
        defaults.put("table_name", null);
        defaults.put("dynamodb_properties", Collections.emptyMap());
        defaults.put("overwrite_by_partition_keys", Collections.emptyList());
        defaults.put("fail_on_error", false);
        defaults.put("max_batch_size", 25L);
        defaults.put("max_in_flight_requests", 50L);
        defaults.put("max_buffered_requests", 10_000L);
        defaults.put("max_time_in_buffer_ms", 5_000L);
        defaults.put("max_batch_size_in_bytes", MAX_BATCH_SIZE_IN_BYTES);
        defaults.put("max_record_size_in_bytes", MAX_RECORD_SIZE_IN_BYTES);
        defaults.put("max_buffered_bytes", 64L * 1024 * 1024);
        defaults.put("request_timeout_ms", 60_000L);
        defaults.put("rejection_policy", "fail");
        defaults.put("dead_letter_path", null);
        defaults.put("flush_on_checkpoint", false);
        defaults.put("key_schema", Collections.emptyList());
        defaults.put("key_types", Collections.emptyList());
        defaults.put("init_mode", "default");
        defaults.put("provisioned_throughput", Collections.emptyList());
        defaults.put("report_consumed_capacity", false);
        defaults.put("shuffle_by_key", false);
        DEFAULTS = Collections.unmodifiableMap(defaults);

        Map<String, List<Long>> limits = new LinkedHashMap<>();
        limits.put("max_batch_size", List.of(1L, (long) MAX_BATCH_SIZE));
        limits.put("max_in_flight_requests", List.of(1L, (long) Integer.MAX_VALUE));
        limits.put("max_buffered_requests", List.of(1L, (long) Integer.MAX_VALUE));
        limits.put("max_time_in_buffer_ms", List.of(1L, (long) Integer.MAX_VALUE));
        limits.put("max_batch_size_in_bytes", List.of(1L, MAX_BATCH_SIZE_IN_BYTES));
        limits.put("max_record_size_in_bytes", List.of(1L, MAX_RECORD_SIZE_IN_BYTES));
        limits.put("max_buffered_bytes", List.of(1L, MAX_BUFFERED_BYTES));
        limits.put("request_timeout_ms", List.of(1L, (long) Integer.MAX_VALUE));
        LIMITS = Collections.unmodifiableMap(limits);
    }

    final String tableName;
    final ClientSettings client;
    final List<String> overwriteByPartitionKeys;
    final boolean failOnError;
    final int maxBatchSize;
    final int maxInFlightRequests;
    final int maxBufferedRequests;
    final long maxTimeInBufferMs;
    final long maxBatchSizeInBytes;
    final long maxRecordSizeInBytes;
    final long maxBufferedBytes;
    final long requestTimeoutMs;
    final boolean flushOnCheckpoint;
    final KeySchema keySchema;
    final InitMode initMode;
    final boolean reportConsumedCapacity;
    final boolean shuffleByKey;
    private final Rejection rejection;
    private final String deadLetterPath;
    private final ArrayList<Long> provisionedThroughput;
    private final boolean keysInAnyOrder;
    private final LinkedHashMap<String, String> names;

    private SinkOptions(Map<String, ?> given, boolean keysInAnyOrder, Map<String, String> names) {
        this.keysInAnyOrder = keysInAnyOrder;
        this.names = new LinkedHashMap<>(names);
        Map<String, Object> values = new LinkedHashMap<>(DEFAULTS);
        values.putAll(given);
        List<String> problems = new ArrayList<>();
        TreeSet<String> unknown = new TreeSet<>(given.keySet());
        unknown.removeAll(DEFAULTS.keySet());
        if (!unknown.isEmpty()) {
            problems.add("Unknown options " + unknown + "; known: " + DEFAULTS.keySet() + ".");
        }

        tableName = (String) values.get("table_name");
        if (tableName == null) {
            problems.add("table_name is missing.");
        }
        overwriteByPartitionKeys = strings(values.get("overwrite_by_partition_keys"));
        failOnError = (Boolean) values.get("fail_on_error");
        maxBatchSize = (int) number(values, "max_batch_size", problems);
        maxInFlightRequests = (int) number(values, "max_in_flight_requests", problems);
        maxBufferedRequests = (int) number(values, "max_buffered_requests", problems);
        maxTimeInBufferMs = number(values, "max_time_in_buffer_ms", problems);
        maxBatchSizeInBytes = number(values, "max_batch_size_in_bytes", problems);
        maxRecordSizeInBytes = number(values, "max_record_size_in_bytes", problems);
        maxBufferedBytes = number(values, "max_buffered_bytes", problems);
        requestTimeoutMs = number(values, "request_timeout_ms", problems);
        flushOnCheckpoint = (Boolean) values.get("flush_on_checkpoint");
        List<String> keys = strings(values.get("key_schema"));
        keySchema = keys.isEmpty() ? null : keySchema(keys, strings(values.get("key_types")));
        initMode = oneOf(InitMode.values(), "init_mode", values, problems);
        provisionedThroughput = new ArrayList<>();
        for (Object units : (List<?>) values.get("provisioned_throughput")) {
            provisionedThroughput.add(((Number) units).longValue());
        }
        if (initMode != InitMode.DEFAULT && keySchema == null) {
            problems.add(
                    called("init_mode")
                            + " needs the table's key: give "
                            + called("key_schema")
                            + ".");
        }
        reportConsumedCapacity = (Boolean) values.get("report_consumed_capacity");
        shuffleByKey = (Boolean) values.get("shuffle_by_key");
        rejection = oneOf(Rejection.values(), "rejection_policy", values, problems);
        deadLetterPath = (String) values.get("dead_letter_path");
        if ((rejection == Rejection.DEAD_LETTER) != (deadLetterPath != null)) {
            problems.add(
                    called("dead_letter_path")
                            + " goes with the "
                            + called("rejection_policy")
                            + " dead_letter, only.");
        }
        if (shuffleByKey && declaredKeys().isEmpty()) {
            problems.add(
                    "shuffle_by_key needs the table's key: give "
                            + called("key_schema")
                            + " or "
                            + called("overwrite_by_partition_keys")
                            + ".");
        }
        if (maxBufferedRequests <= maxBatchSize) {
            problems.add(
                    called("max_buffered_requests")
                            + " must be above "
                            + called("max_batch_size")
                            + ".");
        }
        if (maxBatchSizeInBytes < maxRecordSizeInBytes) {
            problems.add(
                    called("max_batch_size_in_bytes")
                            + " must be at least "
                            + called("max_record_size_in_bytes")
                            + ".");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join(" ", problems));
        }
        client = ClientSettings.of(stringMap(values.get("dynamodb_properties")));
    }

    /**
     * @param given values by option name; what is left out has its default
     * @throws IllegalArgumentException naming every unknown name and every value out of range
     */
    static SinkOptions of(Map<String, ?> given) {
        return new SinkOptions(given, false, Map.of("key_schema", "set_key_schema"));
    }

    /**
     * The options of a sink of the Table API: the declared keys may come in any order.
     *
     * @param names what the options are called there, for messages
     */
    static SinkOptions ofTable(Map<String, ?> given, Map<String, String> names) {
        return new SinkOptions(given, true, names);
    }

    /** Default of every option. */
    static Map<String, Object> defaults() {
        return DEFAULTS;
    }

    /** Smallest and largest value of every numeric option. */
    static Map<String, List<Long>> limits() {
        return LIMITS;
    }

    /**
     * The key attributes as far as the user named them: the key schema, else the overwrite keys.
     */
    List<String> declaredKeys() {
        return keySchema != null ? keySchema.names() : overwriteByPartitionKeys;
    }

    /** Whether a declared key is that of the table, as far as anything was declared. */
    boolean isDeclared(KeySchema declared, KeySchema actual) {
        return actual.isAsDeclared(declared)
                || (keysInAnyOrder && actual.isAsDeclared(declared.swapped()));
    }

    /** What the user calls an option. */
    String called(String option) {
        return names.getOrDefault(option, option);
    }

    /** Bytes of write requests that fit into one call. */
    long maxRequestBytesInBatch() {
        return Math.min(maxBatchSizeInBytes, MAX_BATCH_SIZE_IN_BYTES - ENVELOPE_BYTES);
    }

    boolean failOnRejection() {
        return rejection == Rejection.FAIL;
    }

    /** Directory of the dead letters, or null for another policy. */
    String deadLetterPath() {
        return deadLetterPath;
    }

    /** Read and write capacity units a second of a table to be made; null for on-demand billing. */
    List<Long> provisionedThroughput() {
        return provisionedThroughput.isEmpty() ? null : provisionedThroughput;
    }

    /** A key schema of one or two names, with as many types, or fewer where some are not known. */
    static KeySchema keySchema(List<String> names, List<String> types) {
        return new KeySchema(
                names.get(0),
                keyType(types, 0),
                names.size() > 1 ? names.get(1) : null,
                names.size() > 1 ? keyType(types, 1) : null);
    }

    private static KeyType keyType(List<String> types, int index) {
        return index >= types.size() || types.get(index) == null
                ? null
                : KeyType.valueOf(types.get(index));
    }

    private long number(Map<String, Object> values, String name, List<String> problems) {
        long value = ((Number) values.get(name)).longValue();
        List<Long> limits = LIMITS.get(name);
        if (value < limits.get(0) || value > limits.get(1)) {
            problems.add(
                    called(name)
                            + " is "
                            + value
                            + "; it must be "
                            + limits.get(0)
                            + " to "
                            + limits.get(1)
                            + ".");
        }
        return value;
    }

    private <E extends Enum<E>> E oneOf(
            E[] all, String option, Map<String, Object> values, List<String> problems) {
        List<String> names = new ArrayList<>();
        for (E each : all) {
            names.add(each.name().toLowerCase(Locale.ROOT));
        }
        int found = names.indexOf(values.get(option));
        if (found < 0) {
            problems.add(called(option) + " must be one of " + names + ".");
            return null;
        }
        return all[found];
    }

    private static List<String> strings(Object value) {
        List<String> strings = new ArrayList<>();
        for (Object each : (List<?>) value) {
            strings.add((String) each);
        }
        return strings;
    }

    private static Map<String, String> stringMap(Object value) {
        Map<String, String> strings = new LinkedHashMap<>();
        ((Map<?, ?>) value).forEach((k, v) -> strings.put((String) k, (String) v));
        return strings;
    }
}
