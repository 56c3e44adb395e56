package io.github.pyflinkdynamodb.request;

import java.util.Arrays;

/**
 * Reads JSON text token by token, straight from its bytes.
 *
 * <p>Strings are checked (UTF-8, escapes, surrogate pairs) and measured but not decoded: the last
 * one stands as a slice of the buffer. Nothing is allocated but for a fault, and nothing recurses.
 * Not thread-safe.
 */
public final class JsonCursor {
    /** Programs that read a dead letter give up on JSON nested deeper, some of them by crashing. */
    private static final int MAX_QUOTED_DEPTH = 500;

    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private byte[] buffer = new byte[0];
    private int start;
    private int position;

    private int stringStart;
    private int stringEnd;
    private int stringLength;
    private boolean stringEscaped;

    /** One bit for each open container of a value that is skipped: set for an object. */
    private long[] objects = new long[1];

    /** Goes to a place in a buffer; faults count their bytes from there. */
    public void reset(byte[] newBuffer, int newPosition) {
        buffer = newBuffer;
        start = newPosition;
        position = newPosition;
    }

    public byte[] buffer() {
        return buffer;
    }

    public int position() {
        return position;
    }

    /** The next byte that is not white space, without taking it; -1 at the end. */
    public int peek() {
        byte[] bytes = buffer;
        int at = position;
        while (at < bytes.length) {
            byte next = bytes[at];
            if (next > ' ' || (next != ' ' && next != '\n' && next != '\r' && next != '\t')) {
                position = at;
                return next & 0xff;
            }
            at++;
        }
        position = at;
        return -1;
    }

    /** Takes the next byte if it is this one. */
    public boolean consume(char wanted) {
        int at = position;
        if (at < buffer.length && buffer[at] == wanted) {
            position = at + 1;
            return true;
        }
        if (peek() == wanted) {
            position++;
            return true;
        }
        return false;
    }

    public void expect(char wanted) throws ScanFault {
        if (!consume(wanted)) {
            throw unexpected("'" + wanted + "'");
        }
    }

    /** Whether an object without members comes next. Takes nothing. */
    public boolean isAtEmptyObject() {
        if (peek() != '{') {
            return false;
        }
        int at = position++;
        boolean empty = peek() == '}';
        position = at;
        return empty;
    }

    /** Enters an object or array; false if it is empty, and then it is taken whole. */
    public boolean enter(char opening, char closing) throws ScanFault {
        expect(opening);
        return !consume(closing);
    }

    /** Goes on to the next member of an object or array; false if it ended here. */
    public boolean next(char closing) throws ScanFault {
        if (consume(',')) {
            return true;
        }
        expect(closing);
        return false;
    }

    /** Takes a string. It stands until the next one is read. */
    public void readString() throws ScanFault {
        expect('"');
        byte[] bytes = buffer;
        int first = position;
        int at = first;
        int saved = 0;
        boolean escaped = false;
        while (true) {
            at = JsonText.skipPlain(bytes, at);
            if (at >= bytes.length) {
                throw endsBefore("the end of a string");
            }
            byte next = bytes[at];
            if (next == '"') {
                break;
            }
            int after;
            if (next < 0) {
                after = JsonText.skipMultiByte(bytes, at);
                if (after < 0) {
                    throw fault(~after, "the text is not UTF-8");
                }
            } else if (next == '\\') {
                after = JsonText.skipEscape(bytes, at);
                if (after < 0) {
                    throw fault(at, "no such escape, or half of a surrogate pair");
                }
                escaped = true;
                saved += after - at - JsonText.decodedLength(bytes, at);
            } else {
                throw fault(at, "a control character stands in a string; write it as an escape");
            }
            at = after;
        }
        stringStart = first;
        stringEnd = at;
        stringLength = at - first - saved;
        stringEscaped = escaped;
        position = at + 1;
    }

    /** Where the last string's text begins, after its quote. */
    public int stringStart() {
        return stringStart;
    }

    /** Where the last string's text ends, at its quote. */
    public int stringEnd() {
        return stringEnd;
    }

    /** Length of the last string in UTF-8, escapes resolved. */
    int stringLength() {
        return stringLength;
    }

    /** Whether the last string's text differs from its slice of the buffer. */
    public boolean stringEscaped() {
        return stringEscaped;
    }

    public boolean stringEquals(byte[] text) {
        if (stringLength != text.length) {
            return false;
        }
        if (!stringEscaped) {
            return Arrays.equals(buffer, stringStart, stringEnd, text, 0, text.length);
        }
        ByteSink decoded = new ByteSink();
        appendString(decoded);
        return Arrays.equals(decoded.array(), 0, decoded.length(), text, 0, text.length);
    }

