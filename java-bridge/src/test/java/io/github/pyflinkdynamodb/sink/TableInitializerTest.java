package io.github.pyflinkdynamodb.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;

import io.github.pyflinkdynamodb.client.TableClient;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** What a real service does only now and then: a table between two states, and others at work. */
@Timeout(60)
class TableInitializerTest {

    private static final String NONE = "ResourceNotFoundException";
    private static final String IN_USE = "ResourceInUseException";

    private final List<String> operations = Collections.synchronizedList(new ArrayList<>());
    // What DescribeTable and DeleteTable answer in turn, the last again and again.
    private final Deque<String> descriptions = new ArrayDeque<>();
    private final Deque<String> deletions = new ArrayDeque<>(List.of("{}"));
    private HttpServer service;

    @BeforeEach
    void start() throws IOException {
        service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.createContext(
                "/",
                exchange -> {
                    String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
                    String operation = target.substring(target.indexOf('.') + 1);
                    operations.add(operation);
                    exchange.getRequestBody().readAllBytes();
                    String answer = answer(operation);
                    int status = answer.startsWith("{") ? 200 : 400;
                    byte[] body =
                            (status == 200 ? answer : "{\"__type\":\"x#" + answer + "\"}")
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(status, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        service.start();
    }

    @AfterEach
    void stop() {
        service.stop(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREATING", "DELETING"})
    void waitingHasAnEnd(String status) {
        descriptions.add(table(status, "1"));
        assertThatThrownBy(() -> prepare("create_if_not_exists", Duration.ofMillis(200)))
                .isInstanceOf(DynamoDbSinkException.class)
                .hasMessageContainingAll(
                        "Table 'orders' is still " + status, "endpoint http://", "again");
        assertThat(operations).hasSizeGreaterThan(1).containsOnly("DescribeTable");
    }

    @Test
    void waitingForTheEndOfAnOldTableHasAnEnd() {
        descriptions.add(table("ACTIVE", "1"));
        assertThatThrownBy(() -> prepare("replace", Duration.ofMillis(200)))
                .hasMessageContaining("Table 'orders' is still ACTIVE");
        assertThat(operations).containsOnlyOnce("DeleteTable").doesNotContain("CreateTable");
    }

    @Test
    void tableThatIsBeingDeletedIsCreatedOnceItIsGone() throws Exception {
        descriptions.addAll(
                List.of(
                        table("DELETING", "1"),
                        NONE,
                        table("CREATING", "2"),
                        table("ACTIVE", "2")));
        prepare("create_if_not_exists", Duration.ofSeconds(30));
        assertThat(operations)
                .containsExactly(
                        "DescribeTable",
                        "DescribeTable",
                        "CreateTable",
                        "DescribeTable",
                        "DescribeTable");
    }

    @Test
    void tableThatIsBeingChangedIsDeletedAfterwards() throws Exception {
        deletions.clear();
        deletions.addAll(List.of(IN_USE, "{}"));
        descriptions.addAll(
                List.of(table("UPDATING", "1"), table("ACTIVE", "1"), NONE, table("ACTIVE", "2")));
        prepare("replace", Duration.ofSeconds(30));
        assertThat(operations)
                .containsExactly(
                        "DescribeTable",
                        "DeleteTable",
                        "DescribeTable",
                        "DeleteTable",
                        "DescribeTable",
                        "DescribeTable");
    }

    @Test
    void tableThatAnotherProgramMadeMeanwhileIsNotDeletedAgain() throws Exception {
        descriptions.addAll(List.of(table("ACTIVE", "1"), table("ACTIVE", "2")));
        prepare("replace", Duration.ofSeconds(30));
        assertThat(operations)
                .containsExactly("DescribeTable", "DeleteTable", "DescribeTable", "DescribeTable");
    }

    @Test
    void keyIsComparedBeforeTheTableIsReady() {
        descriptions.add(table("CREATING", "1").replace("\"N\"", "\"S\""));
        assertThatThrownBy(() -> prepare("create_if_not_exists", Duration.ofSeconds(30)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is id (N), but that of table 'orders' is id (S)");
        assertThat(operations).hasSize(1);
    }

    @Test
    void tableThatCannotBeWrittenToIsRefused() {
        descriptions.add(table("ARCHIVED", "1"));
        assertThatThrownBy(() -> prepare("create_if_not_exists", Duration.ofSeconds(30)))
                .isInstanceOf(DynamoDbSinkException.class)
                .hasMessageContaining("Table 'orders' is ARCHIVED");
    }

    private void prepare(String initMode, Duration longestWait) throws IOException {
        String endpoint = "http://127.0.0.1:" + service.getAddress().getPort();
        SinkOptions options =
                SinkOptions.of(
                        Map.of(
                                "table_name",
                                "orders",
                                "key_schema",
                                List.of("id"),
                                "init_mode",
                                initMode,
                                "dynamodb_properties",
                                Map.of(
                                        "aws.region", "eu-west-1",
                                        "aws.endpoint", endpoint,
                                        "aws.credentials.provider.basic.accesskeyid", "id",
                                        "aws.credentials.provider.basic.secretkey", "secret")));
        try (TableClient client = TableClient.open(options.client, 5_000)) {
            new TableInitializer(options, Arrays.asList("N"), longestWait)
                    .prepare(client, "replace".equals(initMode));
        }
    }

    private String answer(String operation) {
        switch (operation) {
            case "DescribeTable":
                return next(descriptions);
            case "DeleteTable":
                return next(deletions);
            default:
                return "{}";
        }
    }

    private static String next(Deque<String> answers) {
        return answers.size() == 1 ? answers.peek() : answers.remove();
    }

    private static String table(String status, String id) {
        return "{\"Table\":{\"TableStatus\":\""
                + status
                + "\",\"TableId\":\""
                + id
                + "\",\"KeySchema\":[{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],"
                + "\"AttributeDefinitions\":[{\"AttributeName\":\"id\",\"AttributeType\":\"N\"}]}}";
    }
}
