package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.bench.Requests;
import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.PrimaryKey;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What {@link WriteBufferBenchmark} would cost with nothing but the JDK's map of keys and queue of
 * requests: so much of its growth with the number of keys is theirs already.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MapAndQueueBenchmark {
    private static final int BATCH = 25;

    @Param({"100", "10000", "1000000"})
    public int keys;

    private final Map<PrimaryKey, EncodedWriteRequest> map = new HashMap<>();
    private final ArrayDeque<EncodedWriteRequest> queue = new ArrayDeque<>();
    private List<EncodedWriteRequest> requests;
    private int next;

    /** Fills both with all keys but one batch. */
    @Setup
    public void fill() throws Exception {
        requests = List.copyOf(Requests.flat(keys));
        for (int i = 0; i < keys - BATCH; i++) {
            add(requests.get(i));
        }
        next = keys - BATCH;
    }

    /** One batch in, one out. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long addAndRemove() {
        for (int i = 0; i < BATCH; i++) {
            add(requests.get(next));
            next = next + 1 == keys ? 0 : next + 1;
        }
        long bytes = 0;
        for (int i = 0; i < BATCH; i++) {
            EncodedWriteRequest oldest = queue.pollFirst();
            bytes += oldest.bytes().length;
            map.remove(oldest.key());
        }
        return bytes;
    }

    private void add(EncodedWriteRequest request) {
        map.put(request.key(), request);
        queue.addLast(request);
    }
}
