package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.request.MalformedResponseException;
import io.github.pyflinkdynamodb.request.RecordPage;
import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.util.Collector;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Records of a stream as they come off the wire, and what schemas make of them. */
public final class Records {
    public static final String SEQUENCE_NUMBER = "000000000000000000042";

    private Records() {}

    /**
     * @param parts Keys, NewImage and OldImage; a single quote stands for a double one
     */
    static StreamRecord record(String eventName, Map<String, String> parts) {
        StringBuilder change = new StringBuilder();
        parts.forEach((name, item) -> change.append("'" + name + "':" + item + ","));
        return read(
                ("{'eventName':'" + eventName + "','dynamodb':{" + change).replace('\'', '"')
                        + "\"ApproximateCreationDateTime\":1795268040.5,\"SequenceNumber\":\""
                        + SEQUENCE_NUMBER
                        + "\",\"SizeBytes\":7}}");
    }

    /** The insertion of an item, given as JSON. */
    public static StreamRecord inserted(String item) {
        return read(
                "{\"eventName\":\"INSERT\",\"dynamodb\":{\"ApproximateCreationDateTime\":1,"
                        + "\"SequenceNumber\":\"1\",\"NewImage\":"
                        + item
                        + "}}");
    }

    static StreamRecord read(String json) {
        // What stands around a record is not the record's.
        String page = "{\"Records\": [ " + json + " ],\"NextShardIterator\":null}";
        try {
            return RecordPage.read(page.getBytes(StandardCharsets.UTF_8), 0).records().get(0);
        } catch (MalformedResponseException e) {
            throw new AssertionError(e);
        }
    }

    /** The elements of a record; those that left before a failure are kept. */
    public static <T> List<T> elements(StreamRecordSchema<T> schema, StreamRecord record)
            throws IOException {
        List<T> elements = new ArrayList<>();
        schema.open();
        schema.deserialize(
                record,
                new Collector<T>() {
                    @Override
                    public void collect(T element) {
                        elements.add(element);
                    }

                    @Override
                    public void close() {}
                });
        return elements;
    }
}
