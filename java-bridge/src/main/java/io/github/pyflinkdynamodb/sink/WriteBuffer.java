package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.PrimaryKey;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Decides which write request may be sent next. A plain data structure: no Flink, no AWS, no clock;
 * times come in as milliseconds.
 *
 * <p>It holds every write request that is accepted and not yet settled, and keeps these promises:
 *
 * <ul>
 *   <li>A primary key is in at most one open batch, so never twice in a batch either.
 *   <li>The writes of one key leave in the order in which they arrived; a retry stays in front.
 *   <li>When newer writes overwrite older ones, one key has at most one write waiting, the newest,
 *       at the place of the one it replaced.
 *   <li>A batch holds at most {@code maxBatchSize} requests and, unless it is a single request, at
 *       most {@code maxBatchBytes} bytes.
 *   <li>{@link #snapshot()} is everything unsettled, open batches included, in order of arrival.
 * </ul>
 *
 * <p>Each key with unsettled writes has a slot. A slot is <em>ready</em> (its first write may be
 * sent), <em>open</em> (a write of the key is in flight) or <em>delayed</em> (a write of the key
 * was sent back, and the key must wait, whichever write of it is first now). A slot that comes back
 * from being open or delayed has waited before, so it is <em>urgent</em>: it does not wait for a
 * full batch. Every operation is O(1), but for delayed slots (O(log n)) and the snapshot.
 *
 * <p>Not thread safe.
 */
final class WriteBuffer {

    /** A write request with its history. Identity matters: a batch is a list of these. */
    static final class Entry {
        private final Slot slot;
        private final long sequence;
        private final long arrivalMs;
        private EncodedWriteRequest request;
        private int attempts;
        private Entry next;

        private Entry(Slot slot, EncodedWriteRequest request, long sequence, long arrivalMs) {
            this.slot = slot;
            this.request = request;
            this.sequence = sequence;
            this.arrivalMs = arrivalMs;
        }

        EncodedWriteRequest request() {
            return request;
        }

        /**
         * How often a write of this key was sent back by {@link WriteBuffer#retry} in a row. A
         * newer write that takes a retry's place goes on counting: it is the key that is throttled.
         */
        int attempts() {
            return attempts;
        }
    }

    private enum State {
        READY,
        OPEN,
        DELAYED
    }

    /** The unsettled writes of one key: the open one, and a linked list of those that wait. */
    private static final class Slot {
        private final PrimaryKey key;
        private State state;
        private boolean urgent;
        private long notBeforeMs;
        private Entry open;
        private Entry head;
        private Entry tail;

        private Slot(PrimaryKey key) {
            this.key = key;
        }
    }

    private final boolean overwrite;
    private final int maxBatchSize;
    private final long maxBatchBytes;
    private final int maxBufferedRequests;
    private final long maxBufferedBytes;
    private final long maxTimeInBufferMs;

    private final Map<PrimaryKey, Slot> slots = new HashMap<>();
    private final ArrayDeque<Slot> ready = new ArrayDeque<>();
    private final PriorityQueue<Slot> delayed =
            new PriorityQueue<>(Comparator.comparingLong(slot -> slot.notBeforeMs));
    private long nextSequence;
    private int urgentSlots;
    private long readyBytes;
    private int waitingRequests;
    private int openRequests;
    private long heldBytes;

    /**
     * @param overwrite whether a newer write replaces an older one of its key that still waits
     * @param maxBatchSize most requests in a batch
     * @param maxBatchBytes most bytes of requests in a batch, the commas between them included
     * @param maxBufferedRequests most requests held; open ones count, or retries would pass it
     * @param maxBufferedBytes most bytes of requests held; open ones count
     * @param maxTimeInBufferMs how long a request may wait for its batch to fill
     */
    WriteBuffer(
            boolean overwrite,
            int maxBatchSize,
            long maxBatchBytes,
            int maxBufferedRequests,
            long maxBufferedBytes,
            long maxTimeInBufferMs) {
        this.overwrite = overwrite;
        this.maxBatchSize = maxBatchSize;
        this.maxBatchBytes = maxBatchBytes;
        this.maxBufferedRequests = maxBufferedRequests;
        this.maxBufferedBytes = maxBufferedBytes;
        this.maxTimeInBufferMs = maxTimeInBufferMs;
    }

    /**
     * Whether a request of this many bytes can be added within the bounds. A request that is larger
     * than the bound itself fits when nothing else is held, or it could never be sent.
     */
    boolean hasRoom(int bytes) {
        return heldBytes == 0
                || (heldRequests() < maxBufferedRequests && heldBytes + bytes <= maxBufferedBytes);
    }

    /**
     * Adds a request. The caller has asked {@link #hasRoom} before, unless it restores a snapshot.
     *
     * @return true when it replaced an older write of its key
     */
    boolean add(EncodedWriteRequest request, long nowMs) {
        Slot slot = slots.get(request.key());
        if (slot == null) {
            slot = new Slot(request.key());
            slots.put(slot.key, slot);
            append(slot, request, nowMs);
            enqueue(slot, false);
            return false;
        }
        if (!overwrite || slot.head == null) {
            append(slot, request, nowMs);
            return false;
        }
        Entry waiting = slot.tail;
        int growth = request.bytes().length - waiting.request.bytes().length;
        heldBytes += growth;
        if (slot.state == State.READY) {
            readyBytes += growth;
        }
        waiting.request = request;
        return true;
    }

    /**
     * Whether a batch should leave now: it is full, a request in it has waited long enough, or the
     * caller forces it. Delayed slots whose time has come count.
     */
    boolean shouldSend(long nowMs, boolean force) {
        promoteDue(nowMs);
        if (ready.isEmpty()) {
            return false;
        }
        return force
                || urgentSlots > 0
                || ready.size() >= maxBatchSize
                || readyBytes + ready.size() - 1 >= maxBatchBytes
                || ready.peekFirst().head.arrivalMs + maxTimeInBufferMs <= nowMs;
    }

    /** Takes the next batch; empty when nothing is ready. Its keys are open until settled. */
    List<Entry> take(long nowMs) {
        promoteDue(nowMs);
        List<Entry> batch = new ArrayList<>(Math.min(maxBatchSize, ready.size()));
        long bytes = 0;
        while (batch.size() < maxBatchSize && !ready.isEmpty()) {
            int length = ready.peekFirst().head.request.bytes().length;
            long grown = batch.isEmpty() ? length : bytes + 1 + length;
            if (!batch.isEmpty() && grown > maxBatchBytes) {
                break;
            }
            bytes = grown;
            batch.add(open(ready.pollFirst()));
        }
        return batch;
    }

    /** Settles an open entry: it is in the table, or it was rejected. */
    void settle(Entry entry) {
        close(entry);
        heldBytes -= entry.request.bytes().length;
        Slot slot = entry.slot;
        if (slot.head == null) {
            slots.remove(slot.key);
        } else {
            enqueue(slot, true);
        }
    }

    /**
     * Puts an open entry back in front of its key's writes. No write of the key is sent before the
     * given time.
     *
     * @return false when the entry was dropped, for a newer write of its key that overwrites it
     */
    boolean retry(Entry entry, long notBeforeMs) {
        close(entry);
        entry.attempts++;
        Slot slot = entry.slot;
        boolean superseded = overwrite && slot.head != null;
        if (superseded) {
            heldBytes -= entry.request.bytes().length;
            slot.head.attempts = entry.attempts;
        } else {
            entry.next = slot.head;
            slot.head = entry;
            if (slot.tail == null) {
                slot.tail = entry;
            }
            waitingRequests++;
        }
        slot.state = State.DELAYED;
        slot.notBeforeMs = notBeforeMs;
        delayed.add(slot);
        return !superseded;
    }

    /** When {@link #shouldSend} will turn true by time alone; {@code Long.MAX_VALUE} for never. */
    long nextDueMs() {
        long due = delayed.isEmpty() ? Long.MAX_VALUE : delayed.peek().notBeforeMs;
        if (!ready.isEmpty()) {
            due = Math.min(due, ready.peekFirst().head.arrivalMs + maxTimeInBufferMs);
        }
        return due;
    }

    /** Every unsettled request in order of arrival, those in open batches included. */
    List<EncodedWriteRequest> snapshot() {
        List<Entry> entries = new ArrayList<>(waitingRequests + openRequests);
        for (Slot slot : slots.values()) {
            if (slot.open != null) {
                entries.add(slot.open);
            }
            for (Entry entry = slot.head; entry != null; entry = entry.next) {
                entries.add(entry);
            }
        }
        entries.sort(Comparator.comparingLong(entry -> entry.sequence));
        List<EncodedWriteRequest> requests = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            requests.add(entry.request);
        }
        return requests;
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    /** All requests held, those in open batches included. */
    int heldRequests() {
        return waitingRequests + openRequests;
    }

    /** Requests in open batches. */
    int openRequests() {
        return openRequests;
    }

    /** Bytes of all requests held, those in open batches included. */
    long heldBytes() {
        return heldBytes;
    }

    private void append(Slot slot, EncodedWriteRequest request, long nowMs) {
        Entry entry = new Entry(slot, request, nextSequence++, nowMs);
        if (slot.tail == null) {
            slot.head = entry;
        } else {
            slot.tail.next = entry;
        }
        slot.tail = entry;
        waitingRequests++;
        heldBytes += request.bytes().length;
    }

    private void enqueue(Slot slot, boolean urgent) {
        slot.state = State.READY;
        slot.urgent = urgent;
        if (urgent) {
            urgentSlots++;
        }
        readyBytes += slot.head.request.bytes().length;
        ready.addLast(slot);
    }

    private Entry open(Slot slot) {
        Entry entry = slot.head;
        slot.head = entry.next;
        if (slot.head == null) {
            slot.tail = null;
        }
        entry.next = null;
        slot.open = entry;
        slot.state = State.OPEN;
        if (slot.urgent) {
            slot.urgent = false;
            urgentSlots--;
        }
        readyBytes -= entry.request.bytes().length;
        waitingRequests--;
        openRequests++;
        return entry;
    }

    private void close(Entry entry) {
        if (entry.slot.open != entry) {
            throw new IllegalStateException("The write request is not in an open batch.");
        }
        entry.slot.open = null;
        openRequests--;
    }

    private void promoteDue(long nowMs) {
        while (!delayed.isEmpty() && delayed.peek().notBeforeMs <= nowMs) {
            enqueue(delayed.poll(), true);
        }
    }
}
