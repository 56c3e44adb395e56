package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.client.LoopbackService;
import io.github.pyflinkdynamodb.client.LoopbackService.Answer;
import io.github.pyflinkdynamodb.request.StreamRecord;
import io.github.pyflinkdynamodb.source.ReaderContext;
import io.github.pyflinkdynamodb.source.ReaderElements;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import software.amazon.awssdk.protocols.jsoncore.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

@Timeout(60)
class StreamsReaderTest {
    private static final String ARN =
            "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000";
    private static final int RECORDS = 10;
    private static final int PAGE = 4;
    private static final long START = 1_700_000_000_000L;

    private final ReaderContext context = new ReaderContext();
    private final ReaderElements<String> output = new ReaderElements<>();
    private final Map<String, ShardLog> logs = new TreeMap<>();
    private LoopbackService service;

    /** Closed shards of ten records, one a second, in pages of four with empty ones between. */
    @BeforeEach
    void startService() throws Exception {
        for (String shard : List.of("one", "two")) {
            logs.put(
                    shard,
                    new ShardLog(
                            IntStream.range(0, RECORDS)
                                    .mapToObj(index -> START + 1_000L * index)
                                    .collect(Collectors.toList())));
        }
        service = new LoopbackService(this::answer);
    }

    @AfterEach
    void stopService() throws Exception {
        service.close();
    }

    @Test
    void recordsOfAllShardsLeaveInOrderWithTheirTimes() throws Exception {
        try (StreamsReader<String> reader = reader()) {
            begin(reader, split("one"), split("two"));
            finish(reader);
        }

        assertThat(of("one")).isEqualTo(records("one", 0));
        assertThat(of("two")).isEqualTo(records("two", 0));
        assertThat(output.timestamps).hasSize(2 * RECORDS).contains(START, START + 9_000);
        assertThat(output.openOutputs).isEmpty();
    }

    @Test
    void checkpointAtAnyRecordIsContinuedWithTheNextOne() throws Exception {
        for (int left = 0; left <= RECORDS; left++) {
            output.elements.clear();
            List<ShardSplit> state;
            try (StreamsReader<String> reader = reader()) {
                begin(reader, split("one"));
                emit(reader, left);
                state = reader.snapshotState(1);
            }
            try (StreamsReader<String> restored = reader()) {
                begin(restored, state.toArray(new ShardSplit[0]));
                finish(restored);
            }
            assertThat(output.elements)
                    .as("checkpoint after %s records", left)
                    .isEqualTo(records("one", 0));
        }
    }

    @Test
    void shardThatEndedStaysInTheStateUntilTheEnumeratorHasIt() throws Exception {
        ShardSplit ended = split("one").at(ShardPosition.end());
        try (StreamsReader<String> reader = reader()) {
            begin(reader, split("one"));
            finish(reader);

            assertThat(reported()).containsExactly("one");
            assertThat(reader.snapshotState(1)).containsExactly(ended);
        }
        context.events.clear();
        try (StreamsReader<String> restored = reader()) {
            restored.addSplits(List.of(ended));
            // Flink makes outputs for all splits that it restores.
            output.createOutputForSplit("one");
            restored.start();

            assertThat(reported()).containsExactly("one");
            assertThat(restored.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
            assertThat(output.openOutputs).isEmpty();
            assertThat(restored.snapshotState(2)).containsExactly(ended);
            restored.handleSourceEvents(new ShardsAcknowledgedEvent(List.of("one")));
            assertThat(restored.snapshotState(3)).isEmpty();
        }
    }

    @Test
    void expiredIteratorsAreRenewedAtTheSamePlace() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        service.answer(
                request ->
                        isFor(request, "GetRecords") && calls.incrementAndGet() % 2 == 0
                                ? Answer.error("ExpiredIteratorException", "old")
                                : answer(request));
        try (StreamsReader<String> reader = reader()) {
            begin(reader, split("one"));
            finish(reader);
        }

        assertThat(output.elements).isEqualTo(records("one", 0));
    }

