package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.client.ClientSettings;
import io.github.pyflinkdynamodb.client.NearestName;
import io.github.pyflinkdynamodb.client.Service;

import org.apache.flink.util.TimeUtils;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.annotation.Nullable;

/**
 * The configuration keys, as the user writes them. Names, defaults and meanings are those of
 * Flink's Java connector; its Python twin is compared by a test.
 */
public final class StreamsConfig {
    static final String INITIAL_POSITION = "flink.stream.initpos";

    /** As Flink's Kinesis connector calls it; the connector for DynamoDB Streams has none. */
    static final String INITIAL_TIMESTAMP = "flink.stream.initpos.timestamp";

    static final String DISCOVERY_INTERVAL = "flink.shard.discovery.intervalmillis";
    static final String INCONSISTENCY_RETRIES =
            "flink.describestream.inconsistencyresolution.retries";
    static final String MAX_RETRIES = "flink.dynamodbstreams.numretries";
    static final String MIN_BACKOFF = "flink.dynamodbstreams.backoff.mindelayduration";
    static final String MAX_BACKOFF = "flink.dynamodbstreams.backoff.maxdelay";
    static final String EMPTY_POLL_DELAY = "flink.dynamodbstreams.getrecords.empty.mindelay";
    static final String NON_EMPTY_POLL_DELAY = "flink.dynamodbstreams.getrecords.nonempty.mindelay";

    private static final Map<String, String> DEFAULTS;

    static {
        Map<String, String> defaults = new LinkedHashMap<>();
        defaults.put(INITIAL_POSITION, "LATEST");
        defaults.put(INITIAL_TIMESTAMP, "");
        defaults.put(DISCOVERY_INTERVAL, "60000 ms");
        defaults.put(INCONSISTENCY_RETRIES, "5");
        defaults.put(MAX_RETRIES, "50");
        defaults.put(MIN_BACKOFF, "100 ms");
        defaults.put(MAX_BACKOFF, "1000 ms");
        defaults.put(EMPTY_POLL_DELAY, "1000 ms");
        defaults.put(NON_EMPTY_POLL_DELAY, "250 ms");
        DEFAULTS = Collections.unmodifiableMap(defaults);
    }

    /** The region is a group. DynamoDB Local's is {@code ddblocal}, which is none. */
    private static final Pattern ARN =
            Pattern.compile("arn:[a-z0-9-]+:dynamodb:([^:]+):[0-9]{12}:table/[^/]+/stream/.+");

    private static final String NO_REGION = "ddblocal";

    private final Map<String, String> values;
    private final List<String> problems = new ArrayList<>();

    private StreamsConfig(Map<String, String> values) {
        this.values = values;
    }

    /** Default of every key but those of the client; empty where there is none. */
    public static Map<String, String> defaults() {
        return DEFAULTS;
    }

    /**
     * Checks everything.
     *
     * @param streamArn or null
     * @param tableName or null: one of the two is given
     * @param config values by key, of the stream and of the client
     * @param onDataLoss fail or continue
     * @param endMillis of a bounded read; 0 for the moment it begins
     * @throws IllegalArgumentException naming every problem at once
     */
    public static StreamsOptions of(
            @Nullable String streamArn,
            @Nullable String tableName,
            Map<String, String> config,
            String onDataLoss,
            boolean bounded,
            long endMillis) {
        TreeMap<String, String> client = new TreeMap<>();
        TreeMap<String, String> own = new TreeMap<>(DEFAULTS);
        Set<String> names = new TreeSet<>(ClientSettings.knownProperties());
        names.addAll(DEFAULTS.keySet());
        StreamsConfig read = new StreamsConfig(own);
        // Python's map may hold anything, whatever the declared type says.
        for (Map.Entry<?, ?> entry : new TreeMap<>(config).entrySet()) {
            String name = String.valueOf(entry.getKey());
            if (!names.contains(name)) {
                read.problems.add(
                        "there is no key "
                                + name
                                + "; did you mean "
                                + NearestName.of(name, names)
                                + "?");
            } else if (!(entry.getValue() instanceof String)) {
                read.problems.add(name + " must be a string");
            } else if (DEFAULTS.containsKey(name)) {
                own.put(name, ((String) entry.getValue()).trim());
            } else {
                client.put(name, (String) entry.getValue());
            }
        }
        read.checkStream(streamArn, tableName, client);
        ClientSettings settings = null;
        try {
            settings = ClientSettings.of(Service.STREAMS, client);
        } catch (IllegalArgumentException e) {
            read.problems.add(e.getMessage());
        }
        if (!Set.of("fail", "continue").contains(String.valueOf(onDataLoss))) {
            read.problems.add("on_data_loss must be fail or continue, not " + onDataLoss);
        }
        StreamsOptions.InitialPosition position = read.position();
        long minBackoffMs = read.millis(MIN_BACKOFF);
        long maxBackoffMs = read.millis(MAX_BACKOFF);
        if (minBackoffMs > maxBackoffMs) {
            read.problems.add(MIN_BACKOFF + " must not be more than " + MAX_BACKOFF);
        }
        long discoveryIntervalMs = read.millis(DISCOVERY_INTERVAL);
        if (discoveryIntervalMs == 0) {
            read.problems.add(DISCOVERY_INTERVAL + " must be at least 1 ms");
        }
        StreamsOptions options =
                new StreamsOptions(
                        settings,
                        streamArn,
                        tableName,
                        position,
                        read.timestamp(position),
                        discoveryIntervalMs,
                        read.count(INCONSISTENCY_RETRIES),
                        read.count(MAX_RETRIES),
                        minBackoffMs,
                        maxBackoffMs,
                        read.millis(EMPTY_POLL_DELAY),
                        read.millis(NON_EMPTY_POLL_DELAY),
                        "fail".equals(onDataLoss),
                        bounded,
                        endMillis);
        if (!read.problems.isEmpty()) {
            throw new IllegalArgumentException(
                    "The DynamoDB Streams source cannot be built:\n  - "
                            + String.join("\n  - ", read.problems));
        }
        return options;
    }

