package io.github.pyflinkdynamodb.encode;

import io.github.pyflinkdynamodb.request.ByteSink;
import io.github.pyflinkdynamodb.request.DecimalNumber;
import io.github.pyflinkdynamodb.request.WriteRequestScanner;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;

/**
 * Appends attribute values as the JSON that DynamoDB takes, with the texts and the refusals of the
 * Python package's {@code attribute_value}.
 *
 * <p>Within a map, {@link #name} comes before each value; commas are put where they belong. After a
 * fault the sink holds a part of a value: the caller drops it by {@link #reset}. Not thread-safe.
 */
public final class AttributeValueWriter {
    private static final byte[] TRUE = ascii("{\"BOOL\":true}");
    private static final byte[] FALSE = ascii("{\"BOOL\":false}");
    private static final byte[] NULL = ascii("{\"NULL\":true}");
    private static final byte[] TEXT = ascii("{\"S\":\"");
    private static final byte[] NUMBER = ascii("{\"N\":\"");
    private static final byte[] BINARY = ascii("{\"B\":\"");
    private static final byte[] SCALAR_END = ascii("\"}");
    private static final byte[] LIST = ascii("{\"L\":[");
    private static final byte[] LIST_END = ascii("]}");
    private static final byte[] MAP = ascii("{\"M\":{");
    private static final byte[] MAP_END = ascii("}}");
    private static final byte[] HEX = ascii("0123456789abcdef");

    private static final int ESCAPED_AT_ONCE = 1024;

    /** Of one character, as in {@code \\u0007}. */
    private static final int MAX_ESCAPED_BYTES = 6;

    private static final double MIN_DOUBLE = Double.parseDouble("1e" + DecimalNumber.MIN_EXPONENT);
    private static final double DOUBLE_BOUND =
            Double.parseDouble("1e" + (DecimalNumber.MAX_EXPONENT + 1));

    private final ByteSink sink;
    private int level = 1;

    public AttributeValueWriter(ByteSink sink) {
        this.sink = sink;
    }

    /** Goes back to a length of the sink at which an item's attributes begin. */
    public void reset(int length) {
        sink.setLength(length);
        level = 1;
    }

    public void nil() {
        beforeValue();
        sink.append(NULL);
    }

    public void bool(boolean value) {
        beforeValue();
        sink.append(value ? TRUE : FALSE);
    }

    public void number(long value) {
        beforeValue();
        sink.append(NUMBER);
        sink.appendDigits(value);
        sink.append(SCALAR_END);
    }

    /** Its shortest text; NaN, infinities and what is out of DynamoDB's range are refused. */
    public void number(double value) throws ConversionException {
        double size = Math.abs(value);
        if (!(size >= MIN_DOUBLE && size < DOUBLE_BOUND || size == 0)) {
            throw Double.isFinite(value) ? outOfRange() : notFinite();
        }
        scalar(NUMBER, ShortestDecimal.of(value));
    }

    /** Its shortest text; NaN and infinities are refused. */
    public void number(float value) throws ConversionException {
        if (!Float.isFinite(value)) {
            throw notFinite();
        }
        scalar(NUMBER, ShortestDecimal.of(value));
    }

    /** Exactly; more than 38 digits are refused, and what is out of DynamoDB's range. */
    public void number(BigDecimal value) throws ConversionException {
        scalar(NUMBER, numberText(value));
    }

    public void text(String value) throws ConversionException {
        beforeValue();
        sink.append(TEXT);
        appendEscaped(value);
        sink.append(SCALAR_END);
    }

    public void binary(byte[] value) {
        beforeValue();
        sink.append(BINARY);
        sink.append(Base64.getEncoder().encode(value));
        sink.append(SCALAR_END);
    }

    public void beginList() throws ConversionException {
        enter();
        sink.append(LIST);
    }

    public void endList() {
        level--;
        sink.append(LIST_END);
    }

    public void beginMap() throws ConversionException {
        enter();
        sink.append(MAP);
    }

    public void endMap() {
        level--;
        sink.append(MAP_END);
    }

    /** The name of the next value: an attribute of the item, or a member of the map begun last. */
    public void name(String name) throws ConversionException {
        if (last() == '}') {
            sink.append(',');
        }
        sink.append('"');
        appendEscaped(name);
        sink.append('"');
        sink.append(':');
    }

    public void textSet(Collection<String> members) throws ConversionException {
        beginSet('S', members);
        List<String> texts = new ArrayList<>(members);
        Collections.sort(texts);
        for (String text : texts) {
            beforeValue();
            sink.append('"');
            appendEscaped(text);
            sink.append('"');
        }
        sink.append(LIST_END);
    }

    /** As numbers, 1 and 1.00 are one member, and a set has no member twice. */
    public void numberSet(Collection<BigDecimal> members) throws ConversionException {
        List<BigDecimal> plain = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (BigDecimal member : members) {
            texts.add(numberText(member));
            plain.add(member.stripTrailingZeros());
        }
        beginSet('N', plain);
        appendSorted(texts);
    }

    public void binarySet(Collection<byte[]> members) throws ConversionException {
        List<String> texts = new ArrayList<>();
        for (byte[] member : members) {
            texts.add(Base64.getEncoder().encodeToString(member));
        }
        beginSet('B', texts);
        appendSorted(texts);
    }

