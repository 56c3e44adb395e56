package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.client.LoopbackService.Answer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

@Timeout(60)
class StreamsClientTest {
    private static final String ARN = "arn:of:a:stream";

    private final List<ServiceFailure> retried = Collections.synchronizedList(new ArrayList<>());
    private LoopbackService service;
    private StreamsClient client;

    @BeforeEach
    void open() throws Exception {
        service = new LoopbackService(request -> Answer.ok("{}"));
        ClientSettings settings =
                ClientSettings.of(
                        Service.STREAMS,
                        Map.of(
                                "aws.region",
                                "eu-west-1",
                                "aws.endpoint",
                                service.endpoint().toString(),
                                "aws.credentials.provider.basic.accesskeyid",
                                "key",
                                "aws.credentials.provider.basic.secretkey",
                                "secret"));
        client = StreamsClient.open(settings, 4, 10_000, 3, 1, 10, retried::add);
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        service.close();
    }

    @Test
    void allPagesOfADescriptionAreOne() throws Exception {
        service.answer(
                request -> {
                    boolean first = !request.text().contains("ExclusiveStartShardId");
                    return Answer.ok(
                                    "{\"StreamDescription\":{\"StreamStatus\":\"ENABLED\","
                                            + "\"StreamViewType\":\"KEYS_ONLY\",\"KeySchema\":["
                                            + "{\"AttributeName\":\"s\",\"KeyType\":\"RANGE\"},"
                                            + "{\"AttributeName\":\"p\",\"KeyType\":\"HASH\"}],"
                                            + (first
                                                    ? "\"LastEvaluatedShardId\":\"a\",\"Shards\":["
                                                            + "{\"ShardId\":\"a\","
                                                            + "\"SequenceNumberRange\":{"
                                                            + "\"EndingSequenceNumber\":\"9\"}}]"
                                                    : "\"Shards\":[{\"ShardId\":\"b\","
                                                            + "\"ParentShardId\":\"a\"}]")
                                            + "}}")
                            .with("Date", "Sat, 21 Nov 2026 13:34:51 GMT");
                });

        StreamDescription found = client.describe(ARN).get(30, TimeUnit.SECONDS);

        assertThat(found.shards())
                .containsExactly(
                        new ShardDescription("a", null, true),
                        new ShardDescription("b", "a", false));
        assertThat(found.viewType()).isEqualTo("KEYS_ONLY");
        assertThat(found.keyNames()).containsExactly("p", "s");
        assertThat(found.isEnabled()).isTrue();
        assertThat(found.serviceTimeMillis()).isEqualTo(1_795_268_091_000L);
        assertThat(service.requests).hasSize(2);
        assertThat(service.requests.get(1).text()).contains("\"ExclusiveStartShardId\":\"a\"");
    }

    @Test
    void childrenOfOneShardAreAskedForByAFilter() throws Exception {
        service.answer(request -> Answer.ok("{\"StreamDescription\":{}}"));

        assertThat(client.children(ARN, "a").get(30, TimeUnit.SECONDS).shards()).isEmpty();
        assertThat(service.requests.get(0).text())
                .contains("\"ShardFilter\":{\"Type\":\"CHILD_SHARDS\",\"ShardId\":\"a\"}");
    }

    @Test
    void newestStreamOfATableIsTheOneOfTheLastLabel() throws Exception {
        service.answer(
                request ->
                        Answer.ok(
                                "{\"Streams\":[{\"StreamArn\":\"new\",\"StreamLabel\":"
                                        + "\"2026-02-01T00:00:00.000\"},{\"StreamArn\":\"old\","
                                        + "\"StreamLabel\":\"2026-01-01T00:00:00.000\"}]}"));

        assertThat(client.latestStream("orders").get(30, TimeUnit.SECONDS)).contains("new");
        assertThat(service.requests.get(0).text()).isEqualTo("{\"TableName\":\"orders\"}");
        assertThat(service.requests.get(0).headers.get("X-Amz-Target"))
                .isEqualTo("DynamoDBStreams_20120810.ListStreams");
        service.answer(request -> Answer.ok("{\"Streams\":[]}"));
        assertThat(client.latestStream("orders").get(30, TimeUnit.SECONDS)).isEmpty();
    }

    @Test
    void iteratorByTimeIsAskedForToTheMillisecondAndOnce() throws Exception {
        service.answer(request -> Answer.of(500, "{}"));

        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try {
            assertThat(client.iteratorAtTimestamp(ARN, "a", 1_795_268_040_007L))
                    .failsWithin(30, TimeUnit.SECONDS)
                    .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                    .withMessageContaining("GetShardIterator on stream " + ARN + ", shard a");
        } finally {
            Locale.setDefault(before);
        }
        assertThat(service.requests).hasSize(1);
        assertThat(service.requests.get(0).text())
                .contains("\"ShardIteratorType\":\"AT_TIMESTAMP\",\"Timestamp\":1795268040.007");
    }

    @Test
    void credentialsMayExpireAgainAfterTheServiceTookThem() throws Exception {
        service.answer(
                request -> {
                    switch (service.requests.size()) {
                        case 1:
                        case 3:
                            return Answer.error("ExpiredTokenException", "no");
                        case 2:
                            return Answer.error("LimitExceededException", "no");
                        default:
                            return Answer.ok("{\"ShardIterator\":\"i\"}");
                    }
                });

        assertThat(client.iteratorAtTrimHorizon(ARN, "a").get(30, TimeUnit.SECONDS)).isEqualTo("i");
        assertThat(service.requests).hasSize(4);
    }

    @Test
    void retriesAreToldAndEndWithTheFailure() {
        service.answer(
                request ->
                        service.requests.size() < 3
                                ? Answer.error("LimitExceededException", "no")
                                : Answer.of(500, "{}"));

        assertThat(client.describe(ARN))
                .failsWithin(30, TimeUnit.SECONDS)
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withCauseInstanceOf(ServiceFailure.class);
        // Two throttled, one try and three retries of what failed otherwise.
        assertThat(service.requests).hasSize(6);
        assertThat(retried)
                .extracting(ServiceFailure::errorClass)
                .containsExactly(
                        ErrorClass.THROTTLED,
                        ErrorClass.THROTTLED,
                        ErrorClass.TRANSIENT,
                        ErrorClass.TRANSIENT,
                        ErrorClass.TRANSIENT);
    }
}
