package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.client.LoopbackService.Answer;
import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.utils.SdkAutoCloseable;

import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

@Timeout(60)
class BatchWriteClientTest {
    private static final KeySchema SCHEMA = ScannedRequests.SCHEMA;
    private static final String SECRET = "secret-key-of-the-test";
    private static final String TOKEN = "session-token-of-the-test";
    private static final String EMPTY = "{\"UnprocessedItems\":{}}";
    private static final long LONG_TIMEOUT_MS = 30_000;

    private LoopbackService service;
    private final List<BatchWriteClient> clients = new ArrayList<>();

    @BeforeEach
    void startService() throws Exception {
        service = new LoopbackService(request -> Answer.ok(EMPTY));
    }

    @AfterEach
    void stop() throws Exception {
        clients.forEach(BatchWriteClient::close);
        service.close();
    }

    @Test
    void batchIsSentAsOneCallAndNothingIsLeftOver() throws Exception {
        BatchWriteResult result = write(client(), puts("a", "b")).get();

        assertThat(result.unprocessed()).isEmpty();
        assertThat(result.consumedCapacityUnits()).isZero();
        assertThat(service.requests).hasSize(1);
        LoopbackService.Request request = service.requests.get(0);
        assertThat(request.method + " " + request.path).isEqualTo("POST /");
        assertThat(request.headers)
                .containsEntry("X-Amz-Target", "DynamoDB_20120810.BatchWriteItem")
                .containsEntry("Content-Type", "application/x-amz-json-1.0");
        assertThat(request.text())
                .isEqualTo(
                        "{\"RequestItems\":{\"orders\":["
                                + "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"a\"}}}},"
                                + "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"b\"}}}}]}}");
    }

    @Test
    void unprocessedKeysAndCapacityAreReported() throws Exception {
        service.answer(
                request ->
                        Answer.ok(
                                "{\"UnprocessedItems\":{\"orders\":["
                                        + "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"b\"}}}},"
                                        + "{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\"c\"}}}}]},"
                                        + "\"ConsumedCapacity\":[{\"TableName\":\"orders\","
                                        + "\"CapacityUnits\":2.5}]}"));
        List<EncodedWriteRequest> batch =
                ScannedRequests.of(
                        put("a"), put("b"), "{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\"c\"}}}}");
        BatchWriteResult result = client().batchWrite("orders", SCHEMA, batch, true).get();

        assertThat(result.unprocessed()).containsExactly(batch.get(1).key(), batch.get(2).key());
        assertThat(result.consumedCapacityUnits()).isEqualTo(2.5);
        assertThat(service.requests.get(0).text())
                .startsWith("{\"ReturnConsumedCapacity\":\"TOTAL\",\"RequestItems\":{\"orders\":[");
    }

    /** From below the 64 KB of one piece to what a service would refuse. */
    @ParameterizedTest
    @CsvSource({
        "1, 100",
        "25, 100",
        "25, 2600",
        "25, 8000",
        "25, 8200",
        "25, 20000",
        "1, 65490",
        "1, 65500",
        "25, 409000",
    })
    void bytesArriveAsTheyWereGivenWhateverTheSize(int count, int size) throws Exception {
        String[] texts = new String[count];
        StringBuilder expected = new StringBuilder("{\"RequestItems\":{\"orders\":[");
        for (int i = 0; i < count; i++) {
            // Some small among the large ones, and not ASCII only.
            int length = i % 7 == 3 ? 5 : size;
            texts[i] =
                    "{\"PutRequest\": {\"Item\":{\"id\":{\"S\":\"k"
                            + i
                            + "\"},\"t\":{\"S\":\"\u00e9\ud83d\ude00"
                            + Integer.toString(i, 36).repeat(length).substring(0, length)
                            + "\"}}}}";
            expected.append(i == 0 ? "" : ",").append(texts[i]);
        }
        expected.append("]}}");

        write(client(), ScannedRequests.of(texts)).get();

        assertThat(service.requests.get(0).body)
                .isEqualTo(expected.toString().getBytes(StandardCharsets.UTF_8));
        assertSigned(service.requests.get(0));
    }

    @Test
    void tableNameIsQuoted() throws Exception {
        client().batchWrite("a\"b\\c\n", SCHEMA, puts("a"), false).get();
        assertThat(service.requests.get(0).text())
                .startsWith("{\"RequestItems\":{\"a\\\"b\\\\c\\u000a\":[{");
    }

