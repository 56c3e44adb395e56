package io.github.pyflinkdynamodb.source;

import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceOutput;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Notes what leaves a reader. */
public final class ReaderElements<T> implements ReaderOutput<T> {
    public final List<T> elements = new ArrayList<>();
    public final List<Long> timestamps = new ArrayList<>();

    /** Splits whose output was made and not released since. */
    public final Set<String> openOutputs = new TreeSet<>();

    @Override
    public void collect(T element) {
        elements.add(element);
    }

    @Override
    public void collect(T element, long timestamp) {
        elements.add(element);
        timestamps.add(timestamp);
    }

    @Override
    public void emitWatermark(Watermark watermark) {}

    @Override
    public void markIdle() {}

    @Override
    public void markActive() {}

    @Override
    public SourceOutput<T> createOutputForSplit(String split) {
        openOutputs.add(split);
        return this;
    }

    @Override
    public void releaseOutputForSplit(String split) {
        openOutputs.remove(split);
    }
}
