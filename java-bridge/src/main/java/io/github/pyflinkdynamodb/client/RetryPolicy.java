package io.github.pyflinkdynamodb.client;

/**
 * How long a call waits before it is sent again: exponential backoff with full jitter, without an
 * end.
 *
 * <p>Full jitter (a uniform draw from zero to the bound) spreads the retries of many writers best;
 * AWS recommends it for unprocessed items.
 */
public final class RetryPolicy {

    static final long BASE_DELAY_MS = 50;

    /** Low enough that a table that is back after an outage is used within seconds. */
    public static final long MAX_DELAY_MS = 10_000;

    private RetryPolicy() {}

    /**
     * @param attempts failed attempts so far, at least 1
     * @param draw a uniform random number in [0, 1)
     * @return milliseconds to wait, from 0 up to {@link #MAX_DELAY_MS}
     */
    public static long delayMs(int attempts, double draw) {
        // 2^8 * 50 ms is beyond the cap already; the shift must not overflow after days of outage.
        long bound = Math.min(MAX_DELAY_MS, BASE_DELAY_MS << Math.min(attempts - 1, 16));
        return (long) (draw * (bound + 1));
    }
}
