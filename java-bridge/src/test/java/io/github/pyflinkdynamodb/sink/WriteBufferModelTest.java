package io.github.pyflinkdynamodb.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.sink.WriteBuffer.Entry;

import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Random operations on a {@link WriteBuffer}, compared after each of them with a model that keeps
 * plain lists and looks through all of them each time.
 *
 * <p>Another seed: {@code -Dseed=...}. The seed of a run is printed, and said again by a failure.
 */
class WriteBufferModelTest {

    private static final int ROUNDS = 300;
    private static final int OPERATIONS_IN_A_ROUND = 400;

    /** A batch this close to its bytes may count as full: no request is as small as that. */
    private static final int SMALLEST_REQUEST = 40;

    private enum Event {
        SUPERSEDED,
        RETRY_REPLACED,
        RETRY_DROPPED,
        RETRY_DUE,
        BATCH_FULL_BY_NUMBER,
        BATCH_FULL_BY_BYTES,
        LARGER_THAN_A_BATCH,
        LARGER_THAN_THE_BUFFER,
        DEADLINE,
        NO_ROOM_FOR_NUMBER,
        NO_ROOM_FOR_BYTES,
        RESTORED_WITH_OPEN_REQUESTS
    }

    @Test
    void theBufferDoesWhatTheModelDoes() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("WriteBufferModelTest runs with -Dseed=" + seed);
        Random seeds = new Random(seed);
        Map<Event, Integer> events = new EnumMap<>(Event.class);
        int operations = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Round played = new Round(new Random(seeds.nextLong()), events);
            try {
                for (int i = 0; i < OPERATIONS_IN_A_ROUND; i++) {
                    played.operate();
                    operations++;
                }
                played.drain();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "-Dseed=" + seed + ", round " + round + ", " + played.story(), e);
            }
        }
        assertThat(operations).isGreaterThanOrEqualTo(100_000);
        assertThat(events.keySet()).as("what a run must meet").containsExactly(Event.values());
    }

    /** One write of the model. Where it stands among the others is its place. */
    private static final class Write {
        final int key;
        final EncodedWriteRequest request;
        final long place;
        final long arrivalMs;
        int attempts;
        Entry open;

        Write(int key, EncodedWriteRequest request, long place, long arrivalMs) {
            this.key = key;
            this.request = request;
            this.place = place;
            this.arrivalMs = arrivalMs;
        }

        int bytes() {
            return request.bytes().length;
        }
    }

    /** What the model knows of a key that has unsettled writes. */
    private static final class KeyState {
        /** When it may be sent again after a retry; null for at any time. */
        Long notBeforeMs;

        boolean urgent;

        /** Place in the queue of ready keys; keys that turn ready together share one. */
        long rank;
    }

    private static final class Round {
        private final Random random;
        private final Map<Event, Integer> events;
        private final Deque<String> log = new ArrayDeque<>();
        private final double[] keyWeights;

        private boolean overwrite;
        private int maxBatchSize;
        private int maxBatchBytes;
        private int maxBufferedRequests;
        private int maxBufferedBytes;
        private int maxTimeInBufferMs;
        private WriteBuffer buffer;

        private final List<Write> writes = new ArrayList<>();
        private final Map<Integer, KeyState> keys = new TreeMap<>();
        private long nowMs;
        private long nextPlace;
        private long nextRank;

        Round(Random random, Map<Event, Integer> events) {
            this.random = random;
            this.events = events;
            nowMs = random.nextInt(1_000_000);
            keyWeights = new double[1 + random.nextInt(60)];
            double sum = 0;
            for (int i = 0; i < keyWeights.length; i++) {
                sum += 1.0 / (i + 1);
                keyWeights[i] = sum;
            }
            renew();
        }

        /** A buffer of other bounds, and perhaps of the other mode. */
        private void renew() {
            overwrite = random.nextBoolean();
            maxBatchSize = 1 + random.nextInt(25);
            maxBatchBytes = 80 + random.nextInt(random.nextBoolean() ? 500 : 8_000);
            maxBufferedRequests = 1 + random.nextInt(random.nextBoolean() ? 10 : 200);
            maxBufferedBytes = 200 + random.nextInt(random.nextBoolean() ? 2_000 : 100_000);
            maxTimeInBufferMs = 1 + random.nextInt(500);
            buffer =
                    new WriteBuffer(
                            overwrite,
                            maxBatchSize,
                            maxBatchBytes,
                            maxBufferedRequests,
                            maxBufferedBytes,
                            maxTimeInBufferMs);
            say(
                    "new buffer: %s, batch of %d or %d bytes, room for %d or %d bytes, %d ms",
                    overwrite ? "overwriting" : "delivering all",
                    maxBatchSize,
                    maxBatchBytes,
                    maxBufferedRequests,
                    maxBufferedBytes,
                    maxTimeInBufferMs);
        }

        String story() {
            return "last operations:\n" + String.join("\n", log);
        }

        private void say(String format, Object... arguments) {
            log.add(String.format("  %d ms: ", nowMs) + String.format(format, arguments));
            if (log.size() > 40) {
                log.removeFirst();
            }
        }

        private void met(Event event) {
            events.merge(event, 1, Integer::sum);
        }

        // Operations.

        void operate() {
            int choice = random.nextInt(1_000);
            if (choice < 500) {
                add();
            } else if (choice < 650) {
                send(random.nextInt(10) == 0);
            } else if (choice < 850) {
                answer();
            } else if (choice < 950) {
                passTime();
            } else if (choice < 990) {
                passTimeAndTake();
            } else if (choice < 995) {
                take();
            } else {
                restore();
            }
            check();
        }

        /** Plays on without new writes until everything is settled. */
        void drain() {
            int steps = 0;
            while (!writes.isEmpty()) {
                assertThat(steps++).as("steps to drain").isLessThan(50_000);
                if (buffer.shouldSend(nowMs, true)) {
                    promote();
                    take();
                } else if (writes.stream().anyMatch(write -> write.open != null)) {
                    answer();
                } else {
                    nowMs = buffer.nextDueMs();
                }
                check();
            }
            assertThat(buffer.isEmpty()).isTrue();
        }

        private void add() {
            int key = key();
            EncodedWriteRequest request = WriteBufferTest.put(spelling(key), size());
            int bytes = request.bytes().length;
            boolean room = hasRoom(bytes);
            assertThat(buffer.hasRoom(bytes)).as("room for %d bytes", bytes).isEqualTo(room);
            if (!room) {
                boolean number = writes.size() >= maxBufferedRequests;
                met(number ? Event.NO_ROOM_FOR_NUMBER : Event.NO_ROOM_FOR_BYTES);
                say("no room for %d bytes", bytes);
                return;
            }
            if (bytes > maxBufferedBytes) {
                met(Event.LARGER_THAN_THE_BUFFER);
            }
            say("add key %d, %d bytes", key, bytes);
            addToBoth(key, request);
        }

        private void addToBoth(int key, EncodedWriteRequest request) {
            boolean replaced = buffer.add(request, nowMs);

            List<Write> waiting = waitingOf(key);
            if (overwrite && !waiting.isEmpty()) {
                Write old = waiting.get(0);
                met(old.attempts > 0 ? Event.RETRY_REPLACED : Event.SUPERSEDED);
                Write newest = new Write(key, request, old.place, old.arrivalMs);
                newest.attempts = old.attempts; // The key is as throttled as it was.
                writes.set(writes.indexOf(old), newest);
                assertThat(replaced).as("replaced a waiting write").isTrue();
                return;
            }
            assertThat(replaced).as("replaced a waiting write").isFalse();
            writes.add(new Write(key, request, nextPlace++, nowMs));
            if (!keys.containsKey(key)) {
                KeyState state = new KeyState();
                state.rank = nextRank++;
                keys.put(key, state);
            }
        }

        private void send(boolean force) {
            boolean send = buffer.shouldSend(nowMs, force);
            promote();
            say("should send%s: %s", force ? " by force" : "", send);
            assertShouldSend(send, force);
            if (send) {
                take();
            }
        }

        private void take() {
            List<Entry> batch = buffer.take(nowMs);
            promote();
            say("take %d of %d keys that are ready", batch.size(), readyKeys().size());
            if (readyKeys().isEmpty()) {
                assertThat(batch).isEmpty();
                return;
            }
            assertThat(batch).isNotEmpty().hasSizeLessThanOrEqualTo(maxBatchSize);

            Set<Integer> taken = new HashSet<>();
            long lastRank = 0;
            int bytes = -1;
            for (Entry entry : batch) {
                Write write = writeOf(entry.request());
                assertThat(write.open).as("taken once").isNull();
                assertThat(taken.add(write.key)).as("one write of a key in a batch").isTrue();
                assertThat(readyKeys()).as("ready keys").contains(write.key);
                assertThat(waitingOf(write.key).get(0)).as("first of its key").isSameAs(write);
                assertThat(entry.attempts()).as("attempts").isEqualTo(write.attempts);
                assertThat(keys.get(write.key).rank)
                        .as("in the order in which keys turned ready")
                        .isGreaterThanOrEqualTo(lastRank);
                lastRank = keys.get(write.key).rank;
                bytes += write.bytes() + 1;
            }
            if (bytes > maxBatchBytes) {
                met(Event.LARGER_THAN_A_BATCH);
                assertThat(batch).as("more than a batch's bytes").hasSize(1);
            }
            List<Integer> left = readyKeys();
            left.removeAll(taken);
            if (batch.size() == maxBatchSize) {
                met(Event.BATCH_FULL_BY_NUMBER);
            } else if (!left.isEmpty()) {
                met(Event.BATCH_FULL_BY_BYTES);
                long firstRank = keys.get(left.get(0)).rank;
                int used = bytes;
                assertThat(left)
                        .as("a first key left in a batch of %d bytes does not fit", bytes)
                        .filteredOn(key -> keys.get(key).rank == firstRank)
                        .anyMatch(key -> used + 1 + waitingOf(key).get(0).bytes() > maxBatchBytes);
            }
            if (!left.isEmpty()) {
                assertThat(keys.get(left.get(0)).rank)
                        .as("nothing overtakes a key that is ready for longer")
                        .isGreaterThanOrEqualTo(lastRank);
            }
            for (Entry entry : batch) {
                writeOf(entry.request()).open = entry;
            }
        }

        /** Settles or retries some open entries, one or many. */
        private void answer() {
            double retries = random.nextInt(3) == 0 ? random.nextDouble() : 0;
            int most = 1 + random.nextInt(30);
            for (int i = 0; i < most; i++) {
                List<Write> open =
                        writes.stream().filter(w -> w.open != null).collect(Collectors.toList());
                if (open.isEmpty()) {
                    return;
                }
                Write write = open.get(random.nextInt(open.size()));
                if (random.nextDouble() < retries) {
                    retry(write);
                } else {
                    settle(write);
                }
                check();
            }
        }

        private void settle(Write write) {
            say("settle key %d", write.key);
            buffer.settle(write.open);

            writes.remove(write);
            comesBack(write.key);
        }

        private void retry(Write write) {
            long notBeforeMs = nowMs + random.nextInt(1 + random.nextInt(300));
            boolean overtaken = overwrite && !waitingOf(write.key).isEmpty();
            say("retry key %d, not before %d", write.key, notBeforeMs);

            assertThat(buffer.retry(write.open, notBeforeMs)).as("kept").isEqualTo(!overtaken);

            // The newer write waits as well: it is the key that DynamoDB turned away.
            keys.get(write.key).notBeforeMs = notBeforeMs;
            if (overtaken) {
                met(Event.RETRY_DROPPED);
                writes.remove(write);
                waitingOf(write.key).get(0).attempts = write.attempts + 1;
            } else {
                write.open = null;
                write.attempts++;
            }
        }

        /** A key is open no more. */
        private void comesBack(int key) {
            if (waitingOf(key).isEmpty()) {
                keys.remove(key);
            } else {
                keys.get(key).urgent = true;
                keys.get(key).rank = nextRank++;
            }
        }

        private void passTime() {
            long dueMs = buffer.nextDueMs();
            int choice = random.nextInt(4);
            if (choice == 0 || dueMs == Long.MAX_VALUE || dueMs <= nowMs) {
                nowMs += random.nextInt(300);
            } else if (choice == 1) {
                nowMs = dueMs - 1;
            } else {
                nowMs = dueMs;
            }
            say("time passes");
        }

        /** So that nothing but taking itself can find the retries that are due. */
        private void passTimeAndTake() {
            passTime();
            take();
        }

        /** What a restart does: open requests are forgotten, their writes come again. */
        private void restore() {
            if (writes.stream().anyMatch(write -> write.open != null)) {
                met(Event.RESTORED_WITH_OPEN_REQUESTS);
            }
            List<EncodedWriteRequest> snapshot = buffer.snapshot();
            Map<EncodedWriteRequest, Integer> keysOfRequests =
                    writes.stream().collect(Collectors.toMap(w -> w.request, w -> w.key));
            writes.clear();
            keys.clear();
            renew();
            for (EncodedWriteRequest request : snapshot) {
                addToBoth(keysOfRequests.get(request), request);
            }
        }

        private int key() {
            double draw = random.nextDouble() * keyWeights[keyWeights.length - 1];
            int key = 0;
            while (keyWeights[key] < draw) {
                key++;
            }
            return key + 1;
        }

        /** One number in different words is one key. */
        private String spelling(int key) {
            int choice = random.nextInt(10);
            return choice == 0 ? key + ".0" : choice == 1 ? key + "0e-1" : "" + key;
        }

        private int size() {
            int choice = random.nextInt(20);
            if (choice == 0) {
                return 64 + random.nextInt(4_000);
            }
            return 64 + (choice < 10 ? 0 : random.nextInt(200));
        }

        // The model's view, found anew each time.

        private Write writeOf(EncodedWriteRequest request) {
            return writes.stream()
                    .filter(write -> write.request == request)
                    .findAny()
                    .orElseThrow(() -> new AssertionError("a request that was never added"));
        }

        private List<Write> waitingOf(int key) {
            return writes.stream()
                    .filter(write -> write.key == key && write.open == null)
                    .sorted(Comparator.comparingLong(write -> write.place))
                    .collect(Collectors.toList());
        }

        /** Keys of which a write may be sent, the one that is ready for longest first. */
        private List<Integer> readyKeys() {
            Set<Integer> open =
                    writes.stream()
                            .filter(write -> write.open != null)
                            .map(write -> write.key)
                            .collect(Collectors.toSet());
            return keys.keySet().stream()
                    .filter(key -> !open.contains(key))
                    .filter(key -> keys.get(key).notBeforeMs == null)
                    .sorted(Comparator.comparingLong(key -> keys.get(key).rank))
                    .collect(Collectors.toList());
        }

        /** Makes the keys ready whose retry is due; those of one millisecond in any order. */
        private void promote() {
            List<KeyState> due =
                    keys.values().stream()
                            .filter(key -> key.notBeforeMs != null && key.notBeforeMs <= nowMs)
                            .sorted(Comparator.comparingLong(key -> key.notBeforeMs))
                            .collect(Collectors.toList());
            long last = -1;
            for (KeyState key : due) {
                met(Event.RETRY_DUE);
                key.rank = key.notBeforeMs == last ? nextRank : ++nextRank;
                last = key.notBeforeMs;
                key.notBeforeMs = null;
                key.urgent = true;
            }
            nextRank++;
        }

        private boolean hasRoom(int bytes) {
            return writes.isEmpty()
                    || writes.size() + 1 <= maxBufferedRequests
                            && heldBytes() + bytes <= maxBufferedBytes;
        }

        private long heldBytes() {
            return writes.stream().mapToLong(Write::bytes).sum();
        }

        private long deadlineMs() {
            return readyKeys().stream()
                    .mapToLong(key -> waitingOf(key).get(0).arrivalMs + maxTimeInBufferMs)
                    .min()
                    .orElse(Long.MAX_VALUE);
        }

        private boolean urgent() {
            return readyKeys().stream().anyMatch(key -> keys.get(key).urgent);
        }

        // Comparison.

        private void assertShouldSend(boolean actual, boolean force) {
            List<Integer> ready = readyKeys();
            if (ready.isEmpty()) {
                assertThat(actual).as("sends nothing").isFalse();
                return;
            }
            long bytes = ready.stream().mapToLong(k -> waitingOf(k).get(0).bytes() + 1).sum() - 1;
            boolean deadline = deadlineMs() <= nowMs;
            if (force || deadline || urgent() || ready.size() >= maxBatchSize) {
                assertThat(actual)
                        .as("sends: force %s, deadline %s, urgent %s", force, deadline, urgent())
                        .isTrue();
            } else if (bytes >= maxBatchBytes) {
                assertThat(actual).as("sends a batch full of bytes").isTrue();
            } else if (bytes < maxBatchBytes - SMALLEST_REQUEST) {
                assertThat(actual).as("sends a batch that is not full").isFalse();
            }
            if (deadline) {
                met(Event.DEADLINE);
            }
        }

        private void assertNextDue() {
            long due = Math.min(deadlineMs(), earliestRetryMs());
            if (urgent()) {
                return; // Turned true already, and not by time alone.
            }
            assertThat(buffer.nextDueMs()).as("next due").isEqualTo(due);
        }

        private long earliestRetryMs() {
            return keys.values().stream()
                    .filter(key -> key.notBeforeMs != null)
                    .mapToLong(key -> key.notBeforeMs)
                    .min()
                    .orElse(Long.MAX_VALUE);
        }

        private void check() {
            assertThat(buffer.heldRequests()).as("held").isEqualTo(writes.size());
            assertThat(buffer.openRequests())
                    .as("open")
                    .isEqualTo((int) writes.stream().filter(w -> w.open != null).count());
            assertThat(buffer.heldBytes()).as("held bytes").isEqualTo(heldBytes());
            assertThat(buffer.isEmpty()).as("empty").isEqualTo(writes.isEmpty());
            assertThat(buffer.snapshot())
                    .as("snapshot")
                    .isEqualTo(
                            writes.stream()
                                    .sorted(Comparator.comparingLong(write -> write.place))
                                    .map(write -> write.request)
                                    .collect(Collectors.toList()));
            int bytes = 1 + random.nextInt(maxBufferedBytes + 200);
            assertThat(buffer.hasRoom(bytes))
                    .as("room for %d bytes", bytes)
                    .isEqualTo(hasRoom(bytes));
            assertNextDue();
            if (random.nextInt(4) > 0) {
                boolean send = buffer.shouldSend(nowMs, false);
                promote();
                assertShouldSend(send, false);
                assertNextDue();
            }
        }
    }
}
