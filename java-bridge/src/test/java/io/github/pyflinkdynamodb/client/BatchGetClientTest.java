package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.client.LoopbackService.Answer;
import io.github.pyflinkdynamodb.request.FoundItem;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import software.amazon.awssdk.protocols.jsoncore.JsonNode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

@Timeout(60)
class BatchGetClientTest {
    private static final KeySchema SCHEMA = new KeySchema("id", KeyType.N, null, null);

    /** Long enough that nothing is sent unless a batch is full. */
    private static final long FOR_EVER_MS = 3_600_000;

    private LoopbackService service;
    private ReadClient client;

    @BeforeEach
    void startService() throws Exception {
        service = new LoopbackService(BatchGetClientTest::everyItem);
        client =
                ReadClient.open(
                        ClientSettings.of(
                                Map.of(
                                        "aws.region",
                                        "eu-west-1",
                                        "aws.endpoint",
                                        service.endpoint().toString(),
                                        "aws.credentials.provider.basic.accesskeyid",
                                        "key",
                                        "aws.credentials.provider.basic.secretkey",
                                        "secret")),
                        10,
                        30_000);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        service.close();
    }

    @Test
    void fullBatchIsSentAtOnceAndTheNextKeyWaitsForOthers() throws Exception {
        BatchGetClient items = items(FOR_EVER_MS, 0);
        List<CompletableFuture<Optional<FoundItem>>> found = new ArrayList<>();
        for (int id = 0; id < BatchGetClient.MAX_KEYS; id++) {
            found.add(items.get(key(id)));
        }
        CompletableFuture<Optional<FoundItem>> late = items.get(key(1_000));

        for (int id = 0; id < found.size(); id++) {
            assertThat(text(found.get(id).get())).startsWith("{\"id\":{\"N\":\"" + id + "\"}");
        }
        assertThat(late).isNotDone();
        assertThat(keysOf(service.requests)).containsExactly(BatchGetClient.MAX_KEYS);
    }

    @Test
    void keysThatComeWithinTheLingerShareACall() throws Exception {
        BatchGetClient items = items(200, 0);
        CompletableFuture<Optional<FoundItem>> first = items.get(key(1));
        CompletableFuture<Optional<FoundItem>> second = items.get(key(2));

        assertThat(text(first.get())).contains("\"1\"");
        assertThat(text(second.get())).contains("\"2\"");
        assertThat(keysOf(service.requests)).containsExactly(2);
    }

    @Test
    void keysThatAreOneNumberHaveOnePlaceInTheCall() throws Exception {
        BatchGetClient items = items(200, 0);
        CompletableFuture<Optional<FoundItem>> first = items.get("{\"id\":{\"N\":\"1\"}}");
        CompletableFuture<Optional<FoundItem>> second = items.get("{\"id\":{\"N\":\"1.0\"}}");

        assertThat(text(first.get())).isEqualTo(text(second.get()));
        assertThat(keysOf(service.requests)).containsExactly(1);
    }

    @Test
    void withoutLingerEveryKeyIsSentAtOnce() throws Exception {
        BatchGetClient items = items(0, 0);

        assertThat(text(items.get(key(1)).get())).contains("\"1\"");
        assertThat(text(items.get(key(2)).get())).contains("\"2\"");
        assertThat(keysOf(service.requests)).containsExactly(1, 1);
    }

    @Test
    void missingItemIsEmpty() throws Exception {
        service.answer(request -> Answer.ok("{\"Responses\":{\"orders\":[]}}"));

        assertThat(items(0, 0).get(key(1)).get()).isEmpty();
    }

    @Test
    void keyThatNoItemCanHaveIsNotAskedFor() throws Exception {
        KeySchema texts = new KeySchema("id", KeyType.S, null, null);
        BatchGetClient items = new BatchGetClient(client, "orders", texts, "", 0, 0);

        assertThat(items.get("{\"id\":{\"S\":\"\"}}").get()).isEmpty();
        assertThat(service.requests).isEmpty();
    }

