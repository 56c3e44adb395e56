package io.github.pyflinkdynamodb.source;

import org.apache.flink.api.connector.source.SourceSplit;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import javax.annotation.Nullable;

/**
 * A part of a table that one reader reads, and how far it has come: one segment of a parallel scan,
 * or the items of one key, which are found by a query. Cannot be changed.
 *
 * <p>The place is a page and a number of rows in it. A page is told by the key before it, so that
 * it can be asked for again.
 */
public final class ScanSplit implements SourceSplit {
    private final int segment;
    private final int totalSegments;
    private final TreeMap<String, String> key;
    @Nullable private final String startKey;
    private final int rowsEmitted;

    ScanSplit(
            int segment,
            int totalSegments,
            Map<String, String> key,
            @Nullable String startKey,
            int rowsEmitted) {
        this.segment = segment;
        this.totalSegments = totalSegments;
        this.key = new TreeMap<>(key);
        this.startKey = startKey;
        this.rowsEmitted = rowsEmitted;
    }

    /** Shares the key, which never changes: this is done for every row. */
    private ScanSplit(ScanSplit part, @Nullable String startKey, int rowsEmitted) {
        this.segment = part.segment;
        this.totalSegments = part.totalSegments;
        this.key = part.key;
        this.startKey = startKey;
        this.rowsEmitted = rowsEmitted;
    }

    static ScanSplit segment(int segment, int totalSegments) {
        return new ScanSplit(segment, totalSegments, Map.of(), null, 0);
    }

    /**
     * @param key attribute values in JSON by the names of the key attributes
     */
    static ScanSplit query(Map<String, String> key) {
        return new ScanSplit(0, 1, key, null, 0);
    }

    /** The same part, at another place. */
    ScanSplit at(@Nullable String newStartKey, int newRowsEmitted) {
        return new ScanSplit(this, newStartKey, newRowsEmitted);
    }

    @Override
    public String splitId() {
        return isQuery() ? "query" : segment + "/" + totalSegments;
    }

    boolean isQuery() {
        return !key.isEmpty();
    }

    int segment() {
        return segment;
    }

    int totalSegments() {
        return totalSegments;
    }

    /** Attribute values in JSON by name; empty for a segment. */
    Map<String, String> key() {
        return key;
    }

    /** JSON of the key before the page; null for the first page. */
    @Nullable
    String startKey() {
        return startKey;
    }

    /** Rows of the page that have left the reader. */
    int rowsEmitted() {
        return rowsEmitted;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof ScanSplit)) {
            return false;
        }
        ScanSplit that = (ScanSplit) other;
        return segment == that.segment
                && totalSegments == that.totalSegments
                && key.equals(that.key)
                && Objects.equals(startKey, that.startKey)
                && rowsEmitted == that.rowsEmitted;
    }

    @Override
    public int hashCode() {
        return Objects.hash(segment, totalSegments, key, startKey, rowsEmitted);
    }

    /** Says nothing of keys: they are data. */
    @Override
    public String toString() {
        return "ScanSplit " + splitId() + (startKey == null ? "" : ", begun");
    }
}
