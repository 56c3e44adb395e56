package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.client.StreamsClient;
import io.github.pyflinkdynamodb.request.RecordPage;

/**
 * When a shard is asked for its next page: at once behind a full one, later the less there was, and
 * never more than five times a second, which is all that a shard takes.
 */
final class PollPace {
    /**
     * A page holds 1 MB at most, and ends before the record that would not fit any more. Source:
     * API reference, GetRecords.
     */
    private static final int FULL_BYTES = 900_000;

    private PollPace() {}

    /**
     * @param sinceCallMs milliseconds since the page was asked for
     * @return milliseconds to wait from now
     */
    static long delayMs(StreamsOptions options, RecordPage page, long sinceCallMs) {
        long delayMs;
        if (page.records().isEmpty()) {
            delayMs = options.emptyPollDelayMs;
        } else if (page.records().size() >= StreamsClient.MAX_RECORDS
                || page.bytes() >= FULL_BYTES) {
            delayMs = 0;
        } else {
            delayMs = options.nonEmptyPollDelayMs;
        }
        return Math.max(delayMs, StreamsClient.MIN_POLL_MS - sinceCallMs);
    }
}