    @Test
    void unprocessedKeysAreAskedForAgainAndTheOthersAreDone() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        service.answer(
                request ->
                        calls.incrementAndGet() == 1
                                ? Answer.ok(
                                        "{\"Responses\":{\"orders\":["
                                                + key(1)
                                                + "]},\"UnprocessedKeys\":{\"orders\":{\"Keys\":["
                                                + key(2)
                                                + "],\"ConsistentRead\":false}}}")
                                : everyItem(request));
        BatchGetClient items = items(200, 0);
        CompletableFuture<Optional<FoundItem>> first = items.get(key(1));
        CompletableFuture<Optional<FoundItem>> second = items.get(key(2));

        assertThat(text(first.get())).contains("\"1\"");
        assertThat(text(second.get())).contains("\"2\"");
        assertThat(keysOf(service.requests)).containsExactly(2, 1);
    }

    @Test
    void throttlingIsWaitedOutWhateverTheRetries() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        service.answer(
                request ->
                        calls.incrementAndGet() <= 3
                                ? Answer.error("ThrottlingException", "slowly")
                                : everyItem(request));

        assertThat(text(items(0, 0).get(key(1)).get())).contains("\"1\"");
    }

    @Test
    void faultsAreRetriedAsOftenAsSaidAndThenFailTheLookup() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        service.answer(
                request ->
                        calls.incrementAndGet() <= 2
                                ? Answer.of(500, "{\"__type\":\"InternalServerError\"}")
                                : everyItem(request));

        assertThat(text(items(0, 2).get(key(1)).get())).contains("\"1\"");
        calls.set(0);
        assertThatThrownBy(() -> items(0, 1).get(key(1)).get())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(ServiceFailure.class)
                .hasMessageContaining("BatchGetItem on table orders")
                .hasMessageContaining("InternalServerError");
    }

    @Test
    void refusalFailsAtOnceAndNamesThePermission() {
        service.answer(request -> Answer.error("AccessDeniedException", "no"));

        assertThatThrownBy(() -> items(0, 9).get(key(1)).get())
                .hasMessageContaining("allow dynamodb:BatchGetItem");
        assertThat(service.requests).hasSize(1);
    }

    @Test
    void answerThatCannotBeReadIsAFaultThatMayPass() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        service.answer(
                request ->
                        calls.incrementAndGet() == 1
                                ? Answer.ok("{\"Responses\":{\"orders\":[{\"name\"")
                                : everyItem(request));

        assertThat(text(items(0, 1).get(key(1)).get())).contains("\"1\"");
    }

    private BatchGetClient items(long lingerMs, int maxRetries) {
        return new BatchGetClient(
                client, "orders", SCHEMA, ",\"ConsistentRead\":true", lingerMs, maxRetries);
    }

    private static String key(int id) {
        return "{\"id\":{\"N\":\"" + id + "\"}}";
    }

    private static String text(Optional<FoundItem> found) {
        FoundItem item = found.orElseThrow();
        int length = item.body().length - item.start();
        return new String(item.body(), item.start(), length, StandardCharsets.UTF_8);
    }

    /** Answers with an item for every key, the last one first. */
    private static Answer everyItem(LoopbackService.Request request) {
        List<String> items =
                keys(request).stream()
                        .map(id -> "{\"id\":{\"N\":\"" + id + "\"},\"name\":{\"S\":\"x\"}}")
                        .collect(Collectors.toList());
        Collections.reverse(items);
        return Answer.ok(
                "{\"Responses\":{\"orders\":["
                        + String.join(",", items)
                        + "]},\"UnprocessedKeys\":{}}");
    }

    private static List<Integer> keysOf(List<LoopbackService.Request> requests) {
        return requests.stream().map(each -> keys(each).size()).collect(Collectors.toList());
    }

    private static List<String> keys(LoopbackService.Request request) {
        assertThat(request.headers.get("X-Amz-Target")).isEqualTo("DynamoDB_20120810.BatchGetItem");
        JsonNode table =
                JsonNode.parser()
                        .parse(request.text())
                        .field("RequestItems")
                        .flatMap(tables -> tables.field("orders"))
                        .orElseThrow();
        assertThat(table.field("ConsistentRead")).isPresent();
        List<String> keys = new ArrayList<>();
        for (JsonNode key : table.field("Keys").orElseThrow().asArray()) {
            keys.add(key.asObject().get("id").asObject().get("N").asString());
        }
        return keys;
    }
}
