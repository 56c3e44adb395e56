package io.github.pyflinkdynamodb.request;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Base64 as DynamoDB takes it: the plain alphabet, padded, no line breaks. */
final class Base64Text {
    private static final byte[] VALUES = new byte[256];

    static {
        Arrays.fill(VALUES, (byte) -1);
        byte[] alphabet =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                        .getBytes(StandardCharsets.US_ASCII);
        for (int value = 0; value < alphabet.length; value++) {
            VALUES[alphabet[value]] = (byte) value;
        }
    }

    private Base64Text() {}

    /**
     * Checks the text and returns how many bytes it stands for. Equal bytes have equal text: unused
     * bits that are not zero are refused, as the service does.
     */
    static int decodedLength(byte[] text, int from, int to) throws ScanFault {
        int length = to - from;
        if ((length & 3) != 0) {
            throw fault("its length is not a multiple of four characters; pad it with =");
        }
        if (length == 0) {
            return 0;
        }
        int padding = text[to - 1] != '=' ? 0 : text[to - 2] != '=' ? 1 : 2;
        int sign = 0;
        int end = to - padding;
        for (int at = from; at < end; at++) {
            sign |= VALUES[text[at] & 0xff];
        }
        if (sign < 0) {
            throw fault("it holds a character outside the base64 alphabet");
        }
        int unused = padding == 0 ? 0 : padding == 1 ? 0x3 : 0xf;
        if ((VALUES[text[end - 1]] & unused) != 0) {
            throw fault("the unused bits of its last character are not zero");
        }
        return length / 4 * 3 - padding;
    }

    /** Appends what a checked text stands for. */
    static void appendDecoded(byte[] text, int from, int to, ByteSink sink) {
        int word = 0;
        int bits = 0;
        for (int at = from; at < to && text[at] != '='; at++) {
            word = word << 6 | VALUES[text[at]];
            bits += 6;
            if (bits >= 8) {
                bits -= 8;
                sink.append(word >>> bits);
            }
        }
    }

    private static ScanFault fault(String what) {
        return ScanFault.at(
                ScanFault.INVALID_ATTRIBUTE_VALUE, "the content of B is not base64: " + what);
    }
}