    /** The last string in UTF-8, escapes resolved. */
    public byte[] stringBytes() {
        if (!stringEscaped) {
            return Arrays.copyOfRange(buffer, stringStart, stringEnd);
        }
        ByteSink decoded = new ByteSink();
        appendString(decoded);
        return decoded.toByteArray();
    }

    /** Appends the last string, escapes resolved. */
    void appendString(ByteSink sink) {
        appendString(stringStart, stringEnd, sink);
    }

    /** Appends the text of a string that was read before, escapes resolved. */
    void appendString(int from, int to, ByteSink sink) {
        JsonText.appendDecoded(buffer, from, to, sink);
    }

    public boolean consumeTrue() throws ScanFault {
        return consumeWord('t', TRUE);
    }

    public boolean consumeFalse() throws ScanFault {
        return consumeWord('f', FALSE);
    }

    public boolean consumeNull() throws ScanFault {
        return consumeWord('n', NULL);
    }

    /** Takes a number as JSON writes it. */
    void skipNumber() throws ScanFault {
        consume('-');
        if (at(position) == '0') {
            position++;
        } else {
            skipDigits();
        }
        if (at(position) == '.') {
            position++;
            skipDigits();
        }
        if ((at(position) | 0x20) == 'e') {
            position++;
            if (at(position) == '+' || at(position) == '-') {
                position++;
            }
            skipDigits();
        }
    }

    /** Takes any JSON value. */
    public void skipValue() throws ScanFault {
        skip(false);
    }

    /**
     * Takes any JSON value, putting up with strings that are broken inside: quotes, brackets,
     * commas and colons still tell where it ends.
     *
     * @return whether the value may be quoted: it is sound JSON that any program can read
     */
    boolean skipDamagedValue() throws ScanFault {
        return skip(true);
    }

    /** A fault at the present place, for text that is JSON but not what must stand here. */
    public ScanFault unexpected(String wanted) {
        return peek() < 0 ? endsBefore(wanted) : fault(position, "expected " + wanted);
    }

    private boolean skip(boolean tolerant) throws ScanFault {
        boolean sound = true;
        int depth = 0;
        while (true) {
            int next = peek();
            boolean opened = next == '{' || next == '[';
            if (opened) {
                position++;
                open(depth++, next == '{');
                sound &= depth <= MAX_QUOTED_DEPTH;
            } else if (next == '"') {
                sound &= skipString(tolerant);
            } else if (!consumeTrue() && !consumeFalse() && !consumeNull()) {
                skipNumber();
            }
            // Close what ends here, up to the place where a further value must stand.
            while (true) {
                if (depth == 0) {
                    return sound;
                }
                boolean object = isObject(depth - 1);
                if (consume(object ? '}' : ']')) {
                    depth--;
                    opened = false;
                    continue;
                }
                if (!opened) {
                    expect(',');
                }
                if (object) {
                    if (peek() != '"') {
                        throw unexpected("a member's name");
                    }
                    sound &= skipString(tolerant);
                    expect(':');
                }
                break;
            }
        }
    }

    /** Returns whether the string is sound; one that is not is a fault unless tolerant. */
    private boolean skipString(boolean tolerant) throws ScanFault {
        int opening = position;
        try {
            readString();
            return true;
        } catch (ScanFault fault) {
            if (!tolerant) {
                throw fault;
            }
            for (int at = opening + 1; at < buffer.length; at++) {
                if (buffer[at] == '"') {
                    position = at + 1;
                    return false;
                }
                if (buffer[at] == '\\') {
                    at++;
                }
            }
            position = buffer.length;
            throw endsBefore("the end of a string");
        }
    }

    private void open(int depth, boolean object) {
        int word = depth >>> 6;
        if (word == objects.length) {
            objects = Arrays.copyOf(objects, 2 * word);
        }
        long bit = 1L << depth;
        objects[word] = object ? objects[word] | bit : objects[word] & ~bit;
    }

    private boolean isObject(int depth) {
        return (objects[depth >>> 6] & (1L << depth)) != 0;
    }

    private boolean consumeWord(char first, byte[] word) throws ScanFault {
        if (peek() != first) {
            return false;
        }
        int to = position + word.length;
        if (to > buffer.length || !Arrays.equals(buffer, position, to, word, 0, word.length)) {
            throw unexpected("a value");
        }
        position = to;
        return true;
    }

    private void skipDigits() throws ScanFault {
        int from = position;
        while (at(position) >= '0' && at(position) <= '9') {
            position++;
        }
        if (position == from) {
            throw unexpected("a value");
        }
    }

    private int at(int index) {
        return index < buffer.length ? buffer[index] & 0xff : -1;
    }

    private ScanFault endsBefore(String what) {
        return ScanFault.malformed("unreadable: the text ends where " + what + " should follow");
    }

    private ScanFault fault(int at, String what) {
        return ScanFault.malformed("unreadable at byte " + (at - start) + ": " + what);
    }
}
