package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.client.ClientSettings;
import io.github.pyflinkdynamodb.client.LoopbackService;
import io.github.pyflinkdynamodb.client.LoopbackService.Answer;
import io.github.pyflinkdynamodb.request.StreamRecord;
import io.github.pyflinkdynamodb.streams.KnownShard.Status;
import io.github.pyflinkdynamodb.streams.StreamsOptions.InitialPosition;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

class StreamsEnumeratorTest {
    private static final String ARN = "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/1";
    private static final String NEWER_ARN = ARN.replace("/stream/1", "/stream/2");

    private EnumeratorContext context = new EnumeratorContext(2);

    /** Shards as the stub tells them: id to parent, and which are closed. */
    private final Map<String, String> shards = new LinkedHashMap<>();

    private final List<String> closed = new ArrayList<>();

    /** Only told when asked for the children of their parents. */
    private final List<String> hidden = new ArrayList<>();

    private final List<String> operations = new ArrayList<>();
    private String status = "ENABLED";
    private String newestArn = ARN;
    private String goneArn = "";
    private LoopbackService service;

    private InitialPosition initial = InitialPosition.TRIM_HORIZON;
    private String streamArn = ARN;
    private String tableName;
    private boolean fail = true;
    private boolean bounded;
    private long endMillis;
    private int inconsistencyRetries = 3;

    @BeforeEach
    void startService() throws Exception {
        service = new LoopbackService(this::answer);
        shard("a", null);
        shard("b", null);
    }

    @AfterEach
    void stopService() throws Exception {
        service.close();
    }

    @Test
    void shardsAreSpreadOverTheReadersOnceAllAreThere() {
        StreamsEnumerator enumerator = started(null);
        context.goOn();
        context.register(enumerator, 0);
        assertThat(context.assigned).isEmpty();

        context.register(enumerator, 1);

        assertThat(context.takeAssigned()).containsExactly("a 0", "b 1");
        assertThat(context.splits.get("a"))
                .isEqualTo(
                        new ShardSplit(
                                ARN, "a", ShardPosition.trimHorizon(), ShardSplit.UNBOUNDED));
    }

    @Test
    void readersThatRegisterBeforeTheFirstDiscoveryGetShardsWhenItIsOver() {
        StreamsEnumerator enumerator = started(null);
        context.register(enumerator, 0, 1);
        assertThat(context.assigned).isEmpty();

        context.goOn();

        assertThat(context.takeAssigned()).containsExactly("a 0", "b 1");
    }

