package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.client.ReadClient;
import io.github.pyflinkdynamodb.client.ServiceFailure;
import io.github.pyflinkdynamodb.decode.RowDataDecoder;
import io.github.pyflinkdynamodb.request.ItemPage;

import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Counter;
import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import javax.annotation.Nullable;

/**
 * Reads its splits one after the other, page by page. While the rows of a page leave, the next one
 * is under way, and no further one: so two pages are held at most.
 *
 * <p>Each row leaves exactly once, failures included, as long as the table stays as it is: the
 * place of a checkpoint is a page and a number of rows in it, and after a failure that page is read
 * again.
 *
 * <p>Everything runs on the task's thread, which never waits; only the futures of the pages are
 * completed elsewhere.
 */
final class ScanReader implements SourceReader<RowData, ScanSplit> {
    private final SourceReaderContext context;
    private final ScanOptions options;
    private final ScanRequest request;
    private final RowDataDecoder decoder;
    private final long limit;
    private final Counter records;
    private final Counter bytes;
    private final ArrayDeque<ScanSplit> waiting = new ArrayDeque<>();

    private CompletableFuture<Void> splitsArrived = new CompletableFuture<>();
    private boolean noMoreSplits;
    private ReadClient client;

    /** What is being read, at the place before its next row; null between two splits. */
    @Nullable private ScanSplit split;

    /** Rows of the split that have left since it was begun here. */
    private long rowsOfSplit;

    /** The page whose rows are leaving; null while it is under way. */
    @Nullable private ItemPage page;

    /** The page after that one, or the first; null when it was not asked for. */
    @Nullable private CompletableFuture<ItemPage> nextPage;

    /**
     * @param limit most rows anybody wants; negative for all
     */
    ScanReader(
            SourceReaderContext context,
            ScanOptions options,
            ScanRequest request,
            RowDataDecoder decoder,
            long limit) {
        this.context = context;
        this.options = options;
        this.request = request;
        this.decoder = decoder;
        this.limit = limit;
        this.records = context.metricGroup().getIOMetricGroup().getNumRecordsInCounter();
        this.bytes = context.metricGroup().getIOMetricGroup().getNumBytesInCounter();
    }

    @Override
    public void start() {
        client = ReadClient.open(options.client(), 1, ScanOptions.REQUEST_TIMEOUT_MS);
        if (waiting.isEmpty()) {
            context.sendSplitRequest();
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<RowData> output) throws IOException {
        if (split == null) {
            split = waiting.poll();
            if (split == null) {
                return noMoreSplits ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
            }
            rowsOfSplit = 0;
            fetch(split.startKey());
        }
        if (page == null) {
            if (!nextPage.isDone()) {
                return InputStatus.NOTHING_AVAILABLE;
            }
            open(answer(nextPage));
        }
        if (split.rowsEmitted() < page.count() && !isEnough()) {
            RowData row = decoder.next();
            records.inc();
            rowsOfSplit++;
            split = split.at(split.startKey(), split.rowsEmitted() + 1);
            output.collect(row);
        }
        if (split.rowsEmitted() >= page.count() || isEnough()) {
            leavePage();
        }
        return InputStatus.MORE_AVAILABLE;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        if (split == null) {
            return waiting.isEmpty() && !noMoreSplits
                    ? splitsArrived
                    : CompletableFuture.completedFuture(null);
        }
        return page == null
                ? nextPage.handle((answer, fault) -> null)
                : CompletableFuture.completedFuture(null);
    }

    @Override
    public void addSplits(List<ScanSplit> splits) {
        waiting.addAll(splits);
        wake();
    }

    @Override
    public void notifyNoMoreSplits() {
        noMoreSplits = true;
        wake();
    }

    @Override
    public List<ScanSplit> snapshotState(long checkpointId) {
        List<ScanSplit> splits = new ArrayList<>(waiting);
        if (split != null) {
            splits.add(split);
        }
        return splits;
    }

    @Override
    public void close() {
        if (client != null) {
            client.close();
        }
    }

    private void open(ItemPage opened) throws IOException {
        page = opened;
        bytes.inc(opened.body().length);
        decoder.begin(opened.body(), opened.start());
        // Rows that had left before a failure.
        for (int row = 0; row < Math.min(split.rowsEmitted(), opened.count()); row++) {
            decoder.skip();
        }
        nextPage = null;
        if (opened.lastEvaluatedKey() != null && !willBeEnough()) {
            fetch(opened.lastEvaluatedKey());
        }
    }

    private void leavePage() {
        String startKey = page.lastEvaluatedKey();
        // Read again, a page may end earlier than before: what left of it then is in the next one.
        int emittedBeyond = Math.max(0, split.rowsEmitted() - page.count());
        page = null;
        if (startKey != null && !isEnough()) {
            split = split.at(startKey, emittedBeyond);
            if (nextPage == null) {
                fetch(startKey);
            }
            return;
        }
        split = null;
        nextPage = null;
        if (waiting.isEmpty()) {
            context.sendSplitRequest();
        }
    }

    private void fetch(@Nullable String startKey) {
        int size = options.pageSize;
        if (limit >= 0 && (size == 0 || limit < size)) {
            size = (int) Math.min(limit, Integer.MAX_VALUE);
        }
        nextPage =
                client.page(
                        split.isQuery() ? "Query" : "Scan",
                        options.table(),
                        request.body(split, startKey, Math.max(size, 0)));
    }

    private boolean isEnough() {
        return limit >= 0 && rowsOfSplit >= limit;
    }

    private boolean willBeEnough() {
        return limit >= 0 && rowsOfSplit + Math.max(0, page.count() - split.rowsEmitted()) >= limit;
    }

    private void wake() {
        splitsArrived.complete(null);
        splitsArrived = new CompletableFuture<>();
    }

    private static ItemPage answer(CompletableFuture<ItemPage> done) throws ServiceFailure {
        try {
            return done.join();
        } catch (CompletionException e) {
            throw (ServiceFailure) e.getCause();
        }
    }
}
