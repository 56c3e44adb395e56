package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.request.MalformedResponseException;
import io.github.pyflinkdynamodb.request.RecordPage;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import javax.annotation.Nullable;

/** The records of one shard as the service holds them: their creation times, in order. */
final class ShardLog {
    private final List<Long> times;

    /**
     * @param times creation times in milliseconds, never falling
     */
    ShardLog(List<Long> times) {
        this.times = new ArrayList<>(times);
    }

    int size() {
        return times.size();
    }

    /** Index of the first record created at a time or later. */
    int firstAt(long timeMillis) {
        int index = 0;
        while (index < times.size() && times.get(index) < timeMillis) {
            index++;
        }
        return index;
    }

    /** Index of the record behind one. */
    static int after(String sequenceNumber) {
        return Integer.parseInt(sequenceNumber) + 1;
    }

    /** An iterator before a record. */
    static String iterator(int index) {
        return "before " + index;
    }

    static int index(String iterator) {
        return Integer.parseInt(iterator.substring("before ".length()));
    }

    /**
     * The page at an iterator, as it comes off the wire.
     *
     * @param next where the page after it begins; null at the end of the shard
     */
    RecordPage page(int from, int to, @Nullable String next, long serviceTimeMillis) {
        try {
            return RecordPage.read(
                    json("shard", from, to, next).getBytes(StandardCharsets.UTF_8),
                    serviceTimeMillis);
        } catch (MalformedResponseException e) {
            throw new AssertionError(e);
        }
    }

    /** The body of the answer to GetRecords. Every record's eventID is the shard's name. */
    String json(String shard, int from, int to, @Nullable String next) {
        StringBuilder body = new StringBuilder("{\"Records\":[");
        for (int index = from; index < to; index++) {
            body.append(index == from ? "" : ",").append(record(shard, index));
        }
        return body.append("],\"NextShardIterator\":")
                .append(next == null ? "null" : "\"" + next + "\"")
                .append('}')
                .toString();
    }

    private String record(String shard, int index) {
        return "{\"eventID\":\""
                + shard
                + "\",\"eventName\":\"INSERT\",\"dynamodb\":{\"ApproximateCreationDateTime\":"
                + times.get(index) / 1_000
                + "."
                + String.format("%03d", times.get(index) % 1_000)
                + ",\"Keys\":{\"k\":{\"N\":\"1\"}},\"SequenceNumber\":\""
                + String.format("%021d", index)
                + "\"}}";
    }
}
