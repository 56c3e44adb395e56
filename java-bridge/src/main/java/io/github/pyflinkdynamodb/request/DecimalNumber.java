package io.github.pyflinkdynamodb.request;

/**
 * The text of an N, checked and normalised as DynamoDB does it: no sign for zero, no zeros in front
 * or behind, and the exponent of the first digit. Source: DynamoDB guide, data types, Number.
 *
 * <p>Holds the last number that was read, as positions in the text. Not thread-safe.
 */
public final class DecimalNumber {
    public static final int MAX_DIGITS = 38;
    public static final int MAX_EXPONENT = 125;
    public static final int MIN_EXPONENT = -130;

    /** Exponents are kept below this while they are read. The service refuses 0e9999999999 too. */
    private static final long EXPONENT_BOUND = 1L << 31;

    private byte[] text = new byte[0];
    private int first;
    private int last;
    private boolean negative;
    private int digits;
    private int exponent;

    /** Reads a number; a fault does not show its text. */
    void parse(byte[] bytes, int from, int to) throws ScanFault {
        boolean minus = from < to && bytes[from] == '-';
        int start = minus || (from < to && bytes[from] == '+') ? from + 1 : from;
        int integerEnd = skipDigits(bytes, start, to);
        boolean hasPoint = integerEnd < to && bytes[integerEnd] == '.';
        int end = hasPoint ? skipDigits(bytes, integerEnd + 1, to) : integerEnd;
        boolean isNumber = end - start > (hasPoint ? 1 : 0);
        long scale = 0;
        if (end < to) {
            boolean hasExponent = bytes[end] == 'e' || bytes[end] == 'E';
            boolean shrinks = end + 1 < to && bytes[end + 1] == '-';
            int at = shrinks || (end + 1 < to && bytes[end + 1] == '+') ? end + 2 : end + 1;
            isNumber &= hasExponent && at < to && skipDigits(bytes, at, to) == to;
            for (; isNumber && at < to; at++) {
                scale = Math.min(10 * scale + bytes[at] - '0', EXPONENT_BOUND);
            }
            scale = shrinks ? -scale : scale;
        }
        if (!isNumber) {
            throw fault("the content of N is not a decimal number; give its digits as text");
        }
        text = bytes;
        first = start;
        while (first < end && (bytes[first] == '0' || bytes[first] == '.')) {
            first++;
        }
        digits = 0;
        exponent = 0;
        negative = minus && first < end;
        if (first == end) {
            if (Math.abs(scale) == EXPONENT_BOUND) {
                throw fault("the exponent is too long; a zero needs none");
            }
            return;
        }
        last = end - 1;
        while (bytes[last] == '0' || bytes[last] == '.') {
            last--;
        }
        digits = last - first + (first < integerEnd && integerEnd < last ? 0 : 1);
        long magnitude = scale + integerEnd - first - (first < integerEnd ? 1 : 0);
        if (magnitude > MAX_EXPONENT) {
            throw fault("the number is beyond 9.99E+125, the largest that DynamoDB stores");
        }
        if (magnitude < MIN_EXPONENT) {
            throw fault("the number is closer to 0 than 1E-130, the smallest DynamoDB stores");
        }
        if (digits > MAX_DIGITS) {
            throw fault(
                    "the number has "
                            + digits
                            + " significant digits, DynamoDB stores 38; round it or store it as S");
        }
        exponent = (int) magnitude;
    }

    /** Significant digits, 0 for zero. */
    int digits() {
        return digits;
    }

    /** Power of ten of the first significant digit, 0 for zero. */
    int exponent() {
        return exponent;
    }

    boolean isNegative() {
        return negative;
    }

    /** Appends a form that is equal for equal numbers only, while the text read still stands. */
    void appendCanonical(ByteSink sink) {
        if (digits == 0) {
            sink.append('0');
            return;
        }
        sink.append(negative ? '-' : '+');
        sink.append(exponent - MIN_EXPONENT);
        for (int at = first; at <= last; at++) {
            if (text[at] != '.') {
                sink.append(text[at]);
            }
        }
    }

    private static int skipDigits(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        return at;
    }

    private static ScanFault fault(String message) {
        return ScanFault.at(ScanFault.INVALID_ATTRIBUTE_VALUE, message);
    }
}
