package io.github.pyflinkdynamodb.request;

import java.nio.charset.StandardCharsets;

/** A record that will not be written, and why. */
public final class RejectedRequest {
    private final byte[] request;
    private final String errorCode;
    private final String errorMessage;

    /**
     * @param request one JSON object: the write request, or what is known of it; line breaks
     *     between its tokens are made spaces, so that it fits on a line
     * @param errorCode short name of the fault, for counting and filtering
     * @param errorMessage where, what and the remedy, without any value of the record
     */
    public RejectedRequest(byte[] request, String errorCode, String errorMessage) {
        this.request = onOneLine(request);
        this.errorCode = errorCode;
        this.errorMessage = errorMessage;
    }

    /** One JSON object without line breaks. */
    public byte[] request() {
        return request;
    }

    public String errorCode() {
        return errorCode;
    }

    public String errorMessage() {
        return errorMessage;
    }

    /** The form in which {@link WriteRequestScanner} passes it through. */
    public byte[] encoded() {
        ByteSink bytes = new ByteSink();
        append(bytes, "{\"Rejected\":{\"request\":");
        bytes.append(request, 0, request.length);
        append(bytes, ",\"error_code\":" + JsonQuote.of(errorCode));
        append(bytes, ",\"error_message\":" + JsonQuote.of(errorMessage) + "}}");
        return bytes.toByteArray();
    }

    private static void append(ByteSink bytes, String text) {
        bytes.append(text.getBytes(StandardCharsets.UTF_8));
    }

    /** JSON has raw line breaks only between tokens, never within a string. */
    private static byte[] onOneLine(byte[] json) {
        byte[] line = json;
        for (int at = 0; at < json.length; at++) {
            if (json[at] == '\n' || json[at] == '\r') {
                line = line == json ? json.clone() : line;
                line[at] = ' ';
            }
        }
        return line;
    }

    /** Says nothing of the values. */
    @Override
    public String toString() {
        return errorCode + ": " + errorMessage;
    }
}
