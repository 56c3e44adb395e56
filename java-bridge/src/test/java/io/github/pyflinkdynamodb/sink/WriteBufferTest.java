package io.github.pyflinkdynamodb.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;
import io.github.pyflinkdynamodb.request.RejectedRequest;
import io.github.pyflinkdynamodb.request.WriteRequestScanner;
import io.github.pyflinkdynamodb.sink.WriteBuffer.Entry;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

class WriteBufferTest {

    private static final long NOW = 1_000_000;
    private static final long MAX_TIME = 5_000;
    private static final boolean DELIVER_ALL = false;
    private static final boolean OVERWRITE = true;

    private static final WriteRequestScanner SCANNER =
            new WriteRequestScanner(new KeySchema("k", KeyType.N, null, null), 409_600);

    private final WriteBuffer buffer = buffer(DELIVER_ALL, 3, 1_000);
    private final WriteBuffer overwriting = buffer(OVERWRITE, 3, 1_000);

    /** A put of the number key, as the scanner makes it, filled up to this many bytes. */
    static EncodedWriteRequest put(String key, int bytes) {
        String start = "{\"PutRequest\":{\"Item\":{\"k\":{\"N\":\"" + key + "\"},\"v\":{\"S\":\"";
        String end = "\"}}}}";
        int filling = bytes - start.length() - end.length();
        if (filling < 0) {
            throw new IllegalArgumentException("A put has more than " + bytes + " bytes.");
        }
        byte[] element = (start + "x".repeat(filling) + end).getBytes(StandardCharsets.UTF_8);
        List<EncodedWriteRequest> scanned = new ArrayList<>();
        try {
            SCANNER.scan(
                    element,
                    new WriteRequestScanner.Handler() {
                        @Override
                        public void write(EncodedWriteRequest request) {
                            scanned.add(request);
                        }

                        @Override
                        public void reject(RejectedRequest request) {
                            throw new IllegalStateException(request.errorMessage());
                        }
                    });
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return scanned.get(0);
    }

    private static EncodedWriteRequest put(String key) {
        return put(key, 100);
    }

    private static WriteBuffer buffer(boolean overwrite, int maxBatchSize, long maxBatchBytes) {
        return new WriteBuffer(overwrite, maxBatchSize, maxBatchBytes, 10, 5_000, MAX_TIME);
    }

    private static List<EncodedWriteRequest> requests(List<Entry> batch) {
        return batch.stream().map(Entry::request).collect(Collectors.toList());
    }

    private static Entry only(List<Entry> batch) {
        assertThat(batch).hasSize(1);
        return batch.get(0);
    }

    // Keys and order.

    @Test
    void writesOfOneKeyLeaveOneAfterTheOther() {
        EncodedWriteRequest first = put("1");
        EncodedWriteRequest second = put("1.0");
        EncodedWriteRequest third = put("10e-1");
        for (EncodedWriteRequest request : List.of(first, second, third)) {
            assertThat(buffer.add(request, NOW)).isFalse();
        }

        for (EncodedWriteRequest expected : List.of(first, second, third)) {
            Entry entry = only(buffer.take(NOW));
            assertThat(entry.request()).isSameAs(expected);
            assertThat(buffer.take(NOW)).as("while the key is open").isEmpty();
            assertThat(buffer.shouldSend(NOW, true)).as("while the key is open").isFalse();
            buffer.settle(entry);
        }
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    void anOpenKeyDoesNotHoldUpOthers() {
        buffer.add(put("1"), NOW);
        buffer.take(NOW);
        EncodedWriteRequest other = put("2");
        buffer.add(put("1"), NOW);
        buffer.add(other, NOW);

        assertThat(requests(buffer.take(NOW))).containsExactly(other);
    }

    @Test
    void aRetryStaysInFrontOfItsKeysWrites() {
        EncodedWriteRequest first = put("1");
        EncodedWriteRequest second = put("1");
        buffer.add(first, NOW);
        buffer.add(second, NOW);

        assertThat(buffer.retry(only(buffer.take(NOW)), NOW)).isTrue();

        Entry again = only(buffer.take(NOW));
        assertThat(again.request()).isSameAs(first);
        buffer.settle(again);
        Entry last = only(buffer.take(NOW));
        assertThat(last.request()).isSameAs(second);
        buffer.settle(last);
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    void writesAddedAfterARetryLeaveAfterIt() {
        EncodedWriteRequest first = put("1");
        EncodedWriteRequest second = put("1");
        EncodedWriteRequest third = put("1");
        buffer.add(first, NOW);
        buffer.retry(only(buffer.take(NOW)), NOW);
        buffer.add(second, NOW);
        buffer.add(third, NOW);

        for (EncodedWriteRequest expected : List.of(first, second, third)) {
            Entry entry = only(buffer.take(NOW));
            assertThat(entry.request()).isSameAs(expected);
            buffer.settle(entry);
        }
    }

    @Test
    void keysLeaveInTheOrderOfTheirFirstWaitingWrite() {
        List<EncodedWriteRequest> added = new ArrayList<>();
        for (String key : List.of("3", "1", "2", "5", "4")) {
            EncodedWriteRequest request = put(key);
            added.add(request);
            buffer.add(request, NOW);
        }

        assertThat(requests(buffer.take(NOW))).isEqualTo(added.subList(0, 3));
        assertThat(requests(buffer.take(NOW))).isEqualTo(added.subList(3, 5));
    }

    @Test
    void aBusyKeyDoesNotOvertakeOneThatIsReadyForLonger() {
        WriteBuffer ofOne = buffer(DELIVER_ALL, 1, 1_000);
        ofOne.add(put("1"), NOW);
        ofOne.add(put("1"), NOW);
        EncodedWriteRequest quiet = put("2");
        ofOne.add(quiet, NOW);

        ofOne.settle(only(ofOne.take(NOW)));

        assertThat(requests(ofOne.take(NOW))).containsExactly(quiet);
    }

    // Overwriting.

    @Test
    void aNewerWriteTakesThePlaceOfTheOneThatWaits() {
        EncodedWriteRequest other = put("2");
        EncodedWriteRequest newest = put("1", 130);
        overwriting.add(put("1", 100), NOW);
        overwriting.add(other, NOW);

        assertThat(overwriting.add(newest, NOW + 1)).isTrue();

        assertThat(overwriting.heldRequests()).isEqualTo(2);
        assertThat(overwriting.heldBytes()).isEqualTo(230);
        assertThat(overwriting.snapshot()).containsExactly(newest, other);
        assertThat(requests(overwriting.take(NOW + 1))).containsExactly(newest, other);
    }

    @Test
    void aReplacedWriteLeavesItsWaitingTimeBehind() {
        overwriting.add(put("1"), NOW);
        overwriting.add(put("1"), NOW + MAX_TIME - 1);

        assertThat(overwriting.nextDueMs()).isEqualTo(NOW + MAX_TIME);
        assertThat(overwriting.shouldSend(NOW + MAX_TIME, false)).isTrue();
    }

    @Test
    void aWriteThatIsOpenIsNotOverwritten() {
        EncodedWriteRequest open = put("1");
        EncodedWriteRequest newest = put("1");
        overwriting.add(open, NOW);
        Entry entry = only(overwriting.take(NOW));

        assertThat(overwriting.add(put("1"), NOW)).as("first to wait").isFalse();
        assertThat(overwriting.add(newest, NOW)).isTrue();

        assertThat(entry.request()).isSameAs(open);
        assertThat(overwriting.snapshot()).containsExactly(open, newest);
        overwriting.settle(entry);
        assertThat(requests(overwriting.take(NOW))).containsExactly(newest);
    }

    @Test
    void aRetryThatANewerWriteOvertookIsDropped() {
        EncodedWriteRequest newer = put("1", 120);
        overwriting.add(put("1", 100), NOW);
        Entry entry = only(overwriting.take(NOW));
        overwriting.add(newer, NOW);

        assertThat(overwriting.retry(entry, NOW)).isFalse();

        assertThat(overwriting.openRequests()).isZero();
        assertThat(overwriting.heldRequests()).isEqualTo(1);
        assertThat(overwriting.heldBytes()).isEqualTo(120);
        assertThat(overwriting.snapshot()).containsExactly(newer);
        assertThat(requests(overwriting.take(NOW))).containsExactly(newer);
    }

    /** Else a key that is written all the time would be sent without any backoff. */
    @Test
    void aWriteThatOvertookARetryWaitsForTheRetrysTime() {
        overwriting.add(put("1"), NOW);
        Entry entry = only(overwriting.take(NOW));
        overwriting.add(put("1"), NOW);
        overwriting.retry(entry, NOW + 50);

        assertThat(overwriting.nextDueMs()).isEqualTo(NOW + 50);
        assertThat(overwriting.shouldSend(NOW + 49, true)).isFalse();
        assertThat(overwriting.shouldSend(NOW + 50, false)).isTrue();
        assertThat(only(overwriting.take(NOW + 50)).attempts()).isEqualTo(1);
    }

    @Test
    void aNewerWriteReplacesARetryThatWaitsAndWaitsInItsStead() {
        EncodedWriteRequest newer = put("1");
        overwriting.add(put("1"), NOW);
        overwriting.retry(only(overwriting.take(NOW)), NOW + 50);

        assertThat(overwriting.add(newer, NOW + 1)).isTrue();

        assertThat(overwriting.take(NOW + 49)).isEmpty();
        Entry entry = only(overwriting.take(NOW + 50));
        assertThat(entry.request()).isSameAs(newer);
        assertThat(entry.attempts()).as("the backoff goes on").isEqualTo(1);
        overwriting.settle(entry);
        assertThat(overwriting.isEmpty()).isTrue();
    }

    @Test
    void aRetryThatNothingOvertookIsKeptWhenOverwriting() {
        EncodedWriteRequest request = put("1");
        overwriting.add(request, NOW);

        assertThat(overwriting.retry(only(overwriting.take(NOW)), NOW)).isTrue();

        assertThat(requests(overwriting.take(NOW))).containsExactly(request);
    }

    // Batches.

    @Test
    void aBatchHoldsAtMostItsNumberOfRequests() {
        for (int key = 0; key < 7; key++) {
            buffer.add(put("" + key), NOW);
        }

        assertThat(buffer.take(NOW)).hasSize(3);
        assertThat(buffer.take(NOW)).hasSize(3);
        assertThat(buffer.take(NOW)).hasSize(1);
        assertThat(buffer.take(NOW)).isEmpty();
    }

    @Test
    void requestsAndTheCommasBetweenThemFitTheBytesOfABatch() {
        WriteBuffer exact = buffer(DELIVER_ALL, 3, 302);
        WriteBuffer oneByteShort = buffer(DELIVER_ALL, 3, 301);
        for (String key : List.of("1", "2", "3")) {
            exact.add(put(key), NOW);
            oneByteShort.add(put(key), NOW);
        }

        assertThat(exact.take(NOW)).hasSize(3);
        assertThat(oneByteShort.take(NOW)).hasSize(2);
        assertThat(oneByteShort.take(NOW)).hasSize(1);
    }

    @Test
    void aRequestLargerThanABatchLeavesAlone() {
        WriteBuffer small = buffer(DELIVER_ALL, 3, 250);
        EncodedWriteRequest large = put("2", 600);
        small.add(put("1"), NOW);
        small.add(large, NOW);
        small.add(put("3"), NOW);

        assertThat(small.take(NOW)).hasSize(1);
        assertThat(requests(small.take(NOW))).containsExactly(large);
        assertThat(small.take(NOW)).hasSize(1);
    }

    // When a batch leaves.

    @Test
    void nothingIsSentWhenNothingIsReady() {
        assertThat(buffer.shouldSend(NOW, false)).isFalse();
        assertThat(buffer.shouldSend(NOW, true)).isFalse();
        assertThat(buffer.take(NOW)).isEmpty();
        assertThat(buffer.nextDueMs()).isEqualTo(Long.MAX_VALUE);

        buffer.add(put("1"), NOW);
        buffer.take(NOW);

        assertThat(buffer.shouldSend(NOW + MAX_TIME, false)).isFalse();
        assertThat(buffer.nextDueMs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aBatchLeavesWhenItHasItsNumberOfRequests() {
        buffer.add(put("1"), NOW);
        buffer.add(put("2"), NOW);
        buffer.add(put("2"), NOW);
        assertThat(buffer.shouldSend(NOW, false)).as("two keys of three").isFalse();

        buffer.add(put("3"), NOW);

        assertThat(buffer.shouldSend(NOW, false)).isTrue();
    }

    @Test
    void aBatchLeavesWhenItsBytesAreFull() {
        WriteBuffer bytes = buffer(DELIVER_ALL, 25, 402);
        bytes.add(put("1", 150), NOW);
        bytes.add(put("2", 150), NOW);
        assertThat(bytes.shouldSend(NOW, false)).as("a third request of 100 still fits").isFalse();

        bytes.add(put("3", 100), NOW);

        assertThat(bytes.shouldSend(NOW, false)).isTrue();
    }

    @Test
    void aRequestThatNoLongerFitsSendsTheBatchBeforeIt() {
        WriteBuffer bytes = buffer(DELIVER_ALL, 25, 400);
        bytes.add(put("1", 150), NOW);
        bytes.add(put("2", 150), NOW);
        bytes.add(put("3", 150), NOW);

        assertThat(bytes.shouldSend(NOW, false)).isTrue();
        assertThat(bytes.take(NOW)).hasSize(2);
        assertThat(bytes.shouldSend(NOW, false)).as("what is left is not full").isFalse();
    }

    @Test
    void onlyFirstWritesOfKeysFillABatch() {
        WriteBuffer bytes = buffer(DELIVER_ALL, 3, 400);
        for (int i = 0; i < 10; i++) {
            bytes.add(put("1", 300), NOW);
        }

        assertThat(bytes.shouldSend(NOW, false)).isFalse();
    }

    @Test
    void overwritingAReadyWriteCountsTheBytesOfTheNewOne() {
        WriteBuffer bytes = buffer(OVERWRITE, 25, 400);
        bytes.add(put("1", 250), NOW);
        bytes.add(put("2", 100), NOW);
        bytes.add(put("1", 100), NOW);
        assertThat(bytes.shouldSend(NOW, false)).isFalse();

        bytes.add(put("1", 300), NOW);

        assertThat(bytes.shouldSend(NOW, false)).isTrue();
    }

    @Test
    void overwritingAWriteThatIsNotReadyDoesNotFillABatch() {
        WriteBuffer bytes = buffer(OVERWRITE, 25, 400);
        bytes.add(put("1", 100), NOW);
        bytes.take(NOW);
        bytes.add(put("1", 100), NOW);
        bytes.add(put("1", 400), NOW);
        bytes.add(put("2", 100), NOW);

        assertThat(bytes.shouldSend(NOW, false)).isFalse();
    }

    @Test
    void aBatchLeavesWhenItsOldestRequestHasWaitedLongEnough() {
        buffer.add(put("1"), NOW);
        buffer.add(put("2"), NOW + 1_000);

        assertThat(buffer.nextDueMs()).isEqualTo(NOW + MAX_TIME);
        assertThat(buffer.shouldSend(NOW + MAX_TIME - 1, false)).isFalse();
        assertThat(buffer.shouldSend(NOW + MAX_TIME, false)).isTrue();
        assertThat(buffer.take(NOW + MAX_TIME)).hasSize(2);
    }

    @Test
    void theWaitingTimeIsThatOfTheOldestRequestLeft() {
        WriteBuffer ofOne = new WriteBuffer(DELIVER_ALL, 2, 205, 10, 5_000, MAX_TIME);
        ofOne.add(put("1", 150), NOW);
        ofOne.add(put("2", 150), NOW + 7);

        ofOne.take(NOW + 8);

        assertThat(ofOne.nextDueMs()).isEqualTo(NOW + 7 + MAX_TIME);
    }

    @Test
    void aForcedBatchLeavesWhateverItHolds() {
        buffer.add(put("1"), NOW);

        assertThat(buffer.shouldSend(NOW, false)).isFalse();
        assertThat(buffer.shouldSend(NOW, true)).isTrue();
    }

    @Test
    void aWriteThatWaitedForItsKeyDoesNotWaitForAFullBatch() {
        buffer.add(put("1"), NOW);
        buffer.add(put("1"), NOW);
        Entry first = only(buffer.take(NOW));
        assertThat(buffer.shouldSend(NOW, false)).isFalse();

        buffer.settle(first);

        assertThat(buffer.shouldSend(NOW, false)).isTrue();
        buffer.settle(only(buffer.take(NOW)));
        buffer.add(put("1"), NOW);
        assertThat(buffer.shouldSend(NOW, false)).as("a key that is new again").isFalse();
    }

    @Test
    void otherRequestsLeaveInTheSameBatchAsAnUrgentOne() {
        EncodedWriteRequest second = put("1");
        EncodedWriteRequest other = put("2");
        buffer.add(put("1"), NOW);
        buffer.add(second, NOW);
        buffer.settle(only(buffer.take(NOW)));
        buffer.add(other, NOW);

        assertThat(requests(buffer.take(NOW))).containsExactly(second, other);
        buffer.add(put("3"), NOW);
        assertThat(buffer.shouldSend(NOW, false)).as("the urgent one has left").isFalse();
    }

    // Retries.

    @Test
    void aRetryIsNotSentBeforeItsTime() {
        EncodedWriteRequest request = put("1");
        buffer.add(request, NOW);
        buffer.retry(only(buffer.take(NOW)), NOW + 200);

        assertThat(buffer.nextDueMs()).isEqualTo(NOW + 200);
        assertThat(buffer.shouldSend(NOW + 199, false)).isFalse();
        assertThat(buffer.shouldSend(NOW + 199, true)).isFalse();
        assertThat(buffer.take(NOW + 199)).isEmpty();
        assertThat(buffer.shouldSend(NOW + 200, false)).isTrue();
        assertThat(requests(buffer.take(NOW + 200))).containsExactly(request);
    }

    @Test
    void takingAloneFindsRetriesThatAreDue() {
        buffer.add(put("1"), NOW);
        buffer.retry(only(buffer.take(NOW)), NOW + 200);

        assertThat(buffer.take(NOW + 200)).hasSize(1);
    }

    @Test
    void aDelayedKeyDoesNotHoldUpOthers() {
        EncodedWriteRequest other = put("2");
        buffer.add(put("1"), NOW);
        buffer.retry(only(buffer.take(NOW)), NOW + 200);
        buffer.add(put("1"), NOW);
        buffer.add(other, NOW);

        assertThat(requests(buffer.take(NOW))).containsExactly(other);
    }

    @Test
    void retriesComeBackByTheirTime() {
        EncodedWriteRequest late = put("1");
        EncodedWriteRequest early = put("2");
        EncodedWriteRequest later = put("3");
        buffer.add(late, NOW);
        buffer.add(early, NOW);
        buffer.add(later, NOW);
        List<Entry> batch = buffer.take(NOW);
        buffer.retry(batch.get(0), NOW + 300);
        buffer.retry(batch.get(1), NOW + 100);
        buffer.retry(batch.get(2), NOW + 301);

        assertThat(buffer.nextDueMs()).isEqualTo(NOW + 100);
        assertThat(requests(buffer.take(NOW + 300))).containsExactly(early, late);
        assertThat(buffer.nextDueMs()).isEqualTo(NOW + 301);
    }

    @Test
    void nextDueIsTheSoonerOfDeadlineAndRetry() {
        buffer.add(put("1"), NOW);
        Entry entry = only(buffer.take(NOW));
        buffer.add(put("2"), NOW);
        buffer.retry(entry, NOW + MAX_TIME + 1);
        assertThat(buffer.nextDueMs()).isEqualTo(NOW + MAX_TIME);

        assertThat(buffer.take(NOW)).hasSize(1);
        assertThat(buffer.nextDueMs()).isEqualTo(NOW + MAX_TIME + 1);
    }

    @Test
    void attemptsCountHowOftenAWriteWasSentBack() {
        buffer.add(put("1"), NOW);
        buffer.add(put("1"), NOW);
        for (int attempts = 0; attempts < 3; attempts++) {
            Entry entry = only(buffer.take(NOW));
            assertThat(entry.attempts()).isEqualTo(attempts);
            buffer.retry(entry, NOW);
        }
        buffer.settle(only(buffer.take(NOW)));

        assertThat(only(buffer.take(NOW)).attempts()).as("the next write of the key").isZero();
    }

    /** An answer that is handled twice must not free a key that has gone out again. */
    @Test
    void anEntryIsClosedOnce() {
        buffer.add(put("1"), NOW);
        Entry settled = only(buffer.take(NOW));
        buffer.settle(settled);
        buffer.add(put("1"), NOW);
        Entry open = only(buffer.take(NOW));

        assertThatIllegalStateException().isThrownBy(() -> buffer.settle(settled));
        assertThatIllegalStateException().isThrownBy(() -> buffer.retry(settled, NOW));
        assertCounters(1, 1, 100);

        buffer.retry(open, NOW);
        assertThatIllegalStateException().isThrownBy(() -> buffer.settle(open));
        assertCounters(1, 0, 100);
    }

    // Bounds and counters.

    @Test
    void thereIsRoomUpToTheNumberOfRequestsHeld() {
        WriteBuffer two = new WriteBuffer(DELIVER_ALL, 25, 1_000, 2, 5_000, MAX_TIME);
        two.add(put("1"), NOW);
        assertThat(two.hasRoom(100)).isTrue();
        two.add(put("2"), NOW);
        assertThat(two.hasRoom(100)).isFalse();

        List<Entry> batch = two.take(NOW);
        assertThat(two.hasRoom(100)).as("open requests count").isFalse();
        two.retry(batch.get(0), NOW);
        assertThat(two.hasRoom(100)).as("retries count").isFalse();

        two.settle(batch.get(1));
        assertThat(two.hasRoom(100)).isTrue();
    }

    @Test
    void thereIsRoomUpToTheBytesHeld() {
        WriteBuffer bytes = new WriteBuffer(DELIVER_ALL, 25, 1_000, 10, 300, MAX_TIME);
        bytes.add(put("1"), NOW);
        bytes.add(put("2"), NOW);
        assertThat(bytes.hasRoom(100)).isTrue();
        assertThat(bytes.hasRoom(101)).isFalse();

        Entry entry = bytes.take(NOW).get(0);
        assertThat(bytes.hasRoom(101)).as("open requests count").isFalse();

        bytes.settle(entry);
        assertThat(bytes.hasRoom(200)).isTrue();
        assertThat(bytes.hasRoom(201)).isFalse();
    }

    @Test
    void aRequestLargerThanTheBoundHasRoomWhenNothingElseIsHeld() {
        WriteBuffer bytes = new WriteBuffer(DELIVER_ALL, 25, 1_000, 10, 300, MAX_TIME);
        assertThat(bytes.hasRoom(301)).isTrue();

        bytes.add(put("1"), NOW);
        assertThat(bytes.hasRoom(301)).isFalse();
        Entry entry = only(bytes.take(NOW));
        assertThat(bytes.hasRoom(301)).as("while one is open").isFalse();

        bytes.settle(entry);
        assertThat(bytes.hasRoom(301)).isTrue();
    }

    @Test
    void countersFollowARequest() {
        assertCounters(0, 0, 0);
        buffer.add(put("1", 110), NOW);
        buffer.add(put("1", 120), NOW);
        buffer.add(put("2", 140), NOW);
        assertCounters(3, 0, 370);

        List<Entry> batch = buffer.take(NOW);
        assertCounters(3, 2, 370);
        buffer.settle(batch.get(1));
        assertCounters(2, 1, 230);
        buffer.retry(batch.get(0), NOW);
        assertCounters(2, 0, 230);
        buffer.settle(only(buffer.take(NOW)));
        assertCounters(1, 0, 120);
        buffer.settle(only(buffer.take(NOW)));
        assertCounters(0, 0, 0);
    }

    private void assertCounters(int held, int open, long bytes) {
        assertThat(buffer.heldRequests()).as("held").isEqualTo(held);
        assertThat(buffer.openRequests()).as("open").isEqualTo(open);
        assertThat(buffer.heldBytes()).as("held bytes").isEqualTo(bytes);
        assertThat(buffer.isEmpty()).as("empty").isEqualTo(held == 0);
    }

    // Snapshots.

    @Test
    void aSnapshotIsEverythingUnsettledInOrderOfArrival() {
        List<EncodedWriteRequest> added = new ArrayList<>();
        for (String key : List.of("2", "1", "2", "3", "1", "2")) {
            EncodedWriteRequest request = put(key);
            added.add(request);
            buffer.add(request, NOW);
        }
        assertThat(buffer.snapshot()).as("waiting").isEqualTo(added);

        List<Entry> batch = buffer.take(NOW);
        assertThat(buffer.snapshot()).as("three open").isEqualTo(added);

        buffer.retry(batch.get(0), NOW + 100);
        assertThat(buffer.snapshot()).as("one delayed").isEqualTo(added);

        buffer.settle(batch.get(1));
        added.remove(1);
        assertThat(buffer.snapshot()).as("one settled").isEqualTo(added);
    }

    @Test
    void aSnapshotStaysAsItWas() {
        EncodedWriteRequest first = put("1");
        overwriting.add(first, NOW);

        List<EncodedWriteRequest> snapshot = overwriting.snapshot();
        overwriting.add(put("1"), NOW);
        overwriting.add(put("2"), NOW);

        assertThat(snapshot).containsExactly(first);
    }

    @Test
    void aSnapshotCanBeRestoredAboveTheBounds() {
        for (int i = 0; i < 5; i++) {
            buffer.add(put("" + i % 2), NOW);
        }
        buffer.take(NOW);

        WriteBuffer restored = new WriteBuffer(DELIVER_ALL, 3, 1_000, 2, 150, MAX_TIME);
        buffer.snapshot().forEach(request -> restored.add(request, NOW));

        assertThat(restored.snapshot()).isEqualTo(buffer.snapshot());
        assertThat(restored.hasRoom(100)).isFalse();
        assertThat(restored.take(NOW)).hasSize(2);
    }
}
