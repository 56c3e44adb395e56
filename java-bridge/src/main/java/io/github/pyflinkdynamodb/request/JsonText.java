package io.github.pyflinkdynamodb.request;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** How the text of a JSON string stands in its bytes: UTF-8 and escapes, checked and resolved. */
final class JsonText {
    private static final VarHandle WORDS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final long QUOTES = ONES * '"';
    private static final long BACKSLASHES = ONES * '\\';
    private static final long SPACES = ONES * ' ';

    private JsonText() {}

    /** The first byte from there that a string cannot hold as it is, or that is not ASCII. */
    static int skipPlain(byte[] bytes, int from) {
        int at = from;
        for (int last = bytes.length - Long.BYTES; at <= last; at += Long.BYTES) {
            long word = (long) WORDS.get(bytes, at);
            long quotes = word ^ QUOTES;
            long backslashes = word ^ BACKSLASHES;
            // A byte's high bit is set where it is a quote, a backslash, below a space or above
            // 0x7f. A borrow can set it too early only behind a true one, and the first counts.
            long found =
                    ((quotes - ONES & ~quotes)
                                    | (backslashes - ONES & ~backslashes)
                                    | (word - SPACES & ~word)
                                    | word)
                            & HIGH_BITS;
            if (found != 0) {
                return at + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        while (at < bytes.length && bytes[at] >= ' ' && bytes[at] != '"' && bytes[at] != '\\') {
            at++;
        }
        return at;
    }

    /**
     * Where a run of characters of two to four bytes ends; the complement of the place where it is
     * not UTF-8. Source: the Unicode Standard, table 3-7.
     */
    static int skipMultiByte(byte[] bytes, int from) {
        int at = from;
        do {
            int lead = bytes[at] & 0xff;
            int length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
            if (lead < 0xc2 || lead > 0xf4 || bytes.length - at < length) {
                return ~at;
            }
            int low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
            int high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
            int second = bytes[at + 1] & 0xff;
            boolean good = second >= low && second <= high;
            for (int index = 2; index < length; index++) {
                good &= (bytes[at + index] & 0xc0) == 0x80;
            }
            if (!good) {
                return ~at;
            }
            at += length;
        } while (at < bytes.length && bytes[at] < 0);
        return at;
    }

    /**
     * Where the escape there ends, a surrogate pair being one; -1 if JSON has no such escape, it is
     * cut off, or half of a pair stands alone.
     */
    static int skipEscape(byte[] bytes, int at) {
        int letter = at + 1 < bytes.length ? bytes[at + 1] : -1;
        if (letter != 'u') {
            return letter > 0 && "\"\\/bfnrt".indexOf(letter) >= 0 ? at + 2 : -1;
        }
        int unit = hexadecimal(bytes, at + 2);
        if (unit < Character.MIN_SURROGATE || unit > Character.MAX_SURROGATE) {
            return unit < 0 ? -1 : at + 6;
        }
        boolean paired =
                unit <= Character.MAX_HIGH_SURROGATE
                        && bytes.length - at >= 12
                        && bytes[at + 6] == '\\'
                        && bytes[at + 7] == 'u'
                        && (hexadecimal(bytes, at + 8) & ~0x3ff) == Character.MIN_LOW_SURROGATE;
        return paired ? at + 12 : -1;
    }

    /** Bytes of UTF-8 that the checked escape there stands for. */
    static int decodedLength(byte[] bytes, int at) {
        int character = escapedCharacter(bytes, at);
        return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    }

    /** Appends checked text, escapes resolved. */
    static void appendDecoded(byte[] bytes, int from, int to, ByteSink sink) {
        int plain = from;
        int at = from;
        while (at < to) {
            if (bytes[at] != '\\') {
                at++;
                continue;
            }
            sink.append(bytes, plain, at);
            int character = escapedCharacter(bytes, at);
            at += bytes[at + 1] != 'u' ? 2 : character < 0x10000 ? 6 : 12;
            appendUtf8(character, sink);
            plain = at;
        }
        sink.append(bytes, plain, to);
    }

    private static int escapedCharacter(byte[] bytes, int at) {
        switch (bytes[at + 1]) {
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                int unit = hexadecimal(bytes, at + 2);
                return Character.isHighSurrogate((char) unit)
                        ? Character.toCodePoint((char) unit, (char) hexadecimal(bytes, at + 8))
                        : unit;
            default:
                return bytes[at + 1];
        }
    }

    /** The four hexadecimal digits from there, or -1. */
    private static int hexadecimal(byte[] bytes, int from) {
        if (bytes.length - from < 4) {
            return -1;
        }
        int value = 0;
        for (int at = from; at < from + 4; at++) {
            // A byte above 0x7f is negative, hence no code point and no digit.
            value = value << 4 | Character.digit((int) bytes[at], 16);
        }
        return value < 0 ? -1 : value;
    }

    private static void appendUtf8(int character, ByteSink sink) {
        if (character < 0x80) {
            sink.append(character);
            return;
        }
        if (character < 0x800) {
            sink.append(0xc0 | character >> 6);
        } else {
            if (character < 0x10000) {
                sink.append(0xe0 | character >> 12);
            } else {
                sink.append(0xf0 | character >> 18);
                sink.append(0x80 | character >> 12 & 0x3f);
            }
            sink.append(0x80 | character >> 6 & 0x3f);
        }
        sink.append(0x80 | character & 0x3f);
    }
}
