package io.github.pyflinkdynamodb.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.client.LoopbackService;
import io.github.pyflinkdynamodb.client.LoopbackService.Answer;
import io.github.pyflinkdynamodb.decode.RowDataDecoder;

import org.apache.flink.core.io.InputStatus;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import software.amazon.awssdk.protocols.jsoncore.JsonNode;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

@Timeout(60)
class ScanReaderTest {
    private static final int ITEMS = 10;
    private static final int PAGE = 4;
    private static final RowType ROW =
            RowType.of(new IntType[] {new IntType()}, new String[] {"n"});

    private final ReaderContext context = new ReaderContext();
    private final ReaderElements<RowData> output = new ReaderElements<>();
    private LoopbackService service;

    /** A table of the items 0 to 9, in pages of 4 with an empty page after the first. */
    @BeforeEach
    void startService() throws Exception {
        service = new LoopbackService(ScanReaderTest::page);
    }

    @AfterEach
    void stopService() throws Exception {
        service.close();
    }

    @Test
    void rowsOfAllPagesLeaveInOrder() throws Exception {
        try (ScanReader reader = reader(-1)) {
            begin(reader, ScanSplit.segment(0, 1));
            finish(reader);
        }

        assertThat(rows()).isEqualTo(numbers(0, ITEMS));
        assertThat(context.splitRequests).isEqualTo(2);
    }

    @Test
    void checkpointAtAnyRowIsContinuedWithTheNextOne() throws Exception {
        for (int rows = 0; rows <= ITEMS; rows++) {
            output.elements.clear();
            List<ScanSplit> state;
            try (ScanReader reader = reader(-1)) {
                begin(reader, ScanSplit.segment(0, 1));
                emit(reader, rows);
                state = reader.snapshotState(1);
            }
            ScanSplitSerializer serializer = new ScanSplitSerializer();
            try (ScanReader restored = reader(-1)) {
                for (ScanSplit split : state) {
                    byte[] bytes = serializer.serialize(split);
                    restored.addSplits(List.of(serializer.deserialize(1, bytes)));
                }
                restored.start();
                restored.notifyNoMoreSplits();
                finish(restored);
            }
            assertThat(rows()).as("checkpoint after %s rows", rows).isEqualTo(numbers(0, ITEMS));
        }
    }

    /** As with another page size than before the restart. */
    @Test
    void rowsThatLeftOfALongerPageDoNotLeaveAgain() throws Exception {
        try (ScanReader reader = reader(-1)) {
            begin(reader, ScanSplit.segment(0, 1).at(null, PAGE + 2));
            finish(reader);
        }

        assertThat(rows()).isEqualTo(numbers(PAGE + 2, ITEMS));
    }

    @Test
    void splitsThatWaitAreInTheCheckpointToo() throws Exception {
        try (ScanReader reader = reader(-1)) {
            reader.addSplits(List.of(ScanSplit.segment(0, 2), ScanSplit.segment(1, 2)));
            reader.start();
            emit(reader, 1);

            assertThat(reader.snapshotState(1))
                    .containsExactlyInAnyOrder(
                            ScanSplit.segment(0, 2).at(null, 1), ScanSplit.segment(1, 2));
        }
        assertThat(context.splitRequests).isEqualTo(0);
    }

    @Test
    void twoPagesAreHeldAtMost() throws Exception {
        try (ScanReader reader = reader(-1)) {
            begin(reader, ScanSplit.segment(0, 1));
            emit(reader, 1);
            while (service.requests.size() < 2) {
                Thread.onSpinWait();
            }
            emit(reader, 2);

            assertThat(service.requests).hasSize(2);
        }
    }

    @Test
    void limitEndsEverySplitAndIsThePagesSize() throws Exception {
        try (ScanReader reader = reader(3)) {
            // Calls go out in their order: a page too many would come before the second split.
            reader.addSplits(List.of(ScanSplit.segment(0, 2), ScanSplit.segment(1, 2)));
            begin(reader);
            finish(reader);
        }

        assertThat(rows()).containsExactly(0, 1, 2, 0, 1, 2);
        assertThat(service.requests)
                .hasSize(2)
                .allSatisfy(
                        request ->
                                assertThat(request.text())
                                        .contains("\"Limit\":3")
                                        .doesNotContain("ExclusiveStartKey"));
    }

    @Test
    void limitBeyondAPageGoesOnWithTheNext() throws Exception {
        try (ScanReader reader = reader(6)) {
            begin(reader, ScanSplit.segment(0, 1));
            finish(reader);
        }

        assertThat(rows()).isEqualTo(numbers(0, 6));
    }

