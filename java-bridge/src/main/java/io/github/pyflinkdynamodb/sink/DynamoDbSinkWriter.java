package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.client.BatchWriteClient;
import io.github.pyflinkdynamodb.client.BatchWriteResult;
import io.github.pyflinkdynamodb.client.ErrorClass;
import io.github.pyflinkdynamodb.client.RetryPolicy;
import io.github.pyflinkdynamodb.client.ServiceFailure;
import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.PrimaryKey;
import io.github.pyflinkdynamodb.request.RejectedRequest;
import io.github.pyflinkdynamodb.request.WriteRequestScanner;

import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.util.function.ThrowingRunnable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Moves mail between the {@link WriteBuffer}, the clock and the client.
 *
 * <p>At least once: a write request that {@link #write} took is in the table, in the next
 * checkpoint, or was rejected by the stated policy. Writes of one key reach the table in the order
 * in which they came, retries included.
 *
 * <p>Everything here runs on the task's mailbox thread. The client's threads only post a mail.
 */
final class DynamoDbSinkWriter
        implements StatefulSinkWriter<byte[], WriterState>, WriteRequestScanner.Handler {

    private static final Logger LOG = LoggerFactory.getLogger(DynamoDbSinkWriter.class);
    private static final long NOTICE_INTERVAL_MS = 60_000;

    private final SinkOptions options;
    private final MailboxExecutor mailbox;
    private final ProcessingTimeService clock;
    private final BatchWriteClient client;
    private final KeySchema schema;
    private final WriteRequestScanner scanner;
    private final WriteBuffer buffer;
    private final ConcurrencyLimit limit;
    private final SinkMetrics metrics;
    private final DeadLetterFile deadLetters;
    private final PeriodicNotice retryNotice = new PeriodicNotice(NOTICE_INTERVAL_MS);
    private final PeriodicNotice skipNotice = new PeriodicNotice(NOTICE_INTERVAL_MS);

    /** Halves of a batch that DynamoDB refused as a whole; their keys are open all the while. */
    private final ArrayDeque<List<WriteBuffer.Entry>> halves = new ArrayDeque<>();

    private int inFlight;
    private long firstTicketAfterRefresh;
    private boolean answeredSinceRefresh = true;
    private boolean draining;
    private ScheduledFuture<?> timer;
    private long timerDueMs = Long.MAX_VALUE;
    private volatile boolean closed;

    DynamoDbSinkWriter(
            SinkOptions options, WriterInitContext context, Collection<WriterState> restored)
            throws IOException {
        this.options = options;
        this.mailbox = context.getMailboxExecutor();
        this.clock = context.getProcessingTimeService();
        this.buffer =
                new WriteBuffer(
                        !options.overwriteByPartitionKeys.isEmpty(),
                        options.maxBatchSize,
                        options.maxRequestBytesInBatch(),
                        options.maxBufferedRequests,
                        options.maxBufferedBytes,
                        options.maxTimeInBufferMs);
        this.limit = new ConcurrencyLimit(options.maxInFlightRequests);
        this.metrics =
                new SinkMetrics(
                        context.metricGroup(),
                        buffer::heldRequests,
                        buffer::heldBytes,
                        () -> inFlight);
        this.deadLetters =
                options.deadLetterPath() == null
                        ? null
                        : new DeadLetterFile(
                                options.deadLetterPath(),
                                options.tableName,
                                context.getTaskInfo().getIndexOfThisSubtask());
        this.client =
                BatchWriteClient.open(
                        options.client, options.maxInFlightRequests, options.requestTimeoutMs);
        try {
            this.schema = new TableKeys(options, client).resolve();
            this.scanner = new WriteRequestScanner(schema, options.maxRecordSizeInBytes);
            restore(restored);
        } catch (IOException | RuntimeException | Error e) {
            client.close();
            throw e;
        }
    }

    @Override
    public void write(byte[] element, Context context) throws IOException, InterruptedException {
        scanner.scan(element, this);
    }

    /** Takes one request of an element; waits, and so holds the stream back, while it is full. */
    @Override
    public void write(EncodedWriteRequest request) throws IOException, InterruptedException {
        while (!buffer.hasRoom(request.bytes().length)) {
            send(true);
            if (!buffer.hasRoom(request.bytes().length)) {
                mailbox.yield();
            }
        }
        if (buffer.add(request, clock.getCurrentProcessingTime())) {
            metrics.superseded();
        }
        send(false);
    }

    @Override
    public void reject(RejectedRequest rejected) throws IOException {
        metrics.rejected();
        if (options.failOnRejection()) {
            throw new DynamoDbSinkException(
                    "A record for table '"
                            + options.tableName
                            + "' was rejected ("
                            + rejected.errorCode()
                            + "): "
                            + sentence(rejected.errorMessage())
                            + " Key attributes: "
                            + schema.names()
                            + ". To carry on without such records set "
                            + options.called("rejection_policy")
                            + " to skip or dead_letter.");
        }
        if (deadLetters != null) {
            deadLetters.add(rejected);
        }
        long silent = skipNotice.due(clock.getCurrentProcessingTime());
        if (silent > 0) {
            LOG.warn(
                    "{} record(s) for table '{}' rejected, last one ({}): {}",
                    silent,
                    options.tableName,
                    rejected.errorCode(),
                    rejected.errorMessage());
        }
    }

    @Override
    public void flush(boolean endOfInput) throws IOException, InterruptedException {
        if (endOfInput || options.flushOnCheckpoint) {
            drain();
        }
        if (endOfInput && deadLetters != null) {
            deadLetters.persist();
        }
    }

    @Override
    public List<WriterState> snapshotState(long checkpointId) throws IOException {
        if (deadLetters != null) {
            deadLetters.persist();
        }
        List<byte[]> requests = new ArrayList<>();
        for (EncodedWriteRequest request : buffer.snapshot()) {
            requests.add(request.bytes());
        }
        return requests.isEmpty()
                ? Collections.emptyList()
                : Collections.singletonList(new WriterState(options.tableName, requests));
    }

    @Override
    public void close() throws IOException {
        closed = true;
        if (timer != null) {
            timer.cancel(false);
        }
        client.close();
        if (deadLetters != null) {
            deadLetters.persist();
        }
    }

    private void restore(Collection<WriterState> states) throws IOException {
        // Restored requests may exceed the bounds once: they were within those of the job before.
        long arrived = clock.getCurrentProcessingTime() - options.maxTimeInBufferMs;
        WriteRequestScanner.Handler toBuffer =
                new WriteRequestScanner.Handler() {
                    @Override
                    public void write(EncodedWriteRequest request) {
                        buffer.add(request, arrived);
                    }

                    @Override
                    public void reject(RejectedRequest rejected) throws IOException {
                        DynamoDbSinkWriter.this.reject(rejected);
                    }
                };
        for (WriterState state : states) {
            if (!state.tableName().equals(options.tableName)) {
                throw new DynamoDbSinkException(
                        "The savepoint holds "
                                + state.requests().size()
                                + " unsent writes for table '"
                                + state.tableName()
                                + "', but the sink now writes to '"
                                + options.tableName
                                + "'. Restore once with the old table name and stop again with a"
                                + " savepoint and "
                                + options.called("flush_on_checkpoint")
                                + ". Only if these writes may be"
                                + " lost: give the sink a new uid.");
            }
            for (byte[] request : state.requests()) {
                try {
                    scanner.scan(request, toBuffer);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IOException(e);
                }
            }
        }
        if (!buffer.isEmpty()) {
            mailbox.execute(() -> send(false), "DynamoDB: send restored writes");
        }
    }

    private void drain() throws IOException, InterruptedException {
        draining = true;
        try {
            send(true);
            while (!buffer.isEmpty()) {
                if (inFlight > 0) {
                    mailbox.yield();
                } else {
                    // All that is left waits to be sent again. Flink's timers cannot be relied on
                    // here: a job that stops with a savepoint ends them, and only then flushes.
                    Thread.sleep(
                            Math.max(1, buffer.nextDueMs() - clock.getCurrentProcessingTime()));
                    send(true);
                }
            }
        } finally {
            draining = false;
        }
    }

    /** Sends what may go now; with force also batches that could still fill. */
    private void send(boolean force) {
        long now = clock.getCurrentProcessingTime();
        while (inFlight < limit.current()) {
            List<WriteBuffer.Entry> batch = halves.poll();
            if (batch == null && buffer.shouldSend(now, force || draining)) {
                batch = buffer.take(now);
            }
            if (batch == null) {
                // At the limit no timer is needed: an answer will come and look again.
                wakeUpAt(buffer.nextDueMs());
                return;
            }
            send(batch);
        }
    }

    private void send(List<WriteBuffer.Entry> batch) {
        List<EncodedWriteRequest> requests = new ArrayList<>(batch.size());
        long bytes = 0;
        for (WriteBuffer.Entry entry : batch) {
            requests.add(entry.request());
            bytes += entry.request().bytes().length;
        }
        inFlight++;
        metrics.sent(batch.size(), bytes);
        long ticket = limit.start();
        long startNanos = System.nanoTime();
        client.batchWrite(options.tableName, schema, requests, options.reportConsumedCapacity)
                .whenComplete(
                        (result, failure) -> {
                            long latencyMs = (System.nanoTime() - startNanos) / 1_000_000;
                            post(() -> answered(batch, ticket, latencyMs, result, failure));
                        });
    }

    private void post(ThrowingRunnable<IOException> mail) {
        try {
            mailbox.execute(
                    () -> {
                        if (!closed) {
                            mail.run();
                        }
                    },
                    "DynamoDB: answer");
        } catch (RejectedExecutionException e) {
            // The task has ended; what was in flight is in its last checkpoint.
            LOG.debug("An answer came after the writer had closed.");
        }
    }

    private void answered(
            List<WriteBuffer.Entry> batch,
            long ticket,
            long latencyMs,
            BatchWriteResult result,
            Throwable failure)
            throws IOException {
        inFlight--;
        metrics.answered(latencyMs);
        if (ticket >= firstTicketAfterRefresh && provesCredentials(failure)) {
            answeredSinceRefresh = true;
        }
        if (failure == null) {
            written(batch, ticket, result);
        } else if (failure instanceof ServiceFailure) {
            failed(batch, ticket, (ServiceFailure) failure);
        } else {
            throw new DynamoDbSinkException(
                    "A request to DynamoDB broke inside the connector (" + where() + ").", failure);
        }
        send(false);
    }

    /** Throttling and refused records too come after the service has taken the credentials. */
    private static boolean provesCredentials(Throwable failure) {
        if (!(failure instanceof ServiceFailure)) {
            return failure == null;
        }
        ServiceFailure answer = (ServiceFailure) failure;
        return answer.httpStatus() != 0 && answer.errorClass() != ErrorClass.EXPIRED_CREDENTIALS;
    }

    private void written(List<WriteBuffer.Entry> batch, long ticket, BatchWriteResult result)
            throws IOException {
        metrics.consumed(result.consumedCapacityUnits());
        if (result.unprocessed().isEmpty()) {
            limit.succeeded();
            batch.forEach(buffer::settle);
            return;
        }
        Set<PrimaryKey> unprocessed = new HashSet<>(result.unprocessed());
        List<WriteBuffer.Entry> again = new ArrayList<>();
        for (WriteBuffer.Entry entry : batch) {
            if (unprocessed.remove(entry.request().key())) {
                again.add(entry);
            } else {
                buffer.settle(entry);
            }
        }
        if (!unprocessed.isEmpty()) {
            throw new DynamoDbSinkException(
                    "DynamoDB reports a write as unprocessed that was not in the request ("
                            + where()
                            + "). Is "
                            + options.called("key_schema")
                            + " right?");
        }
        metrics.throttled();
        limit.throttled(ticket, again.size() / (double) batch.size());
        retry(
                again,
                where() + ": UnprocessedItems: the table has no capacity left for these items");
    }

    private void failed(List<WriteBuffer.Entry> batch, long ticket, ServiceFailure failure)
            throws IOException {
        switch (failure.errorClass()) {
            case THROTTLED:
                metrics.throttled();
                limit.throttled(ticket, 1);
                retry(batch, failure.getMessage());
                break;
            case TRANSIENT:
                retry(batch, failure.getMessage());
                break;
            case EXPIRED_CREDENTIALS:
                refreshCredentials(batch, ticket, failure);
                break;
            case INVALID_RECORD:
                isolate(batch, failure);
                break;
            default:
                throw new DynamoDbSinkException(failure.getMessage(), failure);
        }
    }

    private void retry(List<WriteBuffer.Entry> entries, String reason) throws IOException {
        if (options.failOnError) {
            throw new DynamoDbSinkException(
                    entries.size()
                            + " record(s) could not be written, and "
                            + options.called("fail_on_error")
                            + " is set: "
                            + reason);
        }
        long now = clock.getCurrentProcessingTime();
        for (WriteBuffer.Entry entry : entries) {
            double draw = ThreadLocalRandom.current().nextDouble();
            if (buffer.retry(entry, now + RetryPolicy.delayMs(entry.attempts() + 1, draw))) {
                metrics.retried(1);
            } else {
                metrics.superseded();
            }
        }
        long silent = retryNotice.due(now);
        if (silent > 0) {
            LOG.warn(
                    "Retrying writes: {} failed request(s) since the last notice, {} record(s)"
                            + " held. The last failure: {}",
                    silent,
                    buffer.heldRequests(),
                    reason);
        }
    }

    private void refreshCredentials(
            List<WriteBuffer.Entry> batch, long ticket, ServiceFailure failure) throws IOException {
        // Requests that were under way at the refresh fail for the same old credentials.
        if (ticket >= firstTicketAfterRefresh) {
            if (!answeredSinceRefresh) {
                throw new DynamoDbSinkException(
                        "The credentials have expired, and those fetched anew are expired as well ("
                                + where()
                                + "). Renew them where the credentials provider finds them.",
                        failure);
            }
            LOG.info("The credentials have expired; fetching new ones ({}).", where());
            client.refreshCredentials();
            firstTicketAfterRefresh = limit.nextTicket();
            answeredSinceRefresh = false;
        }
        long now = clock.getCurrentProcessingTime();
        for (WriteBuffer.Entry entry : batch) {
            buffer.retry(entry, now);
        }
        metrics.retried(batch.size());
    }

    /** Halves a refused batch until the record at fault is alone. */
    private void isolate(List<WriteBuffer.Entry> batch, ServiceFailure failure) throws IOException {
        if (failure.getMessage().contains("item keys contains duplicates")) {
            // No two keys of a batch are equal, so the key must be another than we know it. Sent in
            // halves, two writes of one item would overtake each other.
            throw new DynamoDbSinkException(
                    "DynamoDB finds a key twice in a request whose keys "
                            + schema.names()
                            + " all differ ("
                            + where()
                            + "). Name the table's real primary key with "
                            + options.called("key_schema")
                            + ".",
                    failure);
        }
        if (batch.size() > 1) {
            int middle = batch.size() / 2;
            halves.add(batch.subList(0, middle));
            halves.add(batch.subList(middle, batch.size()));
            metrics.retried(batch.size());
            return;
        }
        WriteBuffer.Entry entry = batch.get(0);
        reject(new RejectedRequest(entry.request().bytes(), failure.code(), failure.getMessage()));
        buffer.settle(entry);
    }

    private void wakeUpAt(long dueMs) {
        if (dueMs >= timerDueMs) {
            return;
        }
        if (timer != null) {
            timer.cancel(false);
        }
        timerDueMs = dueMs;
        timer =
                clock.registerTimer(
                        dueMs,
                        ignored -> {
                            timerDueMs = Long.MAX_VALUE;
                            timer = null;
                            if (!closed) {
                                send(false);
                            }
                        });
    }

    private static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }

    private String where() {
        return "table '" + options.tableName + "', " + client.describe();
    }
}
