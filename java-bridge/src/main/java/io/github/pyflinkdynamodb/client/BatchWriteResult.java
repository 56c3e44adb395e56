package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.PrimaryKey;

import java.util.List;

/** Answer to a BatchWriteItem call that DynamoDB accepted, all of it or in part. */
public final class BatchWriteResult {
    private final List<PrimaryKey> unprocessed;
    private final double consumedCapacityUnits;

    BatchWriteResult(List<PrimaryKey> unprocessed, double consumedCapacityUnits) {
        this.unprocessed = unprocessed;
        this.consumedCapacityUnits = consumedCapacityUnits;
    }

    /** Keys of the requests that were not written and must be sent again; empty when all were. */
    public List<PrimaryKey> unprocessed() {
        return unprocessed;
    }

    /** Write capacity units that the call used; 0 unless they were asked for. */
    public double consumedCapacityUnits() {
        return consumedCapacityUnits;
    }
}
