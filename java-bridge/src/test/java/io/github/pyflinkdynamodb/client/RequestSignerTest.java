package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.request.EncodedWriteRequest;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The SDK's own signer says what is right. */
class RequestSignerTest {
    private static final AwsV4HttpSigner SDK = AwsV4HttpSigner.create();
    private static final String REGION = "eu-west-1";
    private static final List<String> ENDPOINTS =
            List.of(
                    "https://dynamodb.eu-west-1.amazonaws.com",
                    "https://dynamodb.eu-west-1.amazonaws.com/",
                    "http://127.0.0.1:8000",
                    "http://localhost:80/",
                    "https://localhost:443",
                    "https://[::1]:4566",
                    "http://gateway.example:4566/some/path",
                    "http://gateway.example/a%20b/../c/",
                    "http://Gateway.Example/./a//b");

    /** One signer for several calls in a row: what it keeps must not go stale. */
    @Property(tries = 300)
    void requestIsTheOneOfTheSdk(
            @ForAll("calls") List<Call> calls, @ForAll("endpoints") String endpoint)
            throws Exception {
        URI uri = URI.create(endpoint);
        RequestSigner signer = new RequestSigner(uri, REGION);
        for (Call call : calls) {
            SdkHttpRequest ours = signer.sign(call.target, call.body(), call.identity, call.time);
            assertThat(ours.getUri()).isEqualTo(unsigned(uri, call).getUri());
            assertThat(ours.method()).isEqualTo(SdkHttpMethod.POST);
            assertThat(headers(ours)).isEqualTo(headers(signedBySdk(uri, call)));
        }
    }

    @Example
    void digitsAreAsciiWhateverTheLocale() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try {
            assertThat(String.format("%d", 5)).as("this locale's own digits").isEqualTo("٥");
            Call call = new Call("secret", "", 1_795_268_040L, 1, "X.ListStreams");
            SdkHttpRequest signed =
                    new RequestSigner(URI.create(ENDPOINTS.get(0)), REGION)
                            .sign(call.target, call.body(), call.identity, call.time);
            assertThat(headers(signed).get("X-Amz-Date")).containsExactly("20261121T133400Z");
            assertThat(headers(signed).get("Authorization").get(0))
                    .contains("id/20261121/eu-west-1/dynamodb/aws4_request")
                    .matches("\\p{ASCII}*");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Provide
    Arbitrary<String> endpoints() {
        return Arbitraries.of(ENDPOINTS);
    }

    @Provide
    Arbitrary<List<Call>> calls() {
        Arbitrary<String> secrets = Arbitraries.of("secret", "another+secret/", " padded ");
        Arbitrary<String> tokens = Arbitraries.of("", "", "token==", " padded token ");
        Arbitrary<Long> seconds = Arbitraries.longs().between(0, 4_102_444_800L);
        // Neighbours of midnight, too: a key is good for a day.
        Arbitrary<Long> times =
                Arbitraries.oneOf(seconds, seconds.map(second -> second / 86_400 * 86_400 - 1));
        return Combinators.combine(
                        secrets,
                        tokens,
                        times.filter(second -> second >= 0),
                        Arbitraries.integers().between(0, 30),
                        Arbitraries.of("DynamoDB_20120810.BatchWriteItem", "X.ListStreams"))
                .as(Call::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    private static SdkHttpRequest signedBySdk(URI endpoint, Call call) throws Exception {
        byte[] bytes = call.bytes();
        return SDK.sign(
                        request ->
                                request.identity(call.identity)
                                        .request(unsigned(endpoint, call))
                                        .payload(ContentStreamProvider.fromByteArray(bytes))
                                        .putProperty(
                                                AwsV4HttpSigner.SERVICE_SIGNING_NAME, "dynamodb")
                                        .putProperty(AwsV4HttpSigner.REGION_NAME, REGION)
                                        .putProperty(
                                                HttpSigner.SIGNING_CLOCK,
                                                Clock.fixed(call.time, ZoneOffset.UTC)))
                .request();
    }

    private static SdkHttpRequest unsigned(URI endpoint, Call call) {
        return SdkHttpFullRequest.builder()
                .method(SdkHttpMethod.POST)
                .uri(endpoint)
                .putHeader("Content-Type", "application/x-amz-json-1.0")
                .putHeader("Content-Length", Long.toString(call.body().length()))
                .putHeader("X-Amz-Target", call.target)
                .putHeader("User-Agent", "pyflink-dynamodb")
                .build();
    }

    private static Map<String, List<String>> headers(SdkHttpRequest request) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(request.headers());
        return headers;
    }

    /** One call to sign. */
    private static final class Call {
        final String target;
        final AwsCredentialsIdentity identity;
        final Instant time;
        final int count;

        Call(String secret, String token, long second, int count, String target) {
            this.identity =
                    token.isEmpty()
                            ? AwsCredentialsIdentity.create("id", secret)
                            : AwsSessionCredentialsIdentity.create("id", secret, token);
            this.time = Instant.ofEpochSecond(second);
            this.count = count;
            this.target = target;
        }

        /** Of no write requests, some small ones, or large ones that are not copied. */
        RequestBody body() {
            try {
                List<EncodedWriteRequest> batch = ScannedRequests.of(texts());
                return RequestBody.batchWrite("orders", batch, false);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        private String[] texts() {
            String[] texts = new String[count];
            for (int i = 0; i < count; i++) {
                texts[i] =
                        "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\""
                                + "k".repeat(1 + i)
                                + "\"},\"t\":{\"S\":\""
                                + "x".repeat(count > 20 ? 10_000 : 10)
                                + "\"}}}}";
            }
            return texts;
        }

        /** The same, without a {@link RequestBody}. */
        byte[] bytes() {
            return ("{\"RequestItems\":{\"orders\":[" + String.join(",", texts()) + "]}}")
                    .getBytes(StandardCharsets.UTF_8);
        }
    }
}
