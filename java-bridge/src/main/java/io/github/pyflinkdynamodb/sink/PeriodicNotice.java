package io.github.pyflinkdynamodb.sink;

/** Counts events and says at most once per interval that it is time to mention them. */
final class PeriodicNotice {

    private final long intervalMs;
    private long events;
    private long nextMs = Long.MIN_VALUE;

    PeriodicNotice(long intervalMs) {
        this.intervalMs = intervalMs;
    }

    /** Counts one event; returns all those not mentioned yet when a notice is due, else 0. */
    long due(long nowMs) {
        events++;
        if (nowMs < nextMs) {
            return 0;
        }
        long silent = events;
        events = 0;
        nextMs = nowMs + intervalMs;
        return silent;
    }
}
