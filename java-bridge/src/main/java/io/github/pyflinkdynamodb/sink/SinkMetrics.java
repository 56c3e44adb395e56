package io.github.pyflinkdynamodb.sink;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.SinkWriterMetricGroup;

import java.util.function.LongSupplier;

/**
 * The writer's metrics: Flink's standard ones for sinks, and the group {@code dynamodb}.
 *
 * <p>As in Flink's other sinks, {@code numRecordsSend} and {@code numBytesSend} count every
 * sending, a retry included; {@code retriedRecords} tells how many of them were repeated.
 */
final class SinkMetrics {

    private final Counter recordsSend;
    private final Counter bytesSend;
    private final Counter recordsSendErrors;
    private final Counter requests;
    private final Counter throttledRequests;
    private final Counter retriedRecords;
    private final Counter supersededRecords;
    private final Counter rejectedRecords;
    private final Histogram requestLatencyMs;
    private final Histogram recordsPerRequest;
    private volatile double consumedCapacity;
    private volatile long lastSendTimeMs;

    SinkMetrics(
            SinkWriterMetricGroup group,
            LongSupplier bufferedRecords,
            LongSupplier bufferedBytes,
            LongSupplier inFlightRequests) {
        recordsSend = group.getNumRecordsSendCounter();
        bytesSend = group.getNumBytesSendCounter();
        recordsSendErrors = group.getNumRecordsSendErrorsCounter();
        group.setCurrentSendTimeGauge(() -> lastSendTimeMs);

        MetricGroup own = group.addGroup("dynamodb");
        requests = own.counter("requests", new SimpleCounter());
        throttledRequests = own.counter("throttledRequests", new SimpleCounter());
        retriedRecords = own.counter("retriedRecords", new SimpleCounter());
        supersededRecords = own.counter("supersededRecords", new SimpleCounter());
        rejectedRecords = own.counter("rejectedRecords", new SimpleCounter());
        requestLatencyMs = own.histogram("requestLatencyMs", new RecentHistogram());
        recordsPerRequest = own.histogram("recordsPerRequest", new RecentHistogram());
        own.gauge("bufferedRecords", (Gauge<Long>) bufferedRecords::getAsLong);
        own.gauge("bufferedBytes", (Gauge<Long>) bufferedBytes::getAsLong);
        own.gauge("inFlightRequests", (Gauge<Long>) inFlightRequests::getAsLong);
        own.gauge("consumedWriteCapacityUnits", (Gauge<Double>) () -> consumedCapacity);
    }

    void sent(int records, long bytes) {
        requests.inc();
        recordsPerRequest.update(records);
        recordsSend.inc(records);
        bytesSend.inc(bytes);
    }

    void answered(long latencyMs) {
        requestLatencyMs.update(latencyMs);
        lastSendTimeMs = latencyMs;
    }

    void consumed(double writeCapacityUnits) {
        consumedCapacity += writeCapacityUnits;
    }

    void throttled() {
        throttledRequests.inc();
    }

    void retried(int records) {
        retriedRecords.inc(records);
    }

    void superseded() {
        supersededRecords.inc();
    }

    /** A record was rejected, before it was sent or by DynamoDB. */
    void rejected() {
        rejectedRecords.inc();
        recordsSendErrors.inc();
    }
}
