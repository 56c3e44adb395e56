package io.github.pyflinkdynamodb.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.client.LoopbackService;
import io.github.pyflinkdynamodb.client.LoopbackService.Answer;

import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;

class ScanEnumeratorTest {
    private static final String DESCRIPTION =
            "{\"Table\":{\"TableStatus\":\"ACTIVE\",\"KeySchema\":["
                    + "{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"},"
                    + "{\"AttributeName\":\"sk\",\"KeyType\":\"RANGE\"}],\"AttributeDefinitions\":["
                    + "{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"},"
                    + "{\"AttributeName\":\"sk\",\"AttributeType\":\"N\"}]}}";
    private static final String TEXT = "{\"S\":\"a\"}";
    private static final String NUMBER = "{\"N\":\"1\"}";

    private final Readers readers = new Readers();
    private LoopbackService service;

    @BeforeEach
    void startService() throws Exception {
        service = new LoopbackService(request -> Answer.ok(DESCRIPTION));
    }

    @AfterEach
    void stopService() throws Exception {
        service.close();
    }

    @Test
    void everySegmentIsAssignedOnceAndThenThereAreNoMore() {
        ScanEnumerator enumerator = started(4, Map.of(), null);
        for (int request = 0; request < 6; request++) {
            enumerator.handleSplitRequest(request % 2, null);
        }

        assertThat(readers.assigned.get(0))
                .containsExactly(ScanSplit.segment(0, 4), ScanSplit.segment(2, 4));
        assertThat(readers.assigned.get(1))
                .containsExactly(ScanSplit.segment(1, 4), ScanSplit.segment(3, 4));
        assertThat(readers.finished).containsExactly(0, 1);
        assertThat(service.requests).isEmpty();
    }

    @Test
    void thereAreAsManySegmentsAsReadersUnlessItIsSaid() {
        ScanEnumerator enumerator = started(0, Map.of(), null);

        assertThat(enumerator.snapshotState(1).unassigned())
                .containsExactly(
                        ScanSplit.segment(0, 3), ScanSplit.segment(1, 3), ScanSplit.segment(2, 3));
    }

    @Test
    void splitsOfAReaderThatFailedGoToTheNextThatAsks() {
        ScanEnumerator enumerator = started(2, Map.of(), null);
        enumerator.handleSplitRequest(0, null);
        enumerator.handleSplitRequest(1, null);
        ScanSplit begun = readers.assigned.get(0).get(0).at("{}", 3);

        enumerator.addSplitsBack(List.of(begun), 0);
        enumerator.handleSplitRequest(2, null);
        enumerator.handleSplitRequest(0, null);

        assertThat(readers.assigned.get(2)).containsExactly(begun);
        assertThat(readers.finished).containsExactly(0);
    }

    @Test
    void restoredEnumeratorAssignsWhatWasLeftAndNothingElse() {
        ScanEnumerator before = started(3, Map.of(), null);
        before.handleSplitRequest(0, null);
        readers.assigned.clear();

        ScanEnumerator after = started(3, Map.of(), before.snapshotState(1));
        for (int request = 0; request < 3; request++) {
            after.handleSplitRequest(1, null);
        }

        assertThat(readers.assigned.get(1))
                .containsExactly(ScanSplit.segment(1, 3), ScanSplit.segment(2, 3));
        assertThat(readers.finished).containsExactly(1);
    }

    @Test
    void constantsThatAreTheKeyBecomeOneQuery() {
        Map<String, String> constants = Map.of("pk", TEXT, "sk", NUMBER, "name", TEXT);

        assertThat(planned(constants))
                .containsExactly(ScanSplit.query(Map.of("pk", TEXT, "sk", NUMBER)));
    }

    @Test
    void constantForThePartitionKeyAloneIsEnough() {
        assertThat(planned(Map.of("pk", TEXT, "name", TEXT)))
                .containsExactly(ScanSplit.query(Map.of("pk", TEXT)));
    }

    @Test
    void constantForTheSortKeyAloneIsNot() {
        assertThat(planned(Map.of("sk", NUMBER))).isEqualTo(segments());
    }

    @Test
    void constantOfAnotherTypeThanTheKeysIsNoKey() {
        assertThat(planned(Map.of("pk", NUMBER, "sk", NUMBER))).isEqualTo(segments());
        assertThat(planned(Map.of("pk", TEXT, "sk", TEXT)))
                .containsExactly(ScanSplit.query(Map.of("pk", TEXT)));
    }

    @Test
    void tableWhoseKeyMayNotBeAskedForIsScanned() {
        service.answer(request -> Answer.error("AccessDeniedException", "no"));

        assertThat(planned(Map.of("pk", TEXT))).isEqualTo(segments());
    }

    @Test
    void readersThatAskBeforeTheKeyIsKnownGetTheirSplitsThen() {
        readers.holdBack = true;
        ScanEnumerator enumerator = started(3, Map.of("sk", NUMBER), null);
        enumerator.handleSplitRequest(0, null);
        enumerator.handleSplitRequest(1, null);
        enumerator.handleSplitRequest(5, null); // gone since
        assertThat(enumerator.snapshotState(1).isPlanned()).isFalse();
        assertThat(readers.assigned).isEmpty();

        readers.goOn();

        assertThat(readers.assigned).containsOnlyKeys(0, 1);
        assertThat(enumerator.snapshotState(2).unassigned())
                .containsExactly(ScanSplit.segment(2, 3));
    }

    private List<ScanSplit> planned(Map<String, String> constants) {
        return started(3, constants, null).snapshotState(1).unassigned();
    }

    private static List<ScanSplit> segments() {
        return List.of(ScanSplit.segment(0, 3), ScanSplit.segment(1, 3), ScanSplit.segment(2, 3));
    }

    private ScanEnumerator started(int segments, Map<String, String> constants, ScanState state) {
        ScanOptions options = Readings.options(service, 0, segments);
        ScanEnumerator enumerator = new ScanEnumerator(readers, options, constants, state);
        enumerator.start();
        return enumerator;
    }

    /** Three readers, 0 to 2. What is called elsewhere is called at once, unless held back. */
    private static final class Readers implements SplitEnumeratorContext<ScanSplit> {
        final Map<Integer, List<ScanSplit>> assigned = new HashMap<>();
        final TreeSet<Integer> finished = new TreeSet<>();
        boolean holdBack;
        private Runnable heldBack;

        void goOn() {
            heldBack.run();
        }

        @Override
        public SplitEnumeratorMetricGroup metricGroup() {
            return UnregisteredMetricsGroup.createSplitEnumeratorMetricGroup();
        }

        @Override
        public void sendEventToSourceReader(int reader, SourceEvent event) {}

        @Override
        public int currentParallelism() {
            return 3;
        }

        @Override
        public Map<Integer, ReaderInfo> registeredReaders() {
            Map<Integer, ReaderInfo> registered = new HashMap<>();
            for (int reader = 0; reader < 3; reader++) {
                registered.put(reader, new ReaderInfo(reader, "here"));
            }
            return registered;
        }

        @Override
        public void assignSplits(SplitsAssignment<ScanSplit> assignment) {
            assignment
                    .assignment()
                    .forEach(
                            (reader, splits) ->
                                    assigned.computeIfAbsent(reader, each -> new ArrayList<>())
                                            .addAll(splits));
        }

        @Override
        public void signalNoMoreSplits(int reader) {
            finished.add(reader);
        }

        @Override
        public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler) {
            Runnable call =
                    () -> {
                        T result;
                        try {
                            result = callable.call();
                        } catch (Exception e) {
                            handler.accept(null, e);
                            return;
                        }
                        handler.accept(result, null);
                    };
            if (holdBack) {
                heldBack = call;
            } else {
                call.run();
            }
        }

        @Override
        public <T> void callAsync(
                Callable<T> callable, BiConsumer<T, Throwable> handler, long delay, long period) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void runInCoordinatorThread(Runnable task) {
            task.run();
        }
    }
}
