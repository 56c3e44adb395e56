package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.client.ClientSettings;
import io.github.pyflinkdynamodb.client.TableClient;
import io.github.pyflinkdynamodb.request.KeySchema;

import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

import javax.annotation.Nullable;

/**
 * Divides the table into splits and hands them out, one for each request of a reader.
 *
 * <p>Runs on the coordinator's thread. Where the query compares columns with constants it asks the
 * service, on another thread, whether they are the table's key: then a query finds the items.
 */
final class ScanEnumerator implements SplitEnumerator<ScanSplit, ScanState> {
    private static final Logger LOG = LoggerFactory.getLogger(ScanEnumerator.class);

    private final SplitEnumeratorContext<ScanSplit> context;
    private final ScanOptions options;
    private final Map<String, String> constants;
    private final ArrayDeque<ScanSplit> unassigned = new ArrayDeque<>();
    private final TreeSet<Integer> waiting = new TreeSet<>();
    private boolean planned;

    /**
     * @param constants attribute values in JSON by the columns that must equal them
     * @param state null for a new scan
     */
    ScanEnumerator(
            SplitEnumeratorContext<ScanSplit> context,
            ScanOptions options,
            Map<String, String> constants,
            @Nullable ScanState state) {
        this.context = context;
        this.options = options;
        this.constants = constants;
        if (state != null && state.isPlanned()) {
            planned = true;
            unassigned.addAll(state.unassigned());
        }
    }

    @Override
    public void start() {
        if (planned) {
            return;
        }
        if (constants.isEmpty()) {
            plan(Map.of());
            return;
        }
        ClientSettings client = options.client();
        String table = options.table();
        context.callAsync(
                () -> {
                    try (TableClient tables =
                            TableClient.open(client, ScanOptions.REQUEST_TIMEOUT_MS)) {
                        return tables.describe(table).keySchema();
                    }
                },
                (schema, fault) -> {
                    if (fault != null) {
                        // The filter is applied to the rows all the same.
                        LOG.warn(
                                "Table {} is scanned, for its key could not be asked for: {}",
                                table,
                                fault.getMessage());
                    }
                    plan(schema == null ? Map.of() : keyOf(schema));
                });
    }

    @Override
    public void handleSplitRequest(int reader, @Nullable String host) {
        if (!planned) {
            waiting.add(reader);
            return;
        }
        ScanSplit split = unassigned.poll();
        if (split == null) {
            context.signalNoMoreSplits(reader);
        } else {
            context.assignSplit(split, reader);
        }
    }

    /** A reader failed that had these splits since the last checkpoint. */
    @Override
    public void addSplitsBack(List<ScanSplit> splits, int reader) {
        splits.forEach(unassigned::addFirst);
        waiting.remove(reader);
    }

    @Override
    public void addReader(int reader) {}

    @Override
    public ScanState snapshotState(long checkpointId) {
        return new ScanState(planned, new ArrayList<>(unassigned));
    }

    @Override
    public void close() {}

    private void plan(Map<String, String> key) {
        planned = true;
        if (key.isEmpty()) {
            int segments = options.totalSegments;
            if (segments == 0) {
                segments = context.currentParallelism();
            }
            for (int segment = 0; segment < segments; segment++) {
                unassigned.add(ScanSplit.segment(segment, segments));
            }
        } else {
            unassigned.add(ScanSplit.query(key));
        }
        for (int reader : waiting) {
            if (context.registeredReaders().containsKey(reader)) {
                handleSplitRequest(reader, null);
            }
        }
        waiting.clear();
    }

    /** The constants that name one key, or all the items of one partition key; else empty. */
    private Map<String, String> keyOf(KeySchema schema) {
        Map<String, String> key = new TreeMap<>();
        List<String> types = new ArrayList<>();
        types.add(String.valueOf(schema.partitionType()));
        types.add(String.valueOf(schema.sortType()));
        for (int index = 0; index < schema.names().size(); index++) {
            String name = schema.names().get(index);
            String value = constants.get(name);
            // A column declared with another type cannot be read at all; the reader says so.
            if (value == null || !value.startsWith("{\"" + types.get(index) + "\":")) {
                break;
            }
            key.put(name, value);
        }
        return key;
    }
}