    @Test
    void trimmedRecordsFailTheJobOrAreGoneWithout() throws Exception {
        service.answer(
                request ->
                        isFor(request, "GetShardIterator")
                                        && request.text().contains("AFTER_SEQUENCE_NUMBER")
                                ? Answer.error("TrimmedDataAccessException", "gone")
                                : answer(request));
        ShardSplit behind = split("one").at(ShardPosition.after("000", ShardPosition.NO_TIME));
        try (StreamsReader<String> reader = reader()) {
            begin(reader, behind);

            assertThatThrownBy(() -> finish(reader))
                    .isInstanceOf(StreamsSourceException.class)
                    .hasMessageContaining("Records of shard one of stream " + ARN)
                    .hasMessageContaining("set_on_data_loss(\"continue\")");
        }
        try (StreamsReader<String> reader = reader("continue", Map.of())) {
            begin(reader, behind);
            finish(reader);
        }

        assertThat(output.elements).isEqualTo(records("one", 0));
    }

    @Test
    void vanishedShardFailsTheJobOrIsDone() throws Exception {
        service.answer(
                request ->
                        request.text().contains("\"one\"")
                                ? Answer.error("ResourceNotFoundException", "no")
                                : answer(request));
        try (StreamsReader<String> reader = reader()) {
            begin(reader, split("one"), split("two"));

            assertThatThrownBy(() -> finish(reader))
                    .isInstanceOf(StreamsSourceException.class)
                    .hasMessageContaining("no shard one of stream " + ARN + " any more");
        }
        output.elements.clear();
        context.events.clear();
        try (StreamsReader<String> reader = reader("continue", Map.of())) {
            begin(reader, split("one"), split("two"));
            finish(reader);
        }

        assertThat(output.elements).isEqualTo(records("two", 0));
        assertThat(reported()).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void shardIsReadFromItsOldestRecordWhereIteratorsByTimeAreRefused() throws Exception {
        for (Answer refusal :
                List.of(
                        Answer.of(500, "{\"__type\":\"InternalFailure\"}"),
                        Answer.error("ValidationException", "no such type"))) {
            output.elements.clear();
            service.answer(
                    request -> request.text().contains("AT_TIMESTAMP") ? refusal : answer(request));
            try (StreamsReader<String> reader = reader()) {
                begin(reader, split("one").at(ShardPosition.atTimestamp(START + 3_000)));
                finish(reader);
            }
            assertThat(output.elements).isEqualTo(records("one", 3));
        }
    }

    @Test
    void shardIsNotReadFromItsOldestRecordForAFaultOfTheNetwork() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        service.answer(
                request ->
                        request.text().contains("AT_TIMESTAMP") && calls.incrementAndGet() < 3
                                ? Answer.reset()
                                : answer(request));
        try (StreamsReader<String> reader = reader()) {
            begin(reader, split("one").at(ShardPosition.atTimestamp(START + 3_000)));
            finish(reader);
        }

        assertThat(output.elements).isEqualTo(records("one", 3));
        assertThat(service.requests)
                .noneSatisfy(request -> assertThat(request.text()).contains("TRIM_HORIZON"));
    }

    @Test
    void throttlingAndPassingFaultsAreWaitedOut() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        service.answer(
                request -> {
                    switch (calls.incrementAndGet()) {
                        case 1:
                            return Answer.error("LimitExceededException", "no");
                        case 3:
                            return Answer.of(500, "{}");
                        case 5:
                            return Answer.reset();
                        case 7:
                            return Answer.ok("{\"Records\":[{");
                        default:
                            return answer(request);
                    }
                });
        try (StreamsReader<String> reader = reader()) {
            begin(reader, split("one"));
            finish(reader);
        }

