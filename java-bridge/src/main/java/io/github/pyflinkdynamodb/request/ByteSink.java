package io.github.pyflinkdynamodb.request;

import java.util.Arrays;

/** Growing byte array that is used again and again. */
public final class ByteSink {
    private static final int MAX_LONG_DIGITS = Long.toString(Long.MIN_VALUE).length();

    private byte[] bytes;
    private int length;

    public ByteSink() {
        this(64);
    }

    /**
     * @param capacity bytes that it takes without growing
     */
    public ByteSink(int capacity) {
        bytes = new byte[capacity];
    }

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

    /** Appends a text of ASCII characters, which the caller answers for. */
    public void appendAscii(String text) {
        int count = text.length();
        reserve(count);
        for (int at = 0; at < count; at++) {
            bytes[length + at] = (byte) text.charAt(at);
        }
        length += count;
    }

    /** Appends a number's digits, as {@link Long#toString(long)} writes them. */
    public void appendDigits(long value) {
        reserve(MAX_LONG_DIGITS);
        // Negative, since the smallest number has no positive counterpart.
        long rest = value < 0 ? value : -value;
        int digits = 1;
        for (long left = rest / 10; left != 0; left /= 10) {
            digits++;
        }
        if (value < 0) {
            bytes[length++] = '-';
        }
        for (int at = length + digits - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' - rest % 10);
            rest /= 10;
        }
        length += digits;
    }

    public void append(byte[] source, int from, int to) {
        reserve(to - from);
        System.arraycopy(source, from, bytes, length, to - from);
        length += to - from;
    }

    public void append(byte[] source) {
        append(source, 0, source.length);
    }

    /** Ends the content there: drops what comes behind, or takes in what a caller wrote itself. */
    public void setLength(int newLength) {
        length = newLength;
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    /**
     * Makes room behind {@link #length()} in {@link #array()}, for a caller that writes there
     * itself and tells the new length by {@link #setLength}.
     */
    public void reserve(int more) {
        if (more > bytes.length - length) {
            long wanted = Math.max((long) length + more, 2L * bytes.length);
            bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 8));
        }
    }
}
