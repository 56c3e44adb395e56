package io.github.pyflinkdynamodb.bench;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;

/** One port of the stub: how late it answers, and what came in. */
final class StubEndpoint {
    static final int BUCKET_MS = 100;

    private record Answer(long dueNanos, StubConnection connection, ByteBuffer bytes) {}

    private final long delayNanos;
    private final long openedMs = System.currentTimeMillis();
    private final ArrayDeque<Answer> waiting = new ArrayDeque<>();
    private long[] buckets = new long[1024];
    private int used;
    private long requests;
    private long items;
    private long bytes;
    private int mostWaiting;
    int connections;

    StubEndpoint(long delayMs) {
        this.delayNanos = delayMs * 1_000_000;
    }

    void received(int count, long length) {
        int bucket = (int) ((System.currentTimeMillis() - openedMs) / BUCKET_MS);
        if (bucket >= buckets.length) {
            buckets = Arrays.copyOf(buckets, 2 * bucket);
        }
        buckets[bucket] += count;
        used = Math.max(used, bucket + 1);
        requests++;
        items += count;
        bytes += length;
    }

    /** Answers now, or as late as set. */
    void answer(StubConnection connection, ByteBuffer answer) {
        if (delayNanos == 0) {
            connection.write(answer);
            mostWaiting = Math.max(mostWaiting, 1);
            return;
        }
        waiting.add(new Answer(System.nanoTime() + delayNanos, connection, answer));
        mostWaiting = Math.max(mostWaiting, waiting.size());
    }

    /** Sends what is due; the time until the next, in ns, or {@code Long.MAX_VALUE}. */
    long sendDue(long now) {
        for (Answer next = waiting.peek(); next != null; next = waiting.peek()) {
            long left = next.dueNanos - now;
            if (left > 0) {
                return left;
            }
            waiting.poll();
            next.connection.write(next.bytes);
        }
        return Long.MAX_VALUE;
    }

    String figures() {
        StringBuilder text = new StringBuilder();
        text.append("{\"opened_ms\":").append(openedMs);
        text.append(",\"bucket_ms\":").append(BUCKET_MS);
        text.append(",\"requests\":").append(requests);
        text.append(",\"items\":").append(items);
        text.append(",\"bytes\":").append(bytes);
        text.append(",\"connections\":").append(connections);
        text.append(",\"most_in_flight\":").append(mostWaiting);
        text.append(",\"buckets\":");
        text.append(Arrays.toString(Arrays.copyOf(buckets, used)).replace(" ", ""));
        return text.append('}').toString();
    }
}
