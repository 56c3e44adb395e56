package io.github.pyflinkdynamodb.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets a job's source run or holds it, and writes down what it did. Between rounds a job waits here
 * and uses no processor, so that warm jobs can be measured in turn.
 *
 * <p>It is a folder: the source runs while there is a file {@code open} in it. What happens goes
 * into {@code emitted.csv} (epoch in ms and elements so far, every 100 ms) and {@code jvm.csv}
 * (epoch in ms, bytes allocated so far, heap in use, time in garbage collection; every second). A
 * file {@code collect} asks for a full collection; {@code collected} then says what it left.
 */
final class Gate {
    private static final Map<String, Gate> GATES = new ConcurrentHashMap<>();
    private static final int TICK_MS = 20;

    private final Path folder;
    private final List<AtomicLong> counters = new CopyOnWriteArrayList<>();
    private volatile boolean open;
    private volatile CompletableFuture<Void> opened = new CompletableFuture<>();

    private Gate(Path folder) {
        this.folder = folder;
        Thread thread = new Thread(this::watch, "gate");
        thread.setDaemon(true);
        thread.start();
    }

    static Gate at(String folder) {
        return GATES.computeIfAbsent(folder, name -> new Gate(Path.of(name)));
    }

    boolean isOpen() {
        return open;
    }

    /** Completed once the gate is open; a new one after it was closed. */
    CompletableFuture<Void> opened() {
        return opened;
    }

    /** A counter of elements; its owner alone writes to it. */
    AtomicLong counter() {
        AtomicLong counter = new AtomicLong();
        counters.add(counter);
        return counter;
    }

    private void watch() {
        try (Writer emitted = create("emitted.csv");
                Writer jvm = create("jvm.csv")) {
            Path openFile = folder.resolve("open");
            Path collect = folder.resolve("collect");
            for (long tick = 0; ; tick++) {
                set(Files.exists(openFile));
                if (tick % 5 == 0) {
                    long count = 0;
                    for (AtomicLong counter : counters) {
                        count += counter.get();
                    }
                    emitted.write(System.currentTimeMillis() + "," + count + "\n");
                    emitted.flush();
                }
                if (tick % 50 == 0) {
                    jvm.write(figures());
                    jvm.flush();
                }
                if (Files.exists(collect)) {
                    System.gc();
                    Path partial = folder.resolve("collected.partial");
                    Files.writeString(partial, Long.toString(heapInUse()));
                    Files.delete(collect);
                    Files.move(partial, folder.resolve("collected"));
                }
                Thread.sleep(TICK_MS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void set(boolean wanted) {
        if (wanted == open) {
            return;
        }
        if (wanted) {
            open = true;
            opened.complete(null);
        } else {
            opened = new CompletableFuture<>();
            open = false;
        }
    }

    private Writer create(String name) throws IOException {
        return Files.newBufferedWriter(
                folder.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static String figures() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            allocated += Math.max(bytes, 0);
        }
        long collecting = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collecting += collector.getCollectionTime();
        }
        return System.currentTimeMillis()
                + ","
                + allocated
                + ","
                + heapInUse()
                + ","
                + collecting
                + "\n";
    }

    private static long heapInUse() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
