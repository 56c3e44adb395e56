package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.client.ClientSettings;

import java.io.Serializable;

/** What a scan reads, and how. */
public final class ScanOptions implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Most segments of a parallel scan (API reference, Scan). */
    public static final int MAX_SEGMENTS = 1_000_000;

    /** From a call to the end of its answer, after which it is given up and tried again. */
    public static final long REQUEST_TIMEOUT_MS = 60_000;

    private final ClientSettings client;
    private final String table;
    final boolean consistentRead;
    final int pageSize;
    final int totalSegments;

    /**
     * @param consistentRead whether a page shows every write that succeeded before it was read
     * @param pageSize most items in a page; 0 for as many as fit into 1 MB
     * @param totalSegments parts that are read at the same time; 0 for as many as there are readers
     */
    public ScanOptions(
            ClientSettings client,
            String table,
            boolean consistentRead,
            int pageSize,
            int totalSegments) {
        this.client = client;
        this.table = table;
        this.consistentRead = consistentRead;
        this.pageSize = pageSize;
        this.totalSegments = totalSegments;
    }

    public ClientSettings client() {
        return client;
    }

    public String table() {
        return table;
    }
}
