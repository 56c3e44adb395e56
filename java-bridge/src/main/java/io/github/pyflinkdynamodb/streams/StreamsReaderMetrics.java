package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.client.ErrorClass;
import io.github.pyflinkdynamodb.client.ServiceFailure;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;

import java.util.function.LongSupplier;

/** The reader's metrics: Flink's standard ones for sources, and the group {@code dynamodb}. */
final class StreamsReaderMetrics {
    private final Counter recordsIn;
    private final Counter bytesIn;
    private final Counter pages;
    private final Counter dataLosses;

    // Counted on the HTTP client's threads.
    private final Counter throttledRequests;
    private final Counter retriedRequests;

    StreamsReaderMetrics(
            SourceReaderMetricGroup group, LongSupplier openShards, LongSupplier millisBehind) {
        recordsIn = group.getIOMetricGroup().getNumRecordsInCounter();
        bytesIn = group.getIOMetricGroup().getNumBytesInCounter();
        MetricGroup own = group.addGroup("dynamodb");
        pages = own.counter("pages", new SimpleCounter());
        dataLosses = own.counter("dataLosses", new SimpleCounter());
        throttledRequests = own.counter("throttledRequests", new ThreadSafeSimpleCounter());
        retriedRequests = own.counter("retriedRequests", new ThreadSafeSimpleCounter());
        own.gauge("openShards", (Gauge<Long>) openShards::getAsLong);
        own.gauge("millisBehindLatest", (Gauge<Long>) millisBehind::getAsLong);
    }

    void page(int bytes) {
        pages.inc();
        bytesIn.inc(bytes);
    }

    void record() {
        recordsIn.inc();
    }

    void dataLoss() {
        dataLosses.inc();
    }

    /** On any thread. */
    void retried(ServiceFailure failure) {
        (failure.errorClass() == ErrorClass.THROTTLED ? throttledRequests : retriedRequests).inc();
    }
}
