package io.github.pyflinkdynamodb.encode;

import io.github.pyflinkdynamodb.request.ByteSink;
import io.github.pyflinkdynamodb.request.JsonQuote;
import io.github.pyflinkdynamodb.request.RejectedRequest;

import java.nio.charset.StandardCharsets;

/**
 * Appends write requests to one stream element, joined by commas: begin one, write its attributes,
 * end it; or drop what was begun. Not thread-safe.
 */
public final class WriteRequestWriter {
    private static final byte[] PUT = ascii("{\"PutRequest\":{\"Item\":{");
    private static final byte[] DELETE = ascii("{\"DeleteRequest\":{\"Key\":{");
    private static final byte[] END = ascii("}}}");

    private final ByteSink sink = new ByteSink();
    private final AttributeValueWriter attributes = new AttributeValueWriter(sink);
    private int lastEnd;

    public AttributeValueWriter attributes() {
        return attributes;
    }

    /** Starts the next element. */
    public void clear() {
        lastEnd = 0;
        drop();
    }

    public void beginPut() {
        begin();
        sink.append(PUT);
    }

    public void beginDelete() {
        begin();
        sink.append(DELETE);
    }

    public void end() {
        sink.append(END);
        lastEnd = sink.length();
    }

    /** Drops the request that was begun and not ended. */
    void drop() {
        attributes.reset(lastEnd);
    }

    /** Appends a whole request. */
    void append(byte[] request) {
        begin();
        sink.append(request);
        lastEnd = sink.length();
    }

    /**
     * Appends a record that could not be converted, in the form that Python gives it.
     *
     * @param pythonType what Python calls the record's class; of a table's row, what Java does
     */
    public void appendRejected(
            String pythonType, String path, String errorCode, String errorMessage) {
        String request =
                "{\"python_type\":"
                        + JsonQuote.of(pythonType)
                        + ",\"path\":"
                        + JsonQuote.of(path)
                        + "}";
        append(
                new RejectedRequest(
                                request.getBytes(StandardCharsets.UTF_8), errorCode, errorMessage)
                        .encoded());
    }

    public byte[] toByteArray() {
        return sink.toByteArray();
    }

    private void begin() {
        drop();
        if (lastEnd > 0) {
            sink.append(',');
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
