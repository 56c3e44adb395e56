package io.github.pyflinkdynamodb.request;

import java.nio.charset.StandardCharsets;

import javax.annotation.Nullable;

/**
 * Reads the attributes of one item where a cursor stands: checks them, adds up their size, and
 * decodes the key attributes, but no other. Not thread-safe.
 */
final class ItemReader {
    /** Source: DynamoDB guide, naming rules. */
    private static final int MAX_NAME_BYTES = 65_535;

    private static final int MAX_PATH_STEP = 100;

    private static final byte[] BOOL = {'B', 'O', 'O', 'L'};
    private static final byte[] NULL = {'N', 'U', 'L', 'L'};

    private enum Tag {
        S,
        N,
        B,
        BOOL,
        NULL,
        L,
        M,
        SS,
        NS,
        BS
    }

    private final JsonCursor cursor;
    private final PrimaryKeyReader key;
    private final DecimalNumber number = new DecimalNumber();
    private final DistinctBytes distinct = new DistinctBytes();
    private final ByteSink decoded = new ByteSink();
    private final ByteSink canonical = new ByteSink();
    private final ByteSink keyMembers = new ByteSink();

    private Tag lastTag;
    private int lastGroup;
    private boolean hasOtherAttributes;

    ItemReader(JsonCursor cursor, KeySchema schema) {
        this.cursor = cursor;
        this.key = new PrimaryKeyReader(schema);
    }