    @Test
    void latestIsPinnedByIteratorsAndTheTimeBefore() {
        initial = InitialPosition.LATEST;
        shard("c", "a");
        closed.add("a");
        StreamsEnumerator enumerator = running(null);

        assertThat(context.takeAssigned()).containsExactlyInAnyOrder("b 0", "c 1");
        ShardPosition position = context.splits.get("c").position();
        assertThat(position.kind()).isEqualTo(ShardPosition.Kind.LATEST);
        assertThat(position.iterator()).isEqualTo("LATEST of c");
        assertThat(position.timeMillis())
                .isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis());
        assertThat(operations)
                .containsExactly("DescribeStream", "GetShardIterator", "GetShardIterator");
        assertThat(statuses(enumerator.snapshotState(1))).containsEntry("a", Status.ENDED);
    }

    @Test
    void checkpointBeforeTheFirstDiscoveryHoldsTheTimeOfTheStart() {
        initial = InitialPosition.LATEST;
        StreamsState state = started(null).snapshotState(1);
        context = new EnumeratorContext(2);
        shard("c", "a");
        closed.add("a");

        running(state);

        assertThat(context.takeAssigned()).containsExactlyInAnyOrder("a 0", "b 1");
        assertThat(context.splits.get("a").position())
                .isEqualTo(ShardPosition.latest(state.startMillis, null));
    }

    @Test
    void childIsLookedForAndHandedOutWhenItsParentHasEnded() {
        StreamsEnumerator enumerator = running(null);
        context.takeAssigned();
        shard("c", "a");
        closed.add("a");

        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        context.goOn();

        assertThat(context.takeAssigned()).containsExactly("c 0");
    }

    @Test
    void endsWhileADiscoveryIsUnderWayLeadToOneMore() {
        StreamsEnumerator enumerator = running(null);
        operations.clear();
        closed.addAll(List.of("a", "b"));
        shard("c", "a");
        shard("d", "b");

        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        context.goOnOnce(); // the wait
        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of("b"), List.of()));
        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of("b"), List.of()));
        context.goOn();

        assertThat(operations).containsExactly("DescribeStream", "DescribeStream");
    }

    @Test
    void endsDuringTheWaitAreServedByTheSameDiscovery() {
        StreamsEnumerator enumerator = running(null);
        operations.clear();
        closed.addAll(List.of("a", "b"));
        shard("c", "a");
        shard("d", "b");

        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of("b"), List.of()));
        context.goOn();

        assertThat(operations).containsExactly("DescribeStream");
    }

    @Test
    void childThatIsNotListedYetIsAskedFor() {
        StreamsEnumerator enumerator = running(null);
        context.takeAssigned();
        shard("c", "a");
        closed.add("a");
        hidden.add("c");

        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        context.goOn();

        assertThat(context.takeAssigned()).containsExactly("c 0");
        assertThat(context.dataLosses.getCount()).isZero();
    }

    @Test
    void finishedShardsAreAcknowledgedOnceACheckpointHoldsThem() throws Exception {
        StreamsEnumerator enumerator = running(null);
        enumerator.snapshotState(1);
        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        enumerator.notifyCheckpointComplete(1);
        assertThat(context.events).isEmpty();

        enumerator.snapshotState(2);
        enumerator.notifyCheckpointComplete(2);
        assertThat(context.events).containsExactly("0 [a]", "1 [a]");

        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of("a"), List.of()));
        assertThat(context.events).containsExactly("0 [a]", "1 [a]", "1 [a]");
    }

    @Test
    void restoredReadersReportTheirEndsAndChildrenFollow() {
        shard("c", "a");
        closed.add("a");
        StreamsState state = running(null).snapshotState(1);
        context.takeAssigned();
        context.registered.clear();

        StreamsEnumerator enumerator = running(state);
        assertThat(context.takeAssigned()).isEmpty();
        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of("a"), List.of()));

        assertThat(context.takeAssigned()).containsExactly("c 1");
    }

    @Test
    void splitsOfAReaderThatFailedWaitUntilAllAreBack() {
        StreamsEnumerator enumerator = running(null);
        ShardSplit begun = context.splits.get("a").at(ShardPosition.after("7", 0));
        context.takeAssigned();

        context.fail(enumerator, 0, begun);
        context.tick();
        assertThat(context.takeAssigned()).isEmpty();
        context.register(enumerator, 0);

        assertThat(context.takeAssigned()).containsExactly("a 0");
        assertThat(context.splits.get("a")).isEqualTo(begun);
    }

    @Test
    void childWaitsAgainForAParentThatIsReadOnceMore() {
        StreamsEnumerator enumerator = running(null);
        shard("c", "a");
        closed.add("a");
        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        context.goOn();
        ShardSplit child = context.splits.get("c");
        context.takeAssigned();

        // Reader 0 had the parent in its last checkpoint, and the child not.
        context.fail(enumerator, 0, child);
        context.register(enumerator, 0);
        assertThat(context.takeAssigned()).isEmpty();
        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));

        assertThat(context.takeAssigned()).containsExactly("c 0");
    }

    /** Its last changes may still be on their way, and the children's must come behind them. */
    @Test
    void childrenGoToTheReaderOfTheirParentUntilACheckpointHasItsEnd() {
        StreamsEnumerator enumerator = running(null);
        closed.add("a");
        shard("c", "a");
        shard("d", "a");
        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        context.goOn();
        assertThat(context.takeAssigned()).contains("c 0", "d 0");

        enumerator.snapshotState(1);
        enumerator.notifyCheckpointComplete(1);
        shard("e", "a");
        closed.add("b");
        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of("b"), List.of()));
        context.goOn();
        assertThat(context.takeAssigned()).containsExactly("e 1");
    }

    @Test
    void endReportedByAnAttemptThatFailedCountsForNothing() {
        StreamsEnumerator enumerator = running(null);
        context.takeAssigned();
        context.fail(enumerator, 0, context.splits.get("a"));

        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        context.register(enumerator, 0);

        assertThat(context.takeAssigned()).containsExactly("a 0");
    }

    @Test
    void nothingHappensAfterTheEndEvenIfAnAnswerComes() throws Exception {
        StreamsEnumerator enumerator = started(null);
        context.register(enumerator, 0, 1);

        enumerator.close();
        // The client is closed, and Flink does not call the handler; a test's answer may.
        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        enumerator.notifyCheckpointComplete(1);

        assertThat(context.assigned).isEmpty();
        assertThat(context.events).isEmpty();
        assertThat(operations).isEmpty();
    }

    @Test
    void shardThatVanishedWhileItWaitedFailsTheJob() {
        StreamsEnumerator enumerator = started(null);
        context.goOn();
        shards.remove("a");

        assertThatThrownBy(context::tick)
                .hasCauseInstanceOf(StreamsSourceException.class)
                .hasMessageContaining("Shard a of " + ARN)
                .hasMessageContaining("set_on_data_loss(\"continue\")");
        assertThatThrownBy(() -> enumerator.snapshotState(1))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whoAcceptsLossesGoesOnAndCountsThem() {
        fail = false;
        StreamsEnumerator enumerator = started(null);
        context.goOn();
        shards.remove("a");
        shard("c", "a");

        context.tick();
        context.register(enumerator, 0, 1);

        assertThat(context.dataLosses.getCount()).isEqualTo(1);
        assertThat(context.takeAssigned()).containsExactly("b 0", "c 1");
    }

    @Test
    void shardWithoutItsParentIsALossOnceItIsAskedFor() {
        fail = false;
        StreamsEnumerator enumerator = running(null);
        context.takeAssigned();
        shard("y", "x");

        context.tick();
        context.tick();

        assertThat(context.dataLosses.getCount()).isEqualTo(1);
        assertThat(context.takeAssigned()).containsExactly("y 0");
        assertThat(context.splits.get("y").position()).isEqualTo(ShardPosition.trimHorizon());
        assertThat(statuses(enumerator.snapshotState(1))).containsEntry("x", Status.ENDED);
    }

    @Test
    void listThatStaysInconsistentIsALossAfterTheRetries() {
        closed.add("a");
        StreamsEnumerator enumerator = started(null);
        context.register(enumerator, 0, 1);

        assertThatThrownBy(context::goOn).hasMessageContaining("shard a is closed");
        assertThat(operations)
                .containsExactly(
                        "DescribeStream", "DescribeStream", "DescribeStream", "DescribeStream");
    }

    @Test
    void newStreamOfTheTableIsReadAfterTheOldOne() {
        fail = false;
        streamArn = null;
        tableName = "orders";
        StreamsEnumerator enumerator = running(null);
        context.takeAssigned();
        status = "DISABLED";
        closed.addAll(List.of("a", "b"));
        context.tick();
        newestArn = NEWER_ARN;
        shard("n", null, NEWER_ARN);

        context.tick();
        assertThat(context.dataLosses.getCount()).isEqualTo(1);
        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        context.goOn();
        assertThat(context.takeAssigned()).isEmpty();
        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of("b"), List.of()));
        context.goOn();

        assertThat(context.takeAssigned()).containsExactly("n 0");
        assertThat(context.splits.get("n").streamArn()).isEqualTo(NEWER_ARN);
        assertThat(context.dataLosses.getCount()).isEqualTo(1);
    }

    @Test
    void newStreamIsNoticedOnRestoreAndFailsTheJob() {
        streamArn = null;
        tableName = "orders";
        StreamsState state = running(null).snapshotState(1);
        newestArn = NEWER_ARN;
        goneArn = ARN;

        started(state);

        assertThatThrownBy(context::goOn).hasMessageContaining("replaced by " + NEWER_ARN);
    }

    @Test
    void streamThatIsGoneIsSaidInASentence() {
        goneArn = ARN;
        started(null);

        assertThatThrownBy(context::goOn)
                .hasMessageContaining("There is no stream " + ARN)
                .hasMessageContaining("24 hours");
    }

    @Test
    void tableWithoutAStreamIsSaidInASentence() {
        streamArn = null;
        tableName = "orders";
        newestArn = null;
        started(null);

        assertThatThrownBy(context::goOn)
                .hasMessageContaining("Table orders has no stream")
                .hasMessageContaining("Enable one");
    }

    @Test
    void savepointOfAnotherTableIsRefused() {
        StreamsState state = running(null).snapshotState(1);
        streamArn = ARN.replace("orders", "other");
        started(state);

        assertThatThrownBy(context::goOn).hasMessageContaining("belongs to another table");
    }

    @Test
    void savepointWithAnotherEndIsRefused() {
        StreamsState state = running(null).snapshotState(1);
        bounded = true;

        assertThatThrownBy(() -> started(state)).hasMessageContaining("a read with no end");
    }

    @Test
    void schemaThatNeedsMoreThanTheStreamHasFailsTheJob() {
        started(null, new Schema("it has no images; use NEW_IMAGE"));

        assertThatThrownBy(context::goOn)
                .hasMessageContaining(ARN)
                .hasMessageContaining("it has no images; use NEW_IMAGE");
    }

    @Test
    void refusalOfTheServiceFailsTheJobWithItsMessage() {
        service.answer(request -> Answer.error("AccessDeniedException", "no"));
        started(null);

        assertThatThrownBy(context::goOn).hasMessageContaining("AccessDeniedException");
    }

    @Test
    void boundedReadEndsWhenAllShardsHaveStoppedOrEnded() {
        bounded = true;
        StreamsEnumerator enumerator = running(null);
        assertThat(context.splits.get("a").endMillis()).isGreaterThan(0);
        shard("c", "a");
        shard("d", "b");
        closed.addAll(List.of("a", "b"));
        context.takeAssigned();

        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of("a"), List.of()));
        context.goOn();
        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of(), List.of("b")));
        context.goOn();
        assertThat(context.takeAssigned()).containsExactly("c 0");
        assertThat(context.dismissed).isEmpty();
        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of(), List.of("c")));

        assertThat(context.dismissed).containsExactly(0, 1);
        context.fail(enumerator, 1);
        context.register(enumerator, 1);
        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of(), List.of("b")));
        assertThat(context.dismissed).containsExactly(0, 1, 1);
    }

    /** Flink fails a job when an event finds that its task has finished. */
    @Test
    void readersThatMayHaveFinishedAreToldNothingMore() throws Exception {
        bounded = true;
        StreamsEnumerator enumerator = running(null);
        enumerator.handleSourceEvent(0, new ShardsFinishedEvent(List.of(), List.of("a")));
        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of(), List.of("b")));
        assertThat(context.dismissed).containsExactly(0, 1);
        enumerator.snapshotState(1);
        enumerator.notifyCheckpointComplete(1);
        enumerator.handleSourceEvent(1, new ShardsFinishedEvent(List.of(), List.of("b")));
        assertThat(context.events).isEmpty();
    }

    @Test
    void hashAssignerGivesAShardToTheSameReaderWhateverTheyHave() {
        HashShardAssigner assigner = new HashShardAssigner();
        int[] shardsOf = new int[4];
        for (int shard = 0; shard < 400; shard++) {
            String id = String.format("shardId-%020d-%08x", 1_795_268_040_123L + shard, shard);
            int reader = assigner.assign(id, Map.of(0, shard, 1, 0, 2, 5, 3, 1), 4);
            assertThat(assigner.assign(id, Map.of(2, 0), 4)).isEqualTo(reader);
            shardsOf[reader]++;
        }
        assertThat(shardsOf[0]).isGreaterThan(60);
        assertThat(shardsOf[1]).isGreaterThan(60);
        assertThat(shardsOf[2]).isGreaterThan(60);
        assertThat(shardsOf[3]).isGreaterThan(60);
    }

    @Test
    void uniformAssignerFillsUpTheEmptiestAndTakesTurns() {
        UniformShardAssigner assigner = new UniformShardAssigner();
        Map<Integer, Integer> equal = Map.of(0, 1, 1, 1, 2, 1);

        assertThat(assigner.assign("a", equal, 3)).isEqualTo(0);
        assertThat(assigner.assign("b", equal, 3)).isEqualTo(1);
        assertThat(assigner.assign("c", Map.of(0, 1, 1, 0, 2, 1), 3)).isEqualTo(1);
        assertThat(assigner.assign("d", equal, 3)).isEqualTo(2);
        assertThat(assigner.assign("e", equal, 3)).isEqualTo(0);
    }

    private static Map<String, Status> statuses(StreamsState state) {
        return state.shards.stream().collect(Collectors.toMap(s -> s.shardId, s -> s.status));
    }

    private StreamsEnumerator running(StreamsState state) {
        StreamsEnumerator enumerator = started(state);
        context.register(enumerator, 0, 1);
        context.goOn();
        return enumerator;
    }

    private StreamsEnumerator started(StreamsState state) {
        return started(state, new Schema(null));
    }

    private StreamsEnumerator started(StreamsState state, Schema schema) {
        ClientSettings client =
                ClientSettings.of(
                        Map.of(
                                "aws.region",
                                "eu-west-1",
                                "aws.endpoint",
                                service.endpoint().toString(),
                                "aws.credentials.provider.basic.accesskeyid",
                                "key",
                                "aws.credentials.provider.basic.secretkey",
                                "secret"));
        StreamsOptions options =
                new StreamsOptions(
                        client,
                        streamArn,
                        tableName,
                        initial,
                        0,
                        60_000,
                        inconsistencyRetries,
                        2,
                        1,
                        5,
                        1_000,
                        250,
                        fail,
                        bounded,
                        endMillis);
        StreamsEnumerator enumerator =
                new StreamsEnumerator(context, options, new UniformShardAssigner(), schema, state);
        enumerator.start();
        return enumerator;
    }

    private void shard(String id, String parent) {
        shard(id, parent, ARN);
    }

    private void shard(String id, String parent, String arn) {
        shards.put(id, arn + " " + (parent == null ? "" : parent));
    }

    private Answer answer(LoopbackService.Request request) {
        String operation = request.headers.get("X-Amz-Target").split("\\.")[1];
        operations.add(operation);
        String text = request.text();
        switch (operation) {
            case "ListStreams":
                return Answer.ok(
                        "{\"Streams\":["
                                + (newestArn == null
                                        ? ""
                                        : "{\"StreamArn\":\""
                                                + newestArn
                                                + "\",\"StreamLabel\":\"1\"}")
                                + "]}");
            case "GetShardIterator":
                String id = text.replaceAll(".*\"ShardId\":\"(\\w+)\".*", "$1");
                String type = text.replaceAll(".*\"ShardIteratorType\":\"(\\w+)\".*", "$1");
                return Answer.ok("{\"ShardIterator\":\"" + type + " of " + id + "\"}");
            default:
                return describe(text);
        }
    }

    private Answer describe(String text) {
        String arn = text.contains(NEWER_ARN) ? NEWER_ARN : ARN;
        if (arn.equals(goneArn)) {
            return Answer.error("ResourceNotFoundException", "gone");
        }
        List<String> list = new ArrayList<>();
        shards.forEach(
                (id, of) -> {
                    String parent = of.substring(of.indexOf(' ') + 1);
                    boolean asked = text.contains("\"ShardId\":\"" + parent + "\"");
                    boolean told = text.contains("CHILD_SHARDS") ? asked : !hidden.contains(id);
                    if (of.startsWith(arn + " ") && told) {
                        list.add(
                                "{\"ShardId\":\""
                                        + id
                                        + "\""
                                        + (parent.isEmpty()
                                                ? ""
                                                : ",\"ParentShardId\":\"" + parent + "\"")
                                        + ",\"SequenceNumberRange\":{"
                                        + (closed.contains(id)
                                                ? "\"EndingSequenceNumber\":\"9\""
                                                : "")
                                        + "}}");
                    }
                });
        return Answer.ok(
                "{\"StreamDescription\":{\"StreamStatus\":\""
                        + (arn.equals(NEWER_ARN) ? "ENABLED" : status)
                        + "\",\"StreamViewType\":\"KEYS_ONLY\",\"KeySchema\":[],\"Shards\":["
                        + String.join(",", list)
                        + "]}}");
    }

    private static final class Schema implements StreamRecordSchema<String> {
        private static final long serialVersionUID = 1L;
        private final String problem;

        Schema(String problem) {
            this.problem = problem;
        }

        @Override
        public String problem(String viewType, List<String> keyNames) {
            return problem;
        }

        @Override
        public void deserialize(StreamRecord record, Collector<String> out) {}

        @Override
        public TypeInformation<String> getProducedType() {
            return Types.STRING;
        }
    }
}
