package io.github.pyflinkdynamodb.request;

import java.util.List;

/** What the answer to a BatchWriteItem call says: what was not written, and what it cost. */
public final class UnprocessedItems {
    private final List<PrimaryKey> keys;
    private final double consumedCapacityUnits;

    UnprocessedItems(List<PrimaryKey> keys, double consumedCapacityUnits) {
        this.keys = keys;
        this.consumedCapacityUnits = consumedCapacityUnits;
    }

    /** Keys of the requests that were not processed, in the order of the answer. */
    public List<PrimaryKey> keys() {
        return keys;
    }

    /** Sum over the tables of the answer; 0 when it does not say. */
    public double consumedCapacityUnits() {
        return consumedCapacityUnits;
    }
}