    /** A stream exists in one region only, so its ARN says more than the environment does. */
    private void checkStream(
            @Nullable String streamArn, @Nullable String tableName, Map<String, String> client) {
        if ((streamArn == null) == (tableName == null)) {
            problems.add("give either the ARN of a stream or the name of a table");
        }
        if (streamArn == null) {
            return;
        }
        Matcher arn = ARN.matcher(streamArn);
        if (!arn.matches()) {
            problems.add(
                    "the ARN must be like arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
                            + "/stream/2026-01-01T00:00:00.000; it is the table's LatestStreamArn");
            return;
        }
        String region = arn.group(1);
        if (NO_REGION.equals(region)) {
            return;
        }
        String chosen = client.putIfAbsent("aws.region", region);
        if (chosen != null && !chosen.equals(region) && !client.containsKey("aws.endpoint")) {
            problems.add(
                    "aws.region is "
                            + chosen
                            + ", but the stream is in "
                            + region
                            + "; leave it out");
        }
    }

    private StreamsOptions.InitialPosition position() {
        String value = values.get(INITIAL_POSITION);
        try {
            return StreamsOptions.InitialPosition.valueOf(value);
        } catch (IllegalArgumentException e) {
            problems.add(
                    INITIAL_POSITION
                            + " must be one of "
                            + Arrays.toString(StreamsOptions.InitialPosition.values())
                            + ", not "
                            + value);
            return StreamsOptions.InitialPosition.LATEST;
        }
    }

    private long timestamp(StreamsOptions.InitialPosition position) {
        String value = values.get(INITIAL_TIMESTAMP);
        boolean wanted = position == StreamsOptions.InitialPosition.AT_TIMESTAMP;
        if (wanted == value.isEmpty()) {
            problems.add(
                    wanted
                            ? INITIAL_POSITION + " AT_TIMESTAMP needs " + INITIAL_TIMESTAMP
                            : INITIAL_TIMESTAMP
                                    + " is for "
                                    + INITIAL_POSITION
                                    + " AT_TIMESTAMP only");
        }
        if (value.isEmpty()) {
            return 0;
        }
        try {
            return OffsetDateTime.parse(value).toInstant().toEpochMilli();
        } catch (DateTimeException e) {
            try {
                return new BigDecimal(value).movePointRight(3).longValueExact();
            } catch (NumberFormatException | ArithmeticException notSeconds) {
                problems.add(
                        INITIAL_TIMESTAMP
                                + " must be a time with its offset, such as 2026-01-31T12:00:00Z,"
                                + " or seconds since 1970");
                return 0;
            }
        }
    }

    private long millis(String key) {
        try {
            long millis = TimeUtils.parseDuration(values.get(key)).toMillis();
            if (millis >= 0 && millis <= Integer.MAX_VALUE) {
                return millis;
            }
        } catch (IllegalArgumentException | ArithmeticException e) {
            // Reported below.
        }
        problems.add(key + " must be a duration of at most 24 days, such as 250 ms or 60 s");
        return 1;
    }

    private int count(String key) {
        try {
            int count = Integer.parseInt(values.get(key));
            if (count >= 0) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        problems.add(key + " must be a whole number from 0, not " + values.get(key));
        return 0;
    }
}
