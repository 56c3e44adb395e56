package io.github.pyflinkdynamodb.bench;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.types.Row;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Notes what arrives, and leaves it as it is. For a parallelism of 1.
 *
 * <p>Every 50 ms a line goes to {@code arrivals.csv} of a folder: ms since the epoch, records so
 * far, and ms of processor time of this JVM so far. With lags, {@code lags.csv} has a line for each
 * record: when it was written, and when it arrived, both in microseconds since the epoch.
 */
final class Arrivals extends RichMapFunction<Row, Row> {
    private static final long serialVersionUID = 1L;
    private static final int TICK_MS = 50;

    private final String folder;
    private final boolean lags;

    private transient AtomicLong count;
    private transient ConcurrentLinkedQueue<long[]> times;

    Arrivals(String folder, boolean lags) {
        this.folder = folder;
        this.lags = lags;
    }

    @Override
    public void open(OpenContext context) {
        count = new AtomicLong();
        times = new ConcurrentLinkedQueue<>();
        Thread thread = new Thread(this::note, "arrivals");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public Row map(Row row) {
        if (lags) {
            long written = (Long) row.getField(StreamRows.WRITTEN);
            times.add(new long[] {written, nowMicros()});
        }
        // Only this thread adds.
        count.lazySet(count.get() + 1);
        return row;
    }

    private void note() {
        var system =
                (com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean();
        try (Writer arrivals = Files.newBufferedWriter(Path.of(folder, "arrivals.csv"));
                Writer lagging = Files.newBufferedWriter(Path.of(folder, "lags.csv"))) {
            while (true) {
                // The lags first: with the last record counted, all of them are there.
                long counted = count.get();
                for (long[] each = times.poll(); each != null; each = times.poll()) {
                    lagging.write(each[0] + "," + each[1] + "\n");
                }
                lagging.flush();
                long cpuMs = TimeUnit.NANOSECONDS.toMillis(system.getProcessCpuTime());
                arrivals.write(System.currentTimeMillis() + "," + counted + "," + cpuMs + "\n");
                arrivals.flush();
                Thread.sleep(TICK_MS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long nowMicros() {
        Instant now = Instant.now();
        return TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1000;
    }
}
