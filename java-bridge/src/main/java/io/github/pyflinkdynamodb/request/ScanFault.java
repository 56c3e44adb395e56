package io.github.pyflinkdynamodb.request;

/**
 * What is wrong with a request: a code, where, and the remedy. Never a value of the record.
 *
 * <p>Carries no stack trace: it is an answer, and a stream of bad records must not be slow.
 */
public final class ScanFault extends Exception {
    static final String MISSING_KEY = "MissingKey";
    static final String INVALID_KEY = "InvalidKey";
    static final String ITEM_TOO_LARGE = "ItemTooLarge";
    static final String INVALID_ATTRIBUTE_VALUE = "InvalidAttributeValue";
    static final String MALFORMED_REQUEST = "MalformedRequest";

    private static final long serialVersionUID = 1L;

    private final String code;
    private final String text;
    private final boolean hasPath;
    private String path = "";

    private ScanFault(String code, String text, boolean hasPath) {
        super(text, null, false, false);
        this.code = code;
        this.text = text;
        this.hasPath = hasPath;
    }

    /** A fault of one attribute or of the item; its path is put together by {@link #within}. */
    static ScanFault at(String code, String text) {
        return new ScanFault(code, text, true);
    }

    /** Not JSON, or not JSON of a write request: has a place in the bytes, but no path. */
    static ScanFault malformed(String text) {
        return new ScanFault(MALFORMED_REQUEST, text, false);
    }

    /** Puts one step in front of the path: ".name" or "[3]". */
    ScanFault within(String step) {
        path = step + path;
        return this;
    }

    String code() {
        return code;
    }

    @Override
    public String getMessage() {
        return hasPath ? "$" + path + ": " + text : text;
    }
}
