package io.github.pyflinkdynamodb.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.request.RejectedRequest;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.DeserializationFeature;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class DeadLetterFileTest {

    private static final String REQUEST =
            "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"\u20ac \\\"1\\\"\"}}}}";

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    @TempDir Path temporary;
    private Path directory;
    private DeadLetterFile file;

    @BeforeEach
    void inADirectoryThatIsNotThere() {
        directory = temporary.resolve("dead/letters");
        file = open();
    }

    private DeadLetterFile open() {
        return new DeadLetterFile(directory.toUri().toString(), "orders", 3);
    }

    private static RejectedRequest rejected(String message) {
        return new RejectedRequest(
                REQUEST.getBytes(StandardCharsets.UTF_8), "ItemTooLarge", message);
    }

    private List<Path> everything() throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.sorted().collect(Collectors.toList());
        }
    }

    private static boolean isHidden(Path path) {
        String name = path.getFileName().toString();
        return name.startsWith(".") || name.startsWith("_");
    }

    private List<Path> visible() throws IOException {
        return everything().stream().filter(path -> !isHidden(path)).collect(Collectors.toList());
    }

    private static List<JsonNode> lines(Path path) throws IOException {
        String text = Files.readString(path, StandardCharsets.UTF_8);
        assertThat(text).as("ends with a whole line").endsWith("\n");
        List<JsonNode> lines = new ArrayList<>();
        for (String line : text.substring(0, text.length() - 1).split("\n", -1)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private List<String> messages() throws IOException {
        List<String> messages = new ArrayList<>();
        for (Path path : visible()) {
            lines(path).forEach(line -> messages.add(line.get("error_message").textValue()));
        }
        return messages;
    }

    @Test
    void aLineSaysWhatWasRejectedWhyWhereAndWhen() throws IOException {
        Instant before = Instant.now();
        file.add(rejected("$.id: too long; shorten it"));
        file.persist();
        Instant after = Instant.now();

        List<JsonNode> lines = lines(visible().get(0));
        assertThat(lines).hasSize(1);
        JsonNode line = lines.get(0);
        List<String> members = new ArrayList<>();
        line.fieldNames().forEachRemaining(members::add);
        assertThat(members)
                .containsExactlyInAnyOrder(
                        "request", "error_code", "error_message", "table", "time");
        assertThat(line.get("request")).isEqualTo(JSON.readTree(REQUEST));
        assertThat(line.get("error_code").textValue()).isEqualTo("ItemTooLarge");
        assertThat(line.get("error_message").textValue()).isEqualTo("$.id: too long; shorten it");
        assertThat(line.get("table").textValue()).isEqualTo("orders");
        assertThat(Instant.parse(line.get("time").textValue()))
                .isBetween(before.minusMillis(1), after.plusMillis(1));
    }

    @Test
    void anyTextIsOneLineOfJson() throws IOException {
        StringBuilder text = new StringBuilder();
        for (char c = 0; c < 0x180; c++) {
            text.append(c);
        }
        text.append("\\\"/\u2028\u2029\u20ac\ud83d\ude00\\");
        file.add(new RejectedRequest("{}".getBytes(StandardCharsets.UTF_8), text + "!", "" + text));
        file.add(rejected("second"));
        file.persist();

        List<JsonNode> lines = lines(visible().get(0));
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).get("error_code").textValue()).isEqualTo(text + "!");
        assertThat(lines.get(0).get("error_message").textValue()).isEqualTo("" + text);
    }

    @Test
    void linesAreInTheOrderInWhichTheyWereAdded() throws IOException {
        for (int i = 0; i < 100; i++) {
            file.add(rejected("" + i));
        }
        file.persist();

        assertThat(visible()).hasSize(1);
        assertThat(messages()).hasSize(100);
        for (int i = 0; i < 100; i++) {
            assertThat(messages().get(i)).isEqualTo("" + i);
        }
    }

    @Test
    void nothingIsSeenBeforeItIsPersisted() throws IOException {
        file.add(rejected("first"));

        assertThat(visible()).isEmpty();
    }

    @Test
    void nothingHiddenIsLeftBehind() throws IOException {
        file.add(rejected("first"));
        file.persist();

        assertThat(everything()).isEqualTo(visible()).hasSize(1);
    }

    @Test
    void theNameSaysTableAndWriter() throws IOException {
        file.add(rejected("first"));
        file.persist();
        file.add(rejected("second"));
        file.persist();

        List<Path> files = visible();
        assertThat(files)
                .allSatisfy(
                        path ->
                                assertThat(path.getFileName().toString())
                                        .matches("orders-3-[0-9a-f-]{36}-[0-9]+\\.jsonl"));
        assertThat(files).allSatisfy(path -> assertThat(path.getParent()).isEqualTo(directory));
    }

    @Test
    void withoutLinesThereIsNoFile() throws IOException {
        file.persist();
        assertThat(everything()).isEmpty();

        file.add(rejected("first"));
        file.persist();
        file.persist();

        assertThat(everything()).hasSize(1);
    }

    @Test
    void eachPersistMakesAFileOfItsOwn() throws IOException {
        file.add(rejected("first"));
        file.persist();
        byte[] complete = Files.readAllBytes(visible().get(0));
        Path first = visible().get(0);
        file.add(rejected("second"));
        file.persist();

        assertThat(visible()).hasSize(2);
        assertThat(Files.readAllBytes(first)).as("a complete file stays").isEqualTo(complete);
        assertThat(messages()).containsExactlyInAnyOrder("first", "second");
    }

    @Test
    void writersOfOneSubtaskDoNotTouchEachOthersFiles() throws IOException {
        for (int attempt = 0; attempt < 3; attempt++) {
            DeadLetterFile restarted = open();
            restarted.add(rejected("attempt " + attempt));
            restarted.persist();
        }

        assertThat(messages()).containsExactlyInAnyOrder("attempt 0", "attempt 1", "attempt 2");
    }

    @Test
    void memoryIsBoundedByAFileInBetween() throws IOException {
        String message = "x".repeat(100_000);
        int added = 0;
        while (everything().isEmpty()) {
            file.add(rejected(message));
            added++;
            assertThat(added * message.length())
                    .as("bytes in memory")
                    .isLessThan(DeadLetterFile.MAX_PENDING_BYTES + 2 * message.length());
        }
        assertThat(added).isGreaterThan(9);
        file.add(rejected("last"));
        assertThat(everything()).as("begins to gather anew").hasSize(1);
        file.persist();

        assertThat(everything()).hasSize(2);
        assertThat(messages()).hasSize(added + 1).contains("last");
    }

    @Test
    void whoeverListsTheDirectorySeesWholeFilesOnly() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        Callable<Integer> reader =
                () -> {
                    int seen = 0;
                    boolean last;
                    do {
                        last = done.get();
                        seen = 0;
                        for (Path path : visible()) {
                            assertThat(lines(path)).hasSize(200);
                            seen++;
                        }
                    } while (!last);
                    return seen;
                };
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<Integer> seen = thread.submit(reader);
            for (int i = 0; i < 20; i++) {
                for (int line = 0; line < 200; line++) {
                    file.add(rejected("x".repeat(1_000)));
                }
                file.persist();
            }
            done.set(true);
            assertThat(seen.get()).isEqualTo(20);
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void linesThatCouldNotBeWrittenAreKeptAndTheErrorNamesThePlace() throws IOException {
        Files.createDirectories(directory.getParent());
        Files.writeString(directory, "in the way");
        file.add(rejected("first"));
        assertThatThrownBy(file::persist)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory.toString());

        Files.delete(directory);
        file.persist();

        assertThat(messages()).containsExactly("first");
    }

    @Test
    void aFileThatCannotBeCompletedIsAnErrorAndItsLinesAreKept() throws IOException {
        file.add(rejected("first"));
        file.persist();
        String first = visible().get(0).getFileName().toString();
        Path second = directory.resolve(first.replace("-0.jsonl", "-1.jsonl"));
        Files.createDirectories(second.resolve("in the way"));
        file.add(rejected("second"));
        assertThatThrownBy(file::persist)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(second.getFileName().toString());

        Files.delete(second.resolve("in the way"));
        Files.delete(second);
        file.persist();

        assertThat(messages()).containsExactly("first", "second");
    }

    @Test
    void ofATablesArnOnlyTheNameIsInTheFilesName() throws IOException {
        String arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders";
        DeadLetterFile ofArn = new DeadLetterFile(directory.toUri().toString(), arn, 3);
        ofArn.add(rejected("first"));
        ofArn.persist();

        assertThat(visible()).hasSize(1);
        assertThat(visible().get(0).getFileName().toString()).startsWith("orders-3-");
        assertThat(lines(visible().get(0)).get(0).get("table").textValue()).isEqualTo(arn);
    }
}
