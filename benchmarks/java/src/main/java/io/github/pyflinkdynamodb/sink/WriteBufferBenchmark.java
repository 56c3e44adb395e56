package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.bench.Requests;
import io.github.pyflinkdynamodb.request.EncodedWriteRequest;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What the buffer costs a record while so many keys lie in it: the oldest batch is taken and
 * settled, as many records are added. Flat, if its operations are O(1).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WriteBufferBenchmark {
    private static final int BATCH = 25;

    @Param({"100", "10000", "1000000"})
    public int keys;

    @Param({"false", "true"})
    public boolean overwrite;

    private WriteBuffer buffer;
    private List<EncodedWriteRequest> requests;
    private int next;

    /** Fills the buffer with all keys but one batch. */
    @Setup
    public void fill() throws Exception {
        buffer = new WriteBuffer(overwrite, BATCH, 1 << 24, 2 * keys, Long.MAX_VALUE, 5_000);
        requests = new ArrayList<>(Requests.flat(keys));
        for (int i = 0; i < keys - BATCH; i++) {
            buffer.add(requests.get(i), 0);
        }
        next = keys - BATCH;
    }

    /** One batch in, one out. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int addTakeSettle() {
        for (int i = 0; i < BATCH; i++) {
            if (buffer.hasRoom(200)) {
                buffer.add(requests.get(next), 0);
            }
            next = next + 1 == keys ? 0 : next + 1;
        }
        if (!buffer.shouldSend(0, false)) {
            throw new IllegalStateException("The buffer holds a batch and does not send it.");
        }
        List<WriteBuffer.Entry> batch = buffer.take(0);
        for (WriteBuffer.Entry entry : batch) {
            buffer.settle(entry);
        }
        return batch.size();
    }
}
