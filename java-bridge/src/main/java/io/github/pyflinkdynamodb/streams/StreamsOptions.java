package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.client.ClientSettings;

import java.io.Serializable;

import javax.annotation.Nullable;

/**
 * What to read and how, checked. Its fields' names are those of the configuration keys' meanings;
 * {@link StreamsConfig} makes it from what the user wrote. Cannot be changed.
 */
public final class StreamsOptions implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Source: the sink's default, {@code request_timeout_ms}. */
    static final long REQUEST_TIMEOUT_MS = 60_000;

    enum InitialPosition {
        LATEST,
        TRIM_HORIZON,
        AT_TIMESTAMP
    }

    final ClientSettings client;
    @Nullable final String streamArn;
    @Nullable final String tableName;
    final InitialPosition initialPosition;
    final long initialTimeMillis;
    final long discoveryIntervalMs;
    final int inconsistencyRetries;
    final int maxRetries;
    final long minBackoffMs;
    final long maxBackoffMs;
    final long emptyPollDelayMs;
    final long nonEmptyPollDelayMs;
    final boolean failOnDataLoss;

    /** Whether the read ends at all; at {@link #endMillis}, or at the first discovery if 0. */
    final boolean bounded;

    final long endMillis;

    StreamsOptions(
            ClientSettings client,
            @Nullable String streamArn,
            @Nullable String tableName,
            InitialPosition initialPosition,
            long initialTimeMillis,
            long discoveryIntervalMs,
            int inconsistencyRetries,
            int maxRetries,
            long minBackoffMs,
            long maxBackoffMs,
            long emptyPollDelayMs,
            long nonEmptyPollDelayMs,
            boolean failOnDataLoss,
            boolean bounded,
            long endMillis) {
        this.client = client;
        this.streamArn = streamArn;
        this.tableName = tableName;
        this.initialPosition = initialPosition;
        this.initialTimeMillis = initialTimeMillis;
        this.discoveryIntervalMs = discoveryIntervalMs;
        this.inconsistencyRetries = inconsistencyRetries;
        this.maxRetries = maxRetries;
        this.minBackoffMs = minBackoffMs;
        this.maxBackoffMs = maxBackoffMs;
        this.emptyPollDelayMs = emptyPollDelayMs;
        this.nonEmptyPollDelayMs = nonEmptyPollDelayMs;
        this.failOnDataLoss = failOnDataLoss;
        this.bounded = bounded;
        this.endMillis = endMillis;
    }

    /** The stream or table, for messages. */
    String subject() {
        return streamArn == null ? "the stream of table " + tableName : "stream " + streamArn;
    }
}
