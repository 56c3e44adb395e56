package io.github.pyflinkdynamodb.streams;

import org.apache.flink.api.connector.source.ReaderInfo;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.SplitEnumeratorMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;

import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;

/**
 * Flink's coordinator, on the test's own thread: calls wait until the test lets them go on, so that
 * anything can be made to happen before their answers are heard.
 */
final class EnumeratorContext implements SplitEnumeratorContext<ShardSplit> {
    final Map<Integer, ReaderInfo> registered = new TreeMap<>();
    final List<String> assigned = new ArrayList<>();
    final Map<String, ShardSplit> splits = new TreeMap<>();
    final List<String> events = new ArrayList<>();
    final List<Integer> dismissed = new ArrayList<>();
    final Counter dataLosses = new SimpleCounter();
    private final ArrayDeque<Runnable> calls = new ArrayDeque<>();
    private final int parallelism;
    private Runnable tick;

    EnumeratorContext(int parallelism) {
        this.parallelism = parallelism;
    }

    void register(StreamsEnumerator enumerator, int... readers) {
        for (int reader : readers) {
            registered.put(reader, new ReaderInfo(reader, "here"));
            enumerator.addReader(reader);
        }
    }

    /** A reader goes back to a checkpoint; what it was given since comes back. */
    void fail(StreamsEnumerator enumerator, int reader, ShardSplit... since) {
        registered.remove(reader);
        enumerator.addSplitsBack(List.of(since), reader);
    }

    /** Lets calls be made and answered until there are none. */
    void goOn() {
        while (goOnOnce()) {}
    }

    /** One call and its answer; false if there is none. */
    boolean goOnOnce() {
        Runnable call = calls.poll();
        if (call != null) {
            call.run();
        }
        return call != null;
    }

    /** The discovery interval is over. */
    void tick() {
        tick.run();
        goOn();
    }

    /** What has been assigned since this was last asked, as shard and reader. */
    List<String> takeAssigned() {
        List<String> taken = new ArrayList<>(assigned);
        assigned.clear();
        return taken;
    }

    @Override
    public SplitEnumeratorMetricGroup metricGroup() {
        SplitEnumeratorMetricGroup group =
                UnregisteredMetricsGroup.createSplitEnumeratorMetricGroup();
        return (SplitEnumeratorMetricGroup)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {SplitEnumeratorMetricGroup.class},
                        (proxy, method, arguments) ->
                                method.getName().equals("counter")
                                                && "dataLosses".equals(arguments[0])
                                        ? dataLosses
                                        : method.invoke(group, arguments));
    }

    @Override
    public void sendEventToSourceReader(int reader, SourceEvent event) {
        events.add(reader + " " + ((ShardsAcknowledgedEvent) event).shardIds());
    }

    @Override
    public int currentParallelism() {
        return parallelism;
    }

    @Override
    public Map<Integer, ReaderInfo> registeredReaders() {
        return registered;
    }

    @Override
    public void assignSplits(SplitsAssignment<ShardSplit> assignment) {
        assignment
                .assignment()
                .forEach(
                        (reader, given) -> {
                            for (ShardSplit split : given) {
                                assigned.add(split.shardId() + " " + reader);
                                splits.put(split.shardId(), split);
                            }
                        });
    }

    @Override
    public void signalNoMoreSplits(int reader) {
        dismissed.add(reader);
    }

    @Override
    public <T> void callAsync(Callable<T> callable, BiConsumer<T, Throwable> handler) {
        calls.add(
                () -> {
                    T answer;
                    try {
                        answer = callable.call();
                    } catch (Exception e) {
                        handler.accept(null, e);
                        return;
                    }
                    handler.accept(answer, null);
                });
    }

    @Override
    public <T> void callAsync(
            Callable<T> callable, BiConsumer<T, Throwable> handler, long delay, long period) {
        tick = () -> handler.accept(null, null);
    }

    @Override
    public void runInCoordinatorThread(Runnable task) {
        task.run();
    }
}
