package io.github.pyflinkdynamodb.request;

import java.util.Arrays;

/** Growing byte array that is used again and again. */
public final class ByteSink {
    private byte[] bytes = new byte[64];
    private int length;

    /** The array behind it, valid up to {@link #length()} and until the next append. */
    public byte[] array() {
        return bytes;
    }

    public int length() {
        return length;
    }

    public void clear() {
        length = 0;
    }

    public void append(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
    }

    public void append(byte[] source, int from, int to) {
        reserve(to - from);
        System.arraycopy(source, from, bytes, length, to - from);
        length += to - from;
    }

    public void append(byte[] source) {
        append(source, 0, source.length);
    }

    /** Drops what was appended after that length was reached. */
    public void truncate(int toLength) {
        length = toLength;
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    private void reserve(int more) {
        if (more > bytes.length - length) {
            long wanted = Math.max((long) length + more, 2L * bytes.length);
            bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
        }
    }
}