        assertThat(output.elements).isEqualTo(records("one", 0));
    }

    @Test
    void faultsThatDoNotPassFailTheReaderOnceTheRetriesAreUsedUp() throws Exception {
        service.answer(request -> Answer.of(500, "{}"));
        try (StreamsReader<String> reader =
                reader("fail", Map.of(StreamsConfig.MAX_RETRIES, "2"))) {
            begin(reader, split("one"));

            assertThatThrownBy(() -> finish(reader)).hasMessageContaining("GetShardIterator");
        }

        assertThat(service.requests).hasSize(3);
    }

    @Test
    void pausedShardIsHeldBack() throws Exception {
        try (StreamsReader<String> reader = reader()) {
            begin(reader, split("one"), split("two"));
            emit(reader, 1);
            reader.pauseOrResumeSplits(List.of("one"), List.of());
            int before = of("one").size();
            while (of("two").size() < RECORDS) {
                emit(reader, 1);
            }
            assertThat(of("one")).hasSize(before);
            reader.pauseOrResumeSplits(List.of(), List.of("one"));
            finish(reader);
        }

        assertThat(of("one")).isEqualTo(records("one", 0));
    }

    @Test
    void boundedReadStopsAtTheFirstRecordAfterItsEnd() throws Exception {
        ShardSplit bounded = new ShardSplit(ARN, "one", ShardPosition.trimHorizon(), START + 5_000);
        try (StreamsReader<String> reader = reader()) {
            begin(reader, bounded);
            finish(reader);

            assertThat(reader.snapshotState(1))
                    .containsExactly(bounded.at(ShardPosition.stopped()));
        }

        assertThat(output.elements).isEqualTo(records("one", 0).subList(0, 6));
        assertThat(((ShardsFinishedEvent) context.events.get(0)).stopped()).containsExactly("one");
    }

    @Test
    void pagesUnderWayAreBoundedWhateverTheNumberOfShards() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        AtomicInteger open = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        service.answer(
                request -> {
                    most.accumulateAndGet(open.incrementAndGet(), Math::max);
                    answered.await();
                    open.decrementAndGet();
                    return answer(request);
                });
        List<ShardSplit> splits = new ArrayList<>();
        for (int shard = 0; shard < 100; shard++) {
            logs.put("shard " + shard, logs.get("one"));
            splits.add(split("shard " + shard));
        }
        try (StreamsReader<String> reader = reader()) {
            begin(reader, splits.toArray(new ShardSplit[0]));
            while (most.get() < 64) {
                Thread.onSpinWait();
            }
            answered.countDown();
            finish(reader);
        }

        assertThat(most).hasValue(64);
        assertThat(output.elements).hasSize(100 * RECORDS);
    }

    /** As when nobody takes what was read. */
    @Test
    void bytesOfPagesThatWaitAreBoundedWhateverTheNumberOfShards() throws Exception {
        String padding = ",\"Padding\":\"" + "x".repeat(1_000_000) + "\"}";
        AtomicInteger pages = new AtomicInteger();
        service.answer(
                request -> {
                    if (!isFor(request, "GetRecords")) {
                        return answer(request);
                    }
                    pages.incrementAndGet();
                    String name = text(JsonNode.parser().parse(request.text()), "ShardIterator");
                    String page = logs.get("one").json("one", 0, 1, name);
                    return Answer.ok(page.substring(0, page.length() - 1) + padding);
                });
        List<ShardSplit> splits = new ArrayList<>();
        for (int shard = 0; shard < 100; shard++) {
            splits.add(split("shard " + shard));
        }
        try (StreamsReader<String> reader = reader()) {
            begin(reader, splits.toArray(new ShardSplit[0]));
            List<String> all =
                    splits.stream().map(ShardSplit::splitId).collect(Collectors.toList());
            reader.pauseOrResumeSplits(all, List.of());
            for (int seen = -1; seen < pages.get(); ) {
                seen = pages.get();
                for (long until = System.nanoTime() + 1_000_000_000L; System.nanoTime() < until; ) {
                    reader.pollNext(output);
                }
            }
        }

        assertThat(pages.get()).isBetween(32, 67);
    }

    private StreamsReader<String> reader() {
        return reader("fail", Map.of());
    }

    private StreamsReader<String> reader(String onDataLoss, Map<String, String> more) {
        Map<String, String> config = new TreeMap<>(more);
        config.put("aws.endpoint", service.endpoint().toString());
        config.put("aws.credentials.provider.basic.accesskeyid", "key");
        config.put("aws.credentials.provider.basic.secretkey", "secret");
        config.put(StreamsConfig.EMPTY_POLL_DELAY, "1 ms");
        config.put(StreamsConfig.NON_EMPTY_POLL_DELAY, "1 ms");
        config.put(StreamsConfig.MIN_BACKOFF, "1 ms");
        StreamsOptions options = StreamsConfig.of(ARN, null, config, onDataLoss, false, 0);
        return new StreamsReader<>(context, options, new Names());
    }

    private static ShardSplit split(String shard) {
        return new ShardSplit(ARN, shard, ShardPosition.trimHorizon(), ShardSplit.UNBOUNDED);
    }

    private static void begin(StreamsReader<String> reader, ShardSplit... splits) {
        reader.addSplits(List.of(splits));
        reader.start();
        reader.notifyNoMoreSplits();
    }

    /** Goes on until so many more records have left. */
    private void emit(StreamsReader<String> reader, int records) throws Exception {
        int wanted = output.elements.size() + records;
        while (output.elements.size() < wanted) {
            reader.isAvailable().get(30, TimeUnit.SECONDS);
            reader.pollNext(output);
        }
    }

    private void finish(StreamsReader<String> reader) throws Exception {
        do {
            reader.isAvailable().get(30, TimeUnit.SECONDS);
        } while (reader.pollNext(output) != InputStatus.END_OF_INPUT);
    }

    private List<String> reported() {
        return context.events.stream()
                .flatMap(event -> ((ShardsFinishedEvent) event).ended().stream())
                .collect(Collectors.toList());
    }

    private List<String> of(String shard) {
        return output.elements.stream()
                .filter(name -> name.startsWith(shard + " "))
                .collect(Collectors.toList());
    }

    private static List<String> records(String shard, int from) {
        return IntStream.range(from, RECORDS)
                .mapToObj(index -> shard + " " + index)
                .collect(Collectors.toList());
    }

    private static boolean isFor(LoopbackService.Request request, String operation) {
        return request.headers.get("X-Amz-Target").endsWith("." + operation);
    }

    /** Iterators are the shard's name, the index of the next record, and 1 for an empty page. */
    private Answer answer(LoopbackService.Request request) {
        JsonNode body = JsonNode.parser().parse(request.text());
        if (isFor(request, "GetShardIterator")) {
            String shard = text(body, "ShardId");
            int index = 0;
            if ("AFTER_SEQUENCE_NUMBER".equals(text(body, "ShardIteratorType"))) {
                index = ShardLog.after(text(body, "SequenceNumber"));
            } else if ("AT_TIMESTAMP".equals(text(body, "ShardIteratorType"))) {
                double seconds = Double.parseDouble(body.field("Timestamp").get().asNumber());
                index = logs.get(shard).firstAt((long) (seconds * 1_000));
            }
            return Answer.ok("{\"ShardIterator\":\"" + shard + "/" + index + "/0\"}");
        }
        String[] iterator = text(body, "ShardIterator").split("/");
        ShardLog log = logs.get(iterator[0]);
        int from = Integer.parseInt(iterator[1]);
        boolean empty = "1".equals(iterator[2]);
        int to = empty ? from : Math.min(log.size(), from + PAGE);
        boolean end = to == log.size();
        String next = end ? null : iterator[0] + "/" + to + "/" + (empty ? 0 : 1);
        return Answer.ok(log.json(iterator[0], from, to, next));
    }

    private static String text(JsonNode body, String name) {
        return body.field(name).orElseThrow().asString();
    }

    /** Calls a record by its shard and its index in it. */
    private static final class Names implements StreamRecordSchema<String> {
        private static final long serialVersionUID = 1L;

        @Override
        public String problem(String viewType, List<String> keyNames) {
            return null;
        }

        @Override
        public void deserialize(StreamRecord record, Collector<String> out) {
            JsonNode json = JsonNode.parser().parse(record.text());
            String shard = json.field("eventID").orElseThrow().asString();
            out.collect(shard + " " + Integer.parseInt(record.sequenceNumber()));
        }

        @Override
        public TypeInformation<String> getProducedType() {
            return Types.STRING;
        }
    }
}
