package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Map;
import java.util.TreeMap;

class StreamsConfigTest {
    private static final String ARN =
            "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000";

    @Test
    void whatIsLeftOutHasTheConnectorsDefaults() {
        StreamsOptions options = of(Map.of());

        assertThat(options.initialPosition).isEqualTo(StreamsOptions.InitialPosition.LATEST);
        assertThat(options.discoveryIntervalMs).isEqualTo(60_000);
        assertThat(options.inconsistencyRetries).isEqualTo(5);
        assertThat(options.maxRetries).isEqualTo(50);
        assertThat(options.minBackoffMs).isEqualTo(100);
        assertThat(options.maxBackoffMs).isEqualTo(1_000);
        assertThat(options.emptyPollDelayMs).isEqualTo(1_000);
        assertThat(options.nonEmptyPollDelayMs).isEqualTo(250);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-31T13:00:00+01:00, 1769860800000",
        "2026-01-31T12:00:00Z, 1769860800000",
        "1769860800, 1769860800000",
        "1769860800.25, 1769860800250"
    })
    void startTimeIsATimeWithItsOffsetOrSeconds(String text, long millis) {
        StreamsOptions options =
                of(
                        Map.of(
                                StreamsConfig.INITIAL_POSITION,
                                "AT_TIMESTAMP",
                                StreamsConfig.INITIAL_TIMESTAMP,
                                text));

        assertThat(options.initialTimeMillis).isEqualTo(millis);
    }

    @ParameterizedTest
    @CsvSource({"2 s, 2000", "PT2S, 0", "1500, 1500", "1 min, 60000"})
    void durationsAreReadAsFlinkReadsThem(String text, long millis) {
        Map<String, String> config = Map.of(StreamsConfig.EMPTY_POLL_DELAY, text);
        if (millis == 0) {
            assertThatThrownBy(() -> of(config)).hasMessageContaining("must be a duration");
        } else {
            assertThat(of(config).emptyPollDelayMs).isEqualTo(millis);
        }
    }

    @Test
    void everyProblemIsNamedAtOnce() {
        Map<String, String> config = new TreeMap<>();
        config.put("flink.stream.initpos.timestmp", "1");
        config.put(StreamsConfig.INITIAL_POSITION, "EARLIEST");
        config.put(StreamsConfig.MAX_RETRIES, "-1");
        config.put(StreamsConfig.EMPTY_POLL_DELAY, "soon");
        config.put(StreamsConfig.MIN_BACKOFF, "2 s");
        config.put(StreamsConfig.DISCOVERY_INTERVAL, "0");
        config.put("aws.regoin", "eu-west-1");
        config.put("aws.region", "eu-central-1");

        assertThatThrownBy(() -> StreamsConfig.of(ARN, "orders", config, "ignore", false, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("did you mean flink.stream.initpos.timestamp?")
                .hasMessageContaining("initpos must be one of [LATEST, TRIM_HORIZON, AT_TIMESTAMP]")
                .hasMessageContaining("numretries must be a whole number from 0, not -1")
                .hasMessageContaining("empty.mindelay must be a duration")
                .hasMessageContaining("mindelayduration must not be more than")
                .hasMessageContaining("intervalmillis must be at least 1 ms")
                .hasMessageContaining("did you mean aws.region?")
                .hasMessageContaining("aws.region is eu-central-1, but the stream is in eu-west-1")
                .hasMessageContaining("on_data_loss must be fail or continue, not ignore")
                .hasMessageContaining("give either the ARN of a stream or the name of a table");
    }

    @Test
    void startTimeAndPositionBelongTogether() {
        assertThatThrownBy(() -> of(Map.of(StreamsConfig.INITIAL_POSITION, "AT_TIMESTAMP")))
                .hasMessageContaining("AT_TIMESTAMP needs flink.stream.initpos.timestamp");
        assertThatThrownBy(() -> of(Map.of(StreamsConfig.INITIAL_TIMESTAMP, "1")))
                .hasMessageContaining("is for flink.stream.initpos AT_TIMESTAMP only");
        assertThatThrownBy(
                        () ->
                                of(
                                        Map.of(
                                                StreamsConfig.INITIAL_POSITION,
                                                "AT_TIMESTAMP",
                                                StreamsConfig.INITIAL_TIMESTAMP,
                                                "2026-01-31T12:00:00")))
                .hasMessageContaining("a time with its offset");
    }

    @Test
    void regionIsTheStreamsOwn() {
        assertThat(of(Map.of()).client.region()).isEqualTo("eu-west-1");
        Map<String, String> emulator =
                Map.of("aws.region", "us-east-1", "aws.endpoint", "http://127.0.0.1:8000");
        assertThat(of(emulator).client.region()).isEqualTo("us-east-1");
        String local = ARN.replace("eu-west-1", "ddblocal");
        assertThat(StreamsConfig.of(local, null, emulator, "fail", false, 0).client.region())
                .isEqualTo("us-east-1");
    }

    @ParameterizedTest
    @CsvSource({"orders", "arn:aws:dynamodb:eu-west-1:123456789012:table/orders", "''"})
    void whatIsNoArnOfAStreamIsRefused(String arn) {
        assertThatThrownBy(() -> StreamsConfig.of(arn, null, Map.of(), "fail", false, 0))
                .hasMessageContaining("LatestStreamArn");
    }

    private static StreamsOptions of(Map<String, String> config) {
        return StreamsConfig.of(ARN, null, config, "fail", false, 0);
    }
}
