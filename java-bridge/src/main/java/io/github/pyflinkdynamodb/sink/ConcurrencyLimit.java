package io.github.pyflinkdynamodb.sink;

/**
 * How many requests may be open at once: all that the user allows, fewer while DynamoDB throttles.
 *
 * <p>Additive increase, multiplicative decrease, where the decrease is proportional to the share of
 * the batch that was throttled: a table that turns away one item in twenty is near its limit, and
 * halving on each such answer would leave most of its capacity unused.
 */
final class ConcurrencyLimit {

    private final int max;
    private double limit;
    private long nextTicket;
    private long firstTicketAfterCut;

    ConcurrencyLimit(int max) {
        this.max = max;
        this.limit = max;
    }

    /** Open requests allowed now, from 1 to the maximum. */
    int current() {
        return (int) limit;
    }

    /** Marks the start of a request; the ticket goes back with its outcome. */
    long start() {
        return nextTicket++;
    }

    /** The ticket that the next request will get. */
    long nextTicket() {
        return nextTicket;
    }

    /** A request was answered without throttling: one more request for each round of answers. */
    void succeeded() {
        limit = Math.min(max, limit + 1 / limit);
    }

    /**
     * A share of the request's items, above 0 up to 1, was throttled. Requests that started before
     * the last cut say nothing about the lower limit and do not cut again.
     */
    void throttled(long ticket, double share) {
        if (ticket >= firstTicketAfterCut) {
            limit = Math.max(1, limit * (1 - share / 2));
            firstTicketAfterCut = nextTicket;
        }
    }
}
