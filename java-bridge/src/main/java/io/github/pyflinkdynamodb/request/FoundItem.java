package io.github.pyflinkdynamodb.request;

/** An item as it stands in an answer. */
public final class FoundItem {
    private final byte[] body;
    private final int start;

    FoundItem(byte[] body, int start) {
        this.body = body;
        this.start = start;
    }

    public byte[] body() {
        return body;
    }

    /** Where the item begins in the body. */
    public int start() {
        return start;
    }
}