    /** Reads and checks a whole item; returns its size. */
    int readItem() throws ScanFault {
        key.clear();
        distinct.clear();
        lastGroup = 0;
        int size = 0;
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            size += readName(0);
            int index = key.indexOf(cursor);
            int from = cursor.stringStart();
            int to = cursor.stringEnd();
            cursor.expect(':');
            try {
                size += readValue(1);
                if (index >= 0) {
                    key.capture(index, lastKeyType(), cursor, number);
                }
            } catch (ScanFault fault) {
                throw fault.within(step(from, to));
            }
        }
        return size;
    }

    /**
     * Reads the key attributes and returns their size; any other attribute is only passed over.
     *
     * <p>What a delete carries besides its key will not be written: a fault there is none.
     */
    int readKey() throws ScanFault {
        key.clear();
        distinct.clear();
        keyMembers.clear();
        hasOtherAttributes = false;
        int size = 0;
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            cursor.readString();
            int index = key.indexOf(cursor);
            if (index < 0) {
                hasOtherAttributes = true;
                cursor.expect(':');
                cursor.skipValue();
                continue;
            }
            int from = cursor.stringStart();
            int to = cursor.stringEnd();
            size += cursor.stringLength();
            cursor.expect(':');
            try {
                if (key.has(index)) {
                    throw repeatedName();
                }
                size += readValue(1);
                key.capture(index, lastKeyType(), cursor, number);
            } catch (ScanFault fault) {
                throw fault.within(step(from, to));
            }
            if (keyMembers.length() > 0) {
                keyMembers.append(',');
            }
            keyMembers.append(cursor.buffer(), from - 1, cursor.position());
        }
        return size;
    }

    /** The key of what was read last. */
    PrimaryKey primaryKey() throws ScanFault {
        return key.toKey();
    }

    /** Whether {@link #readKey} passed over anything. */
    boolean hasOtherAttributes() {
        return hasOtherAttributes;
    }

    /** The key attributes as {@link #readKey} found them: JSON members, joined by commas. */
    ByteSink keyMembers() {
        return keyMembers;
    }

    /** Reads one attribute value that has so many levels around it; returns its size. */
    private int readValue(int level) throws ScanFault {
        if (cursor.peek() != '{') {
            throw invalid("not an attribute value; give an object such as {\"S\": ...}");
        }
        cursor.expect('{');
        Tag tag = readTag();
        cursor.expect(':');
        int size;
        switch (tag) {
            case S:
                readContent();
                size = cursor.stringLength();
                break;
            case N:
                readContent();
                parseNumber();
                size = ItemSize.of(number);
                break;
            case B:
                readContent();
                size = measureBase64();
                break;
            case BOOL:
                if (!cursor.consumeTrue() && !cursor.consumeFalse()) {
                    throw invalid("the content of BOOL must be true or false");
                }
                size = ItemSize.OF_BOOLEAN;
                break;
            case NULL:
                if (!cursor.consumeTrue()) {
                    throw invalid("the content of NULL must be true");
                }
                size = ItemSize.OF_NULL;
                break;
            case L:
                size = readList(level);
                break;
            case M:
                size = readMap(level);
                break;
            default:
                size = readSet(tag);
        }
        if (cursor.peek() == ',') {
            throw invalid("an attribute value has several type tags; give one");
        }
        cursor.expect('}');
        lastTag = tag;
        return size;
    }

    private Tag readTag() throws ScanFault {
        if (cursor.peek() == '}') {
            throw invalid("an attribute value has no type tag; give one, such as S");
        }
        cursor.readString();
        byte[] text = cursor.buffer();
        int at = cursor.stringStart();
        if (cursor.stringEscaped()) {
            text = decodeString().array();
            at = 0;
        }
        Tag tag = null;
        switch (cursor.stringLength()) {
            case 1:
                tag = tagOf(text[at]);
                break;
            case 2:
                tag = text[at + 1] == 'S' ? setTagOf(text[at]) : null;
                break;
            case 4:
                tag =
                        cursor.stringEquals(BOOL)
                                ? Tag.BOOL
                                : cursor.stringEquals(NULL) ? Tag.NULL : null;
                break;
            default:
        }
        if (tag == null) {
            throw invalid("unknown type tag; DynamoDB has S, N, B, BOOL, NULL, L, M, SS, NS, BS");
        }
        return tag;
    }

    @Nullable
    private static Tag tagOf(byte letter) {
        switch (letter) {
            case 'S':
                return Tag.S;
            case 'N':
                return Tag.N;
            case 'B':
                return Tag.B;
            case 'L':
                return Tag.L;
            case 'M':
                return Tag.M;
            default:
                return null;
        }
    }

    @Nullable
    private static Tag setTagOf(byte letter) {
        switch (letter) {
            case 'S':
                return Tag.SS;
            case 'N':
                return Tag.NS;
            case 'B':
                return Tag.BS;
            default:
                return null;
        }
    }

    private int readList(int level) throws ScanFault {
        enterLevel(level, '[', "the content of L must be an array");
        int size = ItemSize.OF_CONTAINER;
        int index = 0;
        for (boolean more = cursor.enter('[', ']'); more; more = cursor.next(']')) {
            try {
                size += ItemSize.OF_MEMBER + readValue(level + 1);
            } catch (ScanFault fault) {
                throw fault.within("[" + index + "]");
            }
            index++;
        }
        return size;
    }

    private int readMap(int level) throws ScanFault {
        enterLevel(level, '{', "the content of M must be an object");
        int group = ++lastGroup;
        int size = ItemSize.OF_CONTAINER;
        for (boolean more = cursor.enter('{', '}'); more; more = cursor.next('}')) {
            size += ItemSize.OF_MEMBER + readName(group);
            int from = cursor.stringStart();
            int to = cursor.stringEnd();
            cursor.expect(':');
            try {
                size += readValue(level + 1);
            } catch (ScanFault fault) {
                throw fault.within(step(from, to));
            }
        }
        return size;
    }

    private int readSet(Tag tag) throws ScanFault {
        if (cursor.peek() != '[') {
            throw invalid("the content of a set must be an array");
        }
        int group = ++lastGroup;
        int size = 0;
        int index = 0;
        boolean more = cursor.enter('[', ']');
        if (!more) {
            throw invalid("a set is empty; leave the attribute out or write NULL");
        }
        for (; more; more = cursor.next(']')) {
            try {
                size += readMember(tag, group);
            } catch (ScanFault fault) {
                throw fault.within("[" + index + "]");
            }
            index++;
        }
        return size;
    }

    private int readMember(Tag tag, int group) throws ScanFault {
        readContent();
        int size;
        boolean isNew;
        if (tag == Tag.NS) {
            parseNumber();
            size = ItemSize.of(number);
            canonical.clear();
            number.appendCanonical(canonical);
            isNew = distinct.add(group, canonical.array(), 0, canonical.length());
        } else {
            // Checked base64 is compared as text: equal bytes have equal text.
            size = tag == Tag.SS ? cursor.stringLength() : measureBase64();
            isNew = addString(group);
        }
        if (!isNew) {
            throw invalid("the same member stands in the set already; give each once");
        }
        return size;
    }

    private void enterLevel(int level, char opening, String complaint) throws ScanFault {
        if (cursor.peek() != opening) {
            throw invalid(complaint);
        }
        if (level == WriteRequestScanner.MAX_LEVELS) {
            throw invalid("nested deeper than DynamoDB's 32 levels; flatten it or store it as S");
        }
    }

    /** Reads an attribute's name, which no other of its group may have; returns its size. */
    private int readName(int group) throws ScanFault {
        cursor.readString();
        int length = cursor.stringLength();
        if (length == 0) {
            throw invalid("an attribute name is empty; give it one byte at least");
        }
        if (length > MAX_NAME_BYTES) {
            throw invalid("an attribute name has " + length + " bytes; at most 65535 are allowed");
        }
        if (!addString(group)) {
            throw repeatedName().within(step(cursor.stringStart(), cursor.stringEnd()));
        }
        return length;
    }

    private boolean addString(int group) {
        if (cursor.stringEscaped()) {
            return distinct.add(group, decodeString().array(), 0, decoded.length());
        }
        return distinct.add(group, cursor.buffer(), cursor.stringStart(), cursor.stringEnd());
    }

    private void readContent() throws ScanFault {
        if (cursor.peek() != '"') {
            throw invalid("the content must be text: a JSON string, for numbers too");
        }
        cursor.readString();
    }

    private void parseNumber() throws ScanFault {
        if (cursor.stringEscaped()) {
            number.parse(decodeString().array(), 0, decoded.length());
        } else {
            number.parse(cursor.buffer(), cursor.stringStart(), cursor.stringEnd());
        }
    }

    private int measureBase64() throws ScanFault {
        return cursor.stringEscaped()
                ? Base64Text.decodedLength(decodeString().array(), 0, decoded.length())
                : Base64Text.decodedLength(
                        cursor.buffer(), cursor.stringStart(), cursor.stringEnd());
    }

    private ByteSink decodeString() {
        decoded.clear();
        cursor.appendString(decoded);
        return decoded;
    }

    @Nullable
    private KeyType lastKeyType() {
        switch (lastTag) {
            case S:
                return KeyType.S;
            case N:
                return KeyType.N;
            case B:
                return KeyType.B;
            default:
                return null;
        }
    }

    /** A name as a step of a fault's path: bounded, and on one line. */
    private String step(int from, int to) {
        ByteSink name = new ByteSink();
        cursor.appendString(from, to, name);
        String text = new String(name.array(), 0, name.length(), StandardCharsets.UTF_8);
        StringBuilder step = new StringBuilder(".");
        text.codePoints()
                .limit(MAX_PATH_STEP)
                .map(c -> Character.isISOControl(c) ? '?' : c)
                .forEach(step::appendCodePoint);
        return step.toString();
    }

    private static ScanFault repeatedName() {
        return ScanFault.at(
                ScanFault.MALFORMED_REQUEST, "two attributes have this name; give it once");
    }

    private static ScanFault invalid(String message) {
        return ScanFault.at(ScanFault.INVALID_ATTRIBUTE_VALUE, message);
    }
}