    private void beginSet(char tag, Collection<?> members) throws ConversionException {
        if (members.isEmpty()) {
            throw ConversionException.invalidValue(
                    "DynamoDB has no empty set; pass None, or leave the attribute out");
        }
        if (new HashSet<>(members).size() < members.size()) {
            throw ConversionException.invalidValue(
                    "two members of the set are the same to DynamoDB; drop one of them");
        }
        beforeValue();
        sink.append(ascii("{\"" + tag + "S\":["));
    }

    private void appendSorted(List<String> texts) {
        Collections.sort(texts);
        for (String text : texts) {
            beforeValue();
            sink.append('"');
            sink.append(ascii(text));
            sink.append('"');
        }
        sink.append(LIST_END);
    }

    private void enter() throws ConversionException {
        if (level >= WriteRequestScanner.MAX_LEVELS) {
            throw ConversionException.invalidValue(
                    "nested deeper than DynamoDB's "
                            + WriteRequestScanner.MAX_LEVELS
                            + " levels, of which the attribute itself is the first; flatten it, or"
                            + " pass it as JSON text");
        }
        level++;
        beforeValue();
    }

    /** A value stands behind its name, or in a list, where a comma parts it from the last one. */
    private void beforeValue() {
        int last = last();
        if (last == '}' || last == '"') {
            sink.append(',');
        }
    }

    private int last() {
        return sink.length() == 0 ? -1 : sink.array()[sink.length() - 1];
    }

    private void scalar(byte[] begin, String content) {
        beforeValue();
        sink.append(begin);
        sink.appendAscii(content);
        sink.append(SCALAR_END);
    }

    private void appendEscaped(String text) throws ConversionException {
        int length = text.length();
        for (int from = 0; from < length; ) {
            from = appendEscaped(text, from, Math.min(length, from + ESCAPED_AT_ONCE));
        }
    }

    /** Appends a part, or one character more where it would end within a surrogate pair. */
    private int appendEscaped(String text, int from, int to) throws ConversionException {
        sink.reserve(MAX_ESCAPED_BYTES * (to - from + 1));
        byte[] bytes = sink.array();
        int at = sink.length();
        int index = from;
        while (index < to) {
            char c = text.charAt(index++);
            if (c < 0x80) {
                if (c >= ' ' && c != '"' && c != '\\') {
                    bytes[at++] = (byte) c;
                } else {
                    at = escape(c, bytes, at);
                }
            } else if (c < 0x800) {
                bytes[at++] = (byte) (0xc0 | c >> 6);
                bytes[at++] = (byte) (0x80 | c & 0x3f);
            } else if (!Character.isSurrogate(c)) {
                bytes[at++] = (byte) (0xe0 | c >> 12);
                bytes[at++] = (byte) (0x80 | c >> 6 & 0x3f);
                bytes[at++] = (byte) (0x80 | c & 0x3f);
            } else if (Character.isHighSurrogate(c)
                    && index < text.length()
                    && Character.isLowSurrogate(text.charAt(index))) {
                int character = Character.toCodePoint(c, text.charAt(index++));
                bytes[at++] = (byte) (0xf0 | character >> 18);
                bytes[at++] = (byte) (0x80 | character >> 12 & 0x3f);
                bytes[at++] = (byte) (0x80 | character >> 6 & 0x3f);
                bytes[at++] = (byte) (0x80 | character & 0x3f);
            } else {
                throw ConversionException.invalidValue(
                        "text with a lone surrogate, which UTF-8 cannot hold; decode its source"
                                + " with the right encoding, or pass bytes");
            }
        }
        sink.setLength(at);
        return index;
    }

    private static int escape(char c, byte[] bytes, int from) {
        int at = from;
        bytes[at++] = '\\';
        int letter = "\b\t\n\f\r".indexOf(c);
        if (letter >= 0) {
            bytes[at++] = (byte) "btnfr".charAt(letter);
        } else if (c < ' ') {
            bytes[at++] = 'u';
            bytes[at++] = '0';
            bytes[at++] = '0';
            bytes[at++] = HEX[c >> 4];
            bytes[at++] = HEX[c & 0xf];
        } else {
            bytes[at++] = (byte) c;
        }
        return at;
    }

    private static String numberText(BigDecimal value) throws ConversionException {
        if (value.signum() == 0) {
            return "0";
        }
        long exponent = (long) value.precision() - value.scale() - 1;
        if (exponent < DecimalNumber.MIN_EXPONENT || exponent > DecimalNumber.MAX_EXPONENT) {
            throw outOfRange();
        }
        if (value.precision() > DecimalNumber.MAX_DIGITS
                && value.stripTrailingZeros().precision() > DecimalNumber.MAX_DIGITS) {
            throw ConversionException.invalidValue(
                    "a DynamoDB number has at most "
                            + DecimalNumber.MAX_DIGITS
                            + " significant digits; round it, or pass it as str");
        }
        return value.toString();
    }

    private static ConversionException notFinite() {
        return ConversionException.invalidValue(
                "NaN and infinity are no DynamoDB numbers; pass None for a missing value");
    }

    private static ConversionException outOfRange() {
        return ConversionException.invalidValue(
                "a DynamoDB number is 0 or between 1E-130 and 9.99...E+125 in size; scale it, or"
                        + " pass it as str");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