    @Test
    void signatureIsRightWithAndWithoutSessionToken() throws Exception {
        write(client(), puts("a")).get();
        assertSigned(service.requests.get(0));
        assertThat(service.requests.get(0).headers).doesNotContainKey("X-Amz-Security-Token");

        Map<String, String> properties = properties();
        properties.put("aws.credentials.provider.basic.sessiontoken", TOKEN);
        write(client(properties), puts("a")).get();
        assertSigned(service.requests.get(1));
        assertThat(service.requests.get(1).headers).containsEntry("X-Amz-Security-Token", TOKEN);
        assertThat(service.requests.get(1).headers.get("Authorization"))
                .contains("x-amz-security-token", "x-amz-date", "host", "x-amz-target");
    }

    static Stream<String> codesOfTheTable() {
        return ErrorCodes.table().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("codesOfTheTable")
    void everyCodeOfTheTableIsReadFromTheBody(String code) throws Exception {
        service.answer(request -> Answer.error(code, "Something went wrong"));
        ServiceFailure failure = failure(write(client(), puts("a")));

        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.errorClass()).isEqualTo(ErrorCodes.table().get(code));
        assertThat(failure.httpStatus()).isEqualTo(400);
        assertThat(failure)
                .hasMessageContainingAll(
                        "BatchWriteItem on table orders, region eu-west-1, endpoint "
                                + service.endpoint(),
                        code + ", HTTP 400: Something went wrong",
                        ErrorCodes.reason(code));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ThrottlingException|{}",
                "ThrottlingException:http://internal.amazon.com/coral/x/|{}",
                "com.amazon#ThrottlingException|{\"__type\":\"ValidationException\"}",
                "|{\"__type\":\"ThrottlingException\"}",
                "|{\"__type\":\"com.amazon.coral.availability#ThrottlingException\"}",
                "|{\"__type\":\"a#ThrottlingException:http://x\"}",
                "|{\"code\":\"ThrottlingException\",\"Message\":\"m\"}",
                "not a code: at all|{\"__type\":\"ThrottlingException\"}",
            })
    void codeIsFoundInHeaderOrBody(String header, String body) throws Exception {
        service.answer(
                request -> {
                    Answer answer = Answer.of(400, body);
                    return header == null ? answer : answer.with("x-amzn-ErrorType", header);
                });
        assertThat(failure(write(client(), puts("a"))).code()).isEqualTo("ThrottlingException");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "500||TRANSIENT|an empty answer",
                "503|Service Unavailable|TRANSIENT|an answer of 19 bytes, text/plain",
                "502|<html>secret-word</html>|TRANSIENT|an answer of 24 bytes, text/plain",
                "500|{\"mess|TRANSIENT|an answer of 6 bytes, text/plain",
                "500|[1]|TRANSIENT|an answer of 3 bytes, text/plain",
                "429|{}|THROTTLED|an answer of 2 bytes, JSON",
                "400|{\"message\":\"m\"}|FATAL|m; no error code in an answer",
                "404|no|FATAL|an answer of 2 bytes",
                "302||FATAL|an empty answer",
                "204||FATAL|an empty answer",
                "400|{\"__type\":\"secret word!\"}|FATAL|JSON",
                "400|{\"__type\":7}|FATAL|JSON",
            })
    void answerWithoutCodeIsClassedByItsStatus(
            int status, String body, ErrorClass errorClass, String text) throws Exception {
        service.answer(
                request ->
                        Answer.of(status, body == null ? "" : body)
                                .with("Content-Type", "text/plain; charset=utf-8"));
        ServiceFailure failure = failure(write(client(), puts("a")));

        assertThat(failure.errorClass()).isEqualTo(errorClass);
        assertThat(failure.code()).isEqualTo("HTTP" + status);
        assertThat(failure.httpStatus()).isEqualTo(status);
        assertThat(failure).hasMessageContaining(text).hasMessageNotContaining("secret");
    }

    @Test
    void throttlingReasonsAreNamed() throws Exception {
        service.answer(
                request ->
                        Answer.of(
                                400,
                                "{\"__type\":\"ThrottlingException\",\"message\":\"slow\","
                                        + "\"throttlingReasons\":[{\"reason\":\"B\",\"resource\":"
                                        + "\"arn:x\"},{\"reason\":\"A\"},7]}"));
        assertThat(failure(write(client(), puts("a")))).hasMessageContaining("reasons: A, B");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "not json", "{\"UnprocessedItems\":7}", "{\"UnprocessedItems\":{}"})
    void successThatCannotBeReadIsTransient(String body) throws Exception {
        service.answer(request -> Answer.ok(body));
        ServiceFailure failure = failure(write(client(), puts("a")));

        assertThat(failure.code()).isEqualTo(ErrorCodes.MALFORMED_RESPONSE);
        assertThat(failure.errorClass()).isEqualTo(ErrorClass.TRANSIENT);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 400})
    void answerThatDoesNotMatchItsChecksumIsTransient(int status) throws Exception {
        service.answer(request -> Answer.of(status, EMPTY).with("x-amz-crc32", "12345"));
        ServiceFailure failure = failure(write(client(), puts("a")));

        assertThat(failure.code()).isEqualTo(ErrorCodes.CHECKSUM_MISMATCH);
        assertThat(failure.errorClass()).isEqualTo(ErrorClass.TRANSIENT);
    }

    @Test
    void largeAnswerIsReadWhole() throws Exception {
        String item = "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"a\"},\"x\":{\"S\":\"%s\"}}}}";
        service.answer(
                request ->
                        Answer.ok(
                                "{\"UnprocessedItems\":{\"orders\":["
                                        + String.format(item, "y".repeat(3_000_000))
                                        + "]}}"));
        assertThat(write(client(), puts("a")).get().unprocessed()).hasSize(1);
    }

    @Test
    void connectionsAreKeptForTheNextCallAlsoAfterARefusal() throws Exception {
        BatchWriteClient client = client();
        for (int i = 0; i < 20; i++) {
            boolean refuse = i % 2 == 1;
            service.answer(request -> refuse ? Answer.error("X", "y") : Answer.ok(EMPTY));
            write(client, puts("a")).handle((result, fault) -> null).get();
            Thread.sleep(5);
        }
        assertThat(service.connections()).isLessThanOrEqualTo(5);
    }

    @Test
    void lateAnswerEndsInATimeoutAndClosesTheConnection() throws Exception {
        Map<String, String> properties = properties();
        // Else this one would close the connection as well.
        properties.put("aws.http-client.read-timeout", "60000");
        BatchWriteClient client = client(properties, 10, 1_500);
        // The first call has to connect, which may take its time where much else runs.
        writeUntilAnswered(client, "a");
        CompletableFuture<Void> ended = new CompletableFuture<>();
        service.answer(
                request -> {
                    request.awaitEndOfConnection();
                    ended.complete(null);
                    return Answer.ok(EMPTY);
                });
        long start = System.nanoTime();
        ServiceFailure failure = failure(write(client, puts("a")));

        assertThat(millisSince(start)).isBetween(1_490L, 15_000L);
        assertThat(failure.code()).isEqualTo(ErrorCodes.REQUEST_TIMEOUT);
        assertThat(failure.errorClass()).isEqualTo(ErrorClass.TRANSIENT);
        assertThat(failure).hasMessageContaining("no answer within 1500 ms");
        ended.get(10, TimeUnit.SECONDS);
        service.answer(request -> Answer.ok(EMPTY));
        writeUntilAnswered(client, "a");
    }

    @Test
    void callWhoseTimeIsOverIsNotSentLater() throws Exception {
        SlowProvider.release = new CountDownLatch(1);
        BatchWriteClient client = client(custom(SlowProvider.class), 10, 200);
        ServiceFailure failure = failure(write(client, puts("a")));
        assertThat(failure.code()).isEqualTo(ErrorCodes.REQUEST_TIMEOUT);

        SlowProvider.release.countDown();
        writeUntilAnswered(client, "b");
        assertThat(service.requests).noneMatch(request -> request.text().contains("\"a\""));
    }

    @Test
    void readTimeoutOfTheSettingsHoldsToo() throws Exception {
        service.answer(
                request -> {
                    Thread.sleep(5_000);
                    return Answer.ok(EMPTY);
                });
        Map<String, String> properties = properties();
        properties.put("aws.http-client.read-timeout", "200");
        ServiceFailure failure = failure(write(client(properties), puts("a")));
        assertThat(failure.code()).isEqualTo(ErrorCodes.CONNECTION_FAULT);
        assertThat(failure).hasMessageContaining("Read timed out");
    }

    @Test
    void connectionResetIsTransient() throws Exception {
        service.answer(request -> Answer.reset());
        assertConnectionFault(failure(write(client(), puts("a"))));
    }

    @Test
    void answerCutShortIsTransient() throws Exception {
        service.answer(request -> Answer.ok(EMPTY).cutShortBy(5));
        assertConnectionFault(failure(write(client(), puts("a"))));
    }

    @Test
    void nothingListeningIsTransient() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        Map<String, String> properties = properties();
        properties.put("aws.endpoint", "http://127.0.0.1:" + port);
        ServiceFailure failure = failure(write(client(properties), puts("a")));
        assertConnectionFault(failure);
        assertThat(failure).hasMessageContaining("refused").hasMessageContaining("" + port);
    }

    @Test
    void callersThreadIsNotHeldUpByCredentials() throws Exception {
        SlowProvider.release = new CountDownLatch(1);
        BatchWriteClient client = client(custom(SlowProvider.class));
        List<CompletableFuture<BatchWriteResult>> results = new ArrayList<>();
        // Would not come to its end on a thread that waits for credentials.
        for (int i = 0; i < 50; i++) {
            results.add(write(client, puts("a")));
            client.refreshCredentials();
        }
        assertThat(results).noneMatch(CompletableFuture::isDone);
        SlowProvider.release.countDown();
        for (CompletableFuture<BatchWriteResult> result : results) {
            assertThat(result.get().unprocessed()).isEmpty();
        }
    }

    @Test
    void expiredTokenIsReplacedAfterRefresh() throws Exception {
        RotatingProvider.count.set(0);
        service.answer(
                request ->
                        request.headers.get("Authorization").contains("id-1/")
                                ? Answer.error("ExpiredTokenException", "The token is expired")
                                : Answer.ok(EMPTY));
        BatchWriteClient client = client(custom(RotatingProvider.class));

        assertThat(failure(write(client, puts("a"))).errorClass())
                .isEqualTo(ErrorClass.EXPIRED_CREDENTIALS);
        assertThat(failure(write(client, puts("a"))).errorClass())
                .isEqualTo(ErrorClass.EXPIRED_CREDENTIALS);
        client.refreshCredentials();
        assertThat(write(client, puts("a")).get().unprocessed()).isEmpty();
        assertThat(RotatingProvider.count).hasValue(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"InvalidSignatureException", "RequestTimeTooSkewed"})
    void wrongClockIsNamedWithBothTimes(String code) throws Exception {
        Instant there = Instant.parse("2020-02-03T04:05:06Z");
        service.answer(
                request -> Answer.error(code, "Signature expired").with("Date", httpDate(there)));
        ServiceFailure failure = failure(write(client(), puts("a")));

        assertThat(failure.errorClass()).isEqualTo(ErrorClass.FATAL);
        Matcher times =
                Pattern.compile(
                                "this machine's clock says (\\S+Z), the service's says"
                                        + " 2020-02-03T04:05:06Z")
                        .matcher(failure.getMessage());
        assertThat(times.find()).isTrue();
        assertThat(Instant.parse(times.group(1)))
                .isBetween(Instant.now().minusSeconds(120), Instant.now());
    }

    @Test
    void rightClockIsNotBlamed() throws Exception {
        for (long seconds : new long[] {-230, 230}) {
            service.answer(
                    request ->
                            Answer.error("InvalidSignatureException", "no match")
                                    .with("Date", httpDate(Instant.now().plusSeconds(seconds))));
            assertThat(failure(write(client(), puts("a")))).hasMessageNotContaining("clock says");
        }
        service.answer(
                request ->
                        Answer.error("InvalidSignatureException", "no match").with("Date", "now"));
        assertThat(failure(write(client(), puts("a")))).hasMessageNotContaining("clock says");
    }

    @Test
    void failureShowsNeitherSecretNorValue() throws Exception {
        Map<String, String> properties = properties();
        properties.put("aws.credentials.provider.basic.sessiontoken", TOKEN);
        BatchWriteClient client = client(properties);
        for (String message :
                new String[] {
                    "token " + TOKEN + " of " + SECRET + " is bad",
                    "Canonical String should have been '" + TOKEN + "'",
                    "Value '{a=customer-value's}' failed",
                    "cannot be converted to a numeric value: customer-value",
                }) {
            service.answer(request -> Answer.error("ValidationException", message));
            StringWriter trace = new StringWriter();
            failure(write(client, puts("customer-value")))
                    .printStackTrace(new PrintWriter(trace, true));
            assertThat(trace.toString())
                    .contains("ValidationException")
                    .doesNotContain(SECRET)
                    .doesNotContain(TOKEN)
                    .doesNotContain("customer-value");
        }
        assertThat(client.describe()).isEqualTo("region eu-west-1, endpoint " + service.endpoint());
    }

    @Test
    void keySchemaIsDescribed() throws Exception {
        service.answer(request -> Answer.ok(described("\"N\"")));
        assertThat(client().describeKeySchema("orders"))
                .isEqualTo(new KeySchema("user", KeyType.S, "at", KeyType.N));
        LoopbackService.Request request = service.requests.get(0);
        assertThat(request.text()).isEqualTo("{\"TableName\":\"orders\"}");
        assertThat(request.headers)
                .containsEntry("X-Amz-Target", "DynamoDB_20120810.DescribeTable");
        assertSigned(request);
    }

    @Test
    void keySchemaIsAskedForAgainWhereThatHelps() throws Exception {
        Answer[] answers = {
            Answer.error("ThrottlingException", "x"),
            Answer.reset(),
            Answer.error("ExpiredTokenException", "x"),
            Answer.of(500, ""),
            Answer.ok(described("\"N\"")),
        };
        AtomicInteger next = new AtomicInteger();
        service.answer(request -> answers[next.getAndIncrement()]);
        RotatingProvider.count.set(0);
        assertThat(client(custom(RotatingProvider.class)).describeKeySchema("orders").sortKey())
                .isEqualTo("at");
        assertThat(RotatingProvider.count).hasValue(2);
    }

    @ParameterizedTest
    @CsvSource({
        "AccessDeniedException, 1",
        "ResourceNotFoundException, 1",
        "ExpiredTokenException, 2",
        "ThrottlingException, 5",
    })
    void describingGivesUpAtOnceOrAfterAFewAttempts(String code, int attempts) throws Exception {
        service.answer(request -> Answer.error(code, "x"));
        BatchWriteClient client = client();
        assertThatThrownBy(() -> client.describeKeySchema("orders"))
                .isInstanceOfSatisfying(
                        ServiceFailure.class, failure -> assertThat(failure.code()).isEqualTo(code))
                .hasMessageContaining("DescribeTable on table orders, region eu-west-1");
        assertThat(service.requests).hasSize(attempts);
    }

    @Test
    void descriptionThatCannotBeReadIsAFailure() throws Exception {
        service.answer(request -> Answer.ok(described("\"Q\"")));
        BatchWriteClient client = client();
        assertThatThrownBy(() -> client.describeKeySchema("orders"))
                .isInstanceOfSatisfying(
                        ServiceFailure.class,
                        failure ->
                                assertThat(failure.code())
                                        .isEqualTo(ErrorCodes.MALFORMED_RESPONSE));
    }

    @Test
    void interruptEndsDescribing() throws Exception {
        service.answer(
                request -> {
                    Thread.sleep(10_000);
                    return Answer.ok("");
                });
        BatchWriteClient client = client();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> client.describeKeySchema("orders"))
                .isInstanceOf(ServiceFailure.class)
                .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void closingEndsOpenCallsConnectionsAndThreads() throws Exception {
        CountDownLatch received = new CountDownLatch(3);
        service.answer(
                request -> {
                    received.countDown();
                    Thread.sleep(3_000);
                    return Answer.ok(EMPTY);
                });
        Set<Thread> before = ownThreads();
        ClosingProvider.closed = false;
        BatchWriteClient client = client(custom(ClosingProvider.class));
        List<CompletableFuture<BatchWriteResult>> results = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            results.add(write(client, puts("a")));
        }
        received.await();
        assertThat(ownThreads().size()).isGreaterThan(before.size());
        // A cancelled Flink task closes its writer on an interrupted thread.
        Thread.currentThread().interrupt();
        client.close();
        assertThat(Thread.interrupted()).isTrue();

        for (CompletableFuture<BatchWriteResult> result : results) {
            assertThat(result).isDone();
            assertThat(failure(result).code()).isEqualTo(ErrorCodes.CLIENT_CLOSED);
        }
        assertThat(failure(write(client, puts("a"))).code()).isEqualTo(ErrorCodes.CLIENT_CLOSED);
        await(() -> ClosingProvider.closed);
        await(() -> before.containsAll(ownThreads()));
        await(() -> service.openConnections.get() == 0);
        client.close();
    }

    @Test
    void clientsOfTheSameSettingsShareThreadsAndConnectionsUntilTheLastOneCloses()
            throws Exception {
        Set<Thread> before = ownThreads();
        ClosingProvider.closed = false;
        BatchWriteClient first = client(custom(ClosingProvider.class));
        write(first, puts("a")).get();
        Set<Thread> ofTheFirst = ownThreads();
        BatchWriteClient second = client(custom(ClosingProvider.class));
        write(second, puts("b")).get();
        assertThat(ownThreads()).isEqualTo(ofTheFirst);
        assertThat(service.connections()).isEqualTo(1);

        CountDownLatch received = new CountDownLatch(2);
        CountDownLatch answer = new CountDownLatch(1);
        service.answer(
                request -> {
                    received.countDown();
                    answer.await();
                    return Answer.ok(EMPTY);
                });
        CompletableFuture<BatchWriteResult> ofFirst = write(first, puts("c"));
        CompletableFuture<BatchWriteResult> ofSecond = write(second, puts("d"));
        received.await();
        first.close();
        first.close();
        assertThat(failure(ofFirst).code()).isEqualTo(ErrorCodes.CLIENT_CLOSED);
        assertThat(failure(write(first, puts("e"))).code()).isEqualTo(ErrorCodes.CLIENT_CLOSED);
        assertThat(ofSecond).isNotDone();
        answer.countDown();
        assertThat(ofSecond.get().unprocessed()).isEmpty();
        assertThat(write(second, puts("f")).get().unprocessed()).isEmpty();
        assertThat(ClosingProvider.closed).isFalse();

        second.close();
        await(() -> ClosingProvider.closed);
        await(() -> before.containsAll(ownThreads()));
    }

    @Test
    void clientsOfOtherSettingsShareNothing() throws Exception {
        Map<String, String> trusting = properties();
        trusting.put("aws.trust.all.certificates", "true");
        write(client(), puts("a")).get();
        write(client(trusting), puts("b")).get();
        write(client(properties(), 10, LONG_TIMEOUT_MS + 1), puts("c")).get();
        ClassLoader own = Thread.currentThread().getContextClassLoader();
        try {
            Thread.currentThread().setContextClassLoader(new ClassLoader(own) {});
            write(client(), puts("d")).get();
        } finally {
            Thread.currentThread().setContextClassLoader(own);
        }
        assertThat(service.connections()).isEqualTo(4);
    }

    @Test
    void callsBeyondTheBoundWaitForOthersToEndHoweverTheseEnd() throws Exception {
        AtomicInteger underWay = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger count = new AtomicInteger();
        service.answer(
                request -> {
                    most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                    Thread.sleep(2);
                    underWay.decrementAndGet();
                    return count.incrementAndGet() % 3 == 0
                            ? Answer.error("ValidationException", "no")
                            : Answer.ok(EMPTY);
                });
        BatchWriteClient client = client(properties(), 4, LONG_TIMEOUT_MS);
        client(properties(), 50, LONG_TIMEOUT_MS); // its larger bound is its own
        List<CompletableFuture<BatchWriteResult>> results = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            results.add(write(client, puts("k" + i)));
        }
        for (CompletableFuture<BatchWriteResult> result : results) {
            result.handle((value, failure) -> null).get(30, TimeUnit.SECONDS);
        }
        assertThat(most).hasValueBetween(2, 4);
        assertThat(service.requests).hasSize(200);
    }

    @Test
    void callWhoseTimeIsOverWhileItWaitsLeavesItsPlaceToTheNext() throws Exception {
        CountDownLatch answer = new CountDownLatch(1);
        service.answer(
                request -> {
                    answer.await();
                    return Answer.ok(EMPTY);
                });
        BatchWriteClient client = client(properties(), 1, 300);
        CompletableFuture<BatchWriteResult> sent = write(client, puts("a"));
        CompletableFuture<BatchWriteResult> waiting = write(client, puts("b"));
        assertThat(failure(sent).errorClass()).isEqualTo(ErrorClass.TRANSIENT);
        assertThat(failure(waiting).errorClass()).isEqualTo(ErrorClass.TRANSIENT);
        answer.countDown();
        writeUntilAnswered(client, "c");
    }

    /** An idle connection remembers its last call; that must not keep a batch alive. */
    @ParameterizedTest
    @ValueSource(ints = {2_000, 100_000})
    void finishedCallsHoldNoMemory(int size) throws Exception {
        BatchWriteClient client = client();
        List<WeakReference<Object>> bodies = new ArrayList<>();
        List<WeakReference<Object>> results = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            writeWeakly(client, "x".repeat(size), bodies, results);
        }
        for (int i = 0; i < 20 && alive(bodies) + alive(results) > 0; i++) {
            System.gc();
            Thread.sleep(50);
        }
        assertThat(alive(bodies)).isZero();
        assertThat(alive(results)).isZero();
        assertThat(service.connections()).isLessThan(20);
    }

    private static void writeWeakly(
            BatchWriteClient client,
            String text,
            List<WeakReference<Object>> bodies,
            List<WeakReference<Object>> results)
            throws Exception {
        List<EncodedWriteRequest> batch =
                ScannedRequests.of(
                        "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"a\"},\"t\":{\"S\":\""
                                + text
                                + "\"}}}}");
        bodies.add(new WeakReference<>(batch.get(0).bytes()));
        CompletableFuture<BatchWriteResult> result = write(client, batch);
        results.add(new WeakReference<>(result));
        result.get();
    }

    @Test
    void timeOfACallDoesNotRunWhileItWaitsForItsTurn() throws Exception {
        service.answer(
                request -> {
                    Thread.sleep(200);
                    return Answer.ok(EMPTY);
                });
        Map<String, String> properties = properties();
        properties.put("aws.http-client.max-concurrency", "1");
        BatchWriteClient client = client(properties, 50, 1_000);
        List<CompletableFuture<BatchWriteResult>> results = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            results.add(write(client, puts("k" + i)));
        }
        for (CompletableFuture<BatchWriteResult> result : results) {
            assertThat(result.get().unprocessed()).isEmpty();
        }
    }

    @Test
    void manyCallsShareNoMoreConnectionsThanAllowed() throws Exception {
        AtomicInteger most = new AtomicInteger();
        service.answer(
                request -> {
                    most.accumulateAndGet(service.openConnections.get(), Math::max);
                    Thread.sleep(5);
                    return Answer.ok(EMPTY);
                });
        Map<String, String> properties = properties();
        properties.put("aws.http-client.max-concurrency", "3");
        BatchWriteClient client = client(properties, 50, LONG_TIMEOUT_MS);
        List<CompletableFuture<BatchWriteResult>> results = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            results.add(write(client, puts("k" + i)));
        }
        for (CompletableFuture<BatchWriteResult> result : results) {
            result.get();
        }
        assertThat(service.requests.stream().map(LoopbackService.Request::text)).hasSize(200);
        assertThat(most).hasValueBetween(2, 3);
    }

    @Test
    void certificatesAreCheckedUnlessAllAreToBeTrusted(@TempDir Path directory) throws Exception {
        try (LoopbackService tls =
                new LoopbackService(
                        "https",
                        selfSigned(directory).getServerSocketFactory(),
                        request -> Answer.ok(EMPTY))) {
            Map<String, String> properties = properties();
            properties.put("aws.endpoint", tls.endpoint().toString());
            assertConnectionFault(failure(write(client(properties), puts("a"))));
            properties.put("aws.trust.all.certificates", "true");
            assertThat(write(client(properties), puts("a")).get().unprocessed()).isEmpty();
        }
    }

    @Test
    void proxyIsAskedForATunnelToTheService(@TempDir Path directory) throws Exception {
        Map<String, String> settings = new HashMap<>();
        try (LoopbackService tls =
                        new LoopbackService(
                                "https",
                                selfSigned(directory).getServerSocketFactory(),
                                request -> Answer.ok(EMPTY));
                TunnelingProxy proxy = new TunnelingProxy(tls.endpoint().getPort())) {
            settings.put("https.proxyHost", "127.0.0.1");
            settings.put("https.proxyPort", Integer.toString(proxy.port()));
            settings.put("https.proxyUser", "me");
            settings.put("https.proxyPassword", "secret");
            settings.forEach(System::setProperty);
            Map<String, String> properties = properties();
            properties.put("aws.endpoint", "https://dynamodb.example");
            properties.put("aws.trust.all.certificates", "true");

            assertThat(write(client(properties), puts("a")).get().unprocessed()).isEmpty();
            assertThat(proxy.asked)
                    .containsExactly("CONNECT dynamodb.example:443 HTTP/1.1 Basic bWU6c2VjcmV0");
        } finally {
            settings.keySet().forEach(System::clearProperty);
        }
    }

    @Test
    void regionHasItsOwnEndpointUnlessOneIsGiven() {
        Map<String, String> properties = properties();
        properties.remove("aws.endpoint");
        assertThat(client(properties).describe())
                .isEqualTo("region eu-west-1, endpoint https://dynamodb.eu-west-1.amazonaws.com");
        properties.put("aws.region", "cn-north-1");
        assertThat(client(properties).describe())
                .endsWith("https://dynamodb.cn-north-1.amazonaws.com.cn");
    }

    @Test
    void wishForFipsEndpointsIsHonoured() {
        Map<String, String> properties = properties();
        properties.remove("aws.endpoint");
        System.setProperty("aws.useFipsEndpoint", "true");
        try {
            assertThat(client(properties).describe())
                    .endsWith("https://dynamodb-fips.eu-west-1.amazonaws.com");
        } finally {
            System.clearProperty("aws.useFipsEndpoint");
        }
    }

    /** Holds up whoever asks, until the test says so. */
    static final class SlowProvider implements AwsCredentialsProvider {
        static volatile CountDownLatch release;

        @Override
        public AwsCredentials resolveCredentials() {
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return AwsBasicCredentials.create("id", SECRET);
        }
    }

    /** Every instance has the next credentials. */
    static final class RotatingProvider implements AwsCredentialsProvider {
        static final AtomicInteger count = new AtomicInteger();
        private final int number = count.incrementAndGet();

        @Override
        public AwsCredentials resolveCredentials() {
            return AwsBasicCredentials.create("id-" + number, SECRET);
        }
    }

    static final class ClosingProvider implements AwsCredentialsProvider, SdkAutoCloseable {
        static volatile boolean closed;

        @Override
        public AwsCredentials resolveCredentials() {
            return AwsBasicCredentials.create("id", SECRET);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private Map<String, String> properties() {
        return new HashMap<>(
                Map.of(
                        "aws.region",
                        "eu-west-1",
                        "aws.endpoint",
                        service.endpoint().toString(),
                        "aws.credentials.provider.basic.accesskeyid",
                        "id",
                        "aws.credentials.provider.basic.secretkey",
                        SECRET));
    }

    private Map<String, String> custom(Class<?> provider) {
        Map<String, String> properties = properties();
        properties.put("aws.credentials.provider", "CUSTOM");
        properties.put("aws.credentials.provider.custom.class", provider.getName());
        return properties;
    }

    private BatchWriteClient client() {
        return client(properties());
    }

    private BatchWriteClient client(Map<String, String> properties) {
        return client(properties, 10, LONG_TIMEOUT_MS);
    }

    private BatchWriteClient client(
            Map<String, String> properties, int maxInFlight, long requestTimeoutMs) {
        BatchWriteClient client =
                BatchWriteClient.open(ClientSettings.of(properties), maxInFlight, requestTimeoutMs);
        clients.add(client);
        return client;
    }

    private static CompletableFuture<BatchWriteResult> write(
            BatchWriteClient client, List<EncodedWriteRequest> batch) {
        return client.batchWrite("orders", SCHEMA, batch, false);
    }

    private static void writeUntilAnswered(BatchWriteClient client, String id) throws Exception {
        while (write(client, puts(id)).handle((result, fault) -> fault != null).get()) {
            Thread.sleep(10);
        }
    }

    /** What a callback on the very future sees. */
    private static ServiceFailure failure(CompletableFuture<BatchWriteResult> result)
            throws Exception {
        Throwable fault = result.handle((value, failure) -> failure).get(30, TimeUnit.SECONDS);
        assertThat(fault).isInstanceOf(ServiceFailure.class);
        return (ServiceFailure) fault;
    }

    private static void assertConnectionFault(ServiceFailure failure) {
        assertThat(failure.code()).isEqualTo(ErrorCodes.CONNECTION_FAULT);
        assertThat(failure.errorClass()).isEqualTo(ErrorClass.TRANSIENT);
        assertThat(failure.httpStatus()).isZero();
    }

    private static void assertSigned(LoopbackService.Request request) throws Exception {
        assertThat(request.headers.get("Authorization"))
                .isEqualTo(Signature.expected(request, "id", SECRET, "eu-west-1"));
    }

    private static String put(String id) {
        return "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"" + id + "\"}}}}";
    }

    private static List<EncodedWriteRequest> puts(String... ids) throws Exception {
        return ScannedRequests.of(
                Stream.of(ids).map(BatchWriteClientTest::put).toArray(String[]::new));
    }

    private static String described(String sortType) {
        return "{\"Table\":{\"AttributeDefinitions\":["
                + "{\"AttributeName\":\"at\",\"AttributeType\":"
                + sortType
                + "},{\"AttributeName\":\"user\",\"AttributeType\":\"S\"}],"
                + "\"KeySchema\":[{\"AttributeName\":\"at\",\"KeyType\":\"RANGE\"},"
                + "{\"AttributeName\":\"user\",\"KeyType\":\"HASH\"}]}}";
    }

    private static String httpDate(Instant time) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.ofInstant(time, ZoneOffset.UTC));
    }

    private static long alive(List<WeakReference<Object>> references) {
        return references.stream().filter(reference -> reference.get() != null).count();
    }

    private static Set<Thread> ownThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("pyflink-dynamodb-"))
                .collect(Collectors.toSet());
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(millisSince(start)).isLessThan(10_000);
            Thread.sleep(10);
        }
    }

    private static long millisSince(long startNanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    private static SSLContext selfSigned(Path directory) throws Exception {
        Path store = directory.resolve("keys.p12");
        char[] password = "password".toCharArray();
        new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "password")
                .inheritIO()
                .start()
                .waitFor();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, password);
        }
        KeyManagerFactory managers =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }
}