    @Test
    void readerIsAvailableOncePageOrSplitsAreThere() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        service.answer(
                request -> {
                    answered.await();
                    return page(request);
                });
        try (ScanReader reader = reader(-1)) {
            reader.start();
            assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
            var splits = reader.isAvailable();
            assertThat(splits).isNotDone();
            reader.addSplits(List.of(ScanSplit.segment(0, 1)));
            assertThat(splits).isDone();
            assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
            var page = reader.isAvailable();
            assertThat(page).isNotDone();
            answered.countDown();
            page.get(30, TimeUnit.SECONDS);
            assertThat(reader.pollNext(output)).isEqualTo(InputStatus.MORE_AVAILABLE);
        }
    }

    @Test
    void throttledAndFailedPagesAreReadAgain() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        service.answer(
                request -> {
                    switch (calls.incrementAndGet()) {
                        case 1:
                            return Answer.error("ProvisionedThroughputExceededException", "no");
                        case 2:
                            return Answer.of(500, "{}");
                        case 4:
                            return Answer.reset();
                        case 6:
                            return Answer.ok("{\"Items\":[{");
                        default:
                            return page(request);
                    }
                });
        try (ScanReader reader = reader(-1)) {
            begin(reader, ScanSplit.segment(0, 1));
            finish(reader);
        }

        assertThat(rows()).isEqualTo(numbers(0, ITEMS));
    }

    @Test
    void refusalFailsTheReader() throws Exception {
        service.answer(request -> Answer.error("AccessDeniedException", "no"));
        try (ScanReader reader = reader(-1)) {
            begin(reader, ScanSplit.segment(0, 1));

            assertThatThrownBy(() -> finish(reader))
                    .hasMessageContaining("Scan on table orders")
                    .hasMessageContaining("allow dynamodb:Scan");
        }
    }

    private ScanReader reader(long limit) {
        ScanOptions options = Readings.options(service, 0, 1);
        ScanRequest request = new ScanRequest(options, List.of("n"));
        return new ScanReader(context, options, request, new RowDataDecoder(ROW, "orders"), limit);
    }

    private static void begin(ScanReader reader, ScanSplit... splits) {
        reader.start();
        reader.addSplits(List.of(splits));
        reader.notifyNoMoreSplits();
    }

    /** Goes on until so many more rows have left. */
    private void emit(ScanReader reader, int rows) throws Exception {
        int wanted = output.elements.size() + rows;
        while (output.elements.size() < wanted) {
            reader.isAvailable().get(30, TimeUnit.SECONDS);
            reader.pollNext(output);
        }
    }

    private void finish(ScanReader reader) throws Exception {
        do {
            reader.isAvailable().get(30, TimeUnit.SECONDS);
        } while (reader.pollNext(output) != InputStatus.END_OF_INPUT);
    }

    private List<Integer> rows() {
        return output.elements.stream().map(row -> row.getInt(0)).collect(Collectors.toList());
    }

    private static List<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().collect(Collectors.toList());
    }

    private static Answer page(LoopbackService.Request request) {
        JsonNode body = JsonNode.parser().parse(request.text());
        int limit = body.field("Limit").map(each -> Integer.parseInt(each.asNumber())).orElse(PAGE);
        Optional<JsonNode> startKey = body.field("ExclusiveStartKey");
        int from = startKey.map(key -> number(key, "after")).orElse(0);
        boolean empty = startKey.isPresent() && number(startKey.get(), "empty") == 1;
        int to = empty ? from : Math.min(from + Math.min(limit, PAGE), ITEMS);
        String items =
                numbers(from, to).stream()
                        .map(n -> "{\"n\":{\"N\":\"" + n + "\"}}")
                        .collect(Collectors.joining(","));
        boolean emptyNext = from == 0;
        String lastKey =
                to == ITEMS
                        ? ""
                        : ",\"LastEvaluatedKey\":{\"after\":{\"N\":\""
                                + to
                                + "\"},\"empty\":{\"N\":\""
                                + (emptyNext && !empty ? 1 : 0)
                                + "\"}}";
        return Answer.ok(
                "{\"Count\":" + (to - from) + ",\"Items\":[" + items + "]" + lastKey + "}");
    }

    private static int number(JsonNode key, String name) {
        return Integer.parseInt(
                key.field(name).flatMap(value -> value.field("N")).orElseThrow().asString());
    }
}
