package io.github.pyflinkdynamodb.request;

/** One write request in AWS's own JSON, with what the writer must know of it. */
public final class EncodedWriteRequest {
    private final byte[] bytes;
    private final PrimaryKey key;
    private final boolean delete;
    private final int itemSize;

    EncodedWriteRequest(byte[] bytes, PrimaryKey key, boolean delete, int itemSize) {
        this.bytes = bytes;
        this.key = key;
        this.delete = delete;
        this.itemSize = itemSize;
    }

    /** Exactly one request's JSON object, ready to stand in a BatchWriteItem call. Not a copy. */
    public byte[] bytes() {
        return bytes;
    }

    public PrimaryKey key() {
        return key;
    }

    public boolean isDelete() {
        return delete;
    }

    /** Size of the item, of a delete's key, in bytes as DynamoDB counts them. */
    public int itemSize() {
        return itemSize;
    }

    /** Says nothing of the values. */
    @Override
    public String toString() {
        return (delete ? "Delete" : "Put") + " request of " + bytes.length + " bytes";
    }
}
