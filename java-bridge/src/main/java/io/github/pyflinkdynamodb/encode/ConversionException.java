package io.github.pyflinkdynamodb.encode;

import java.util.regex.Pattern;

/**
 * A record, or a value in it, that cannot become a write request: what is wrong, where, and the
 * remedy. Never a value of the record.
 *
 * <p>Code, path and sentence are those of the Python package's {@code ConversionError}, so that a
 * record is refused alike on either side. Carries no stack trace: a stream of bad records must not
 * be slow.
 */
public final class ConversionException extends Exception {
    private static final long serialVersionUID = 1L;

    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,79}");
    private static final int MAX_NAME_IN_PATH = 80;

    private final String code;
    private final String problem;
    private String path = "";

    private ConversionException(String code, String problem) {
        super(problem, null, false, false);
        this.code = code;
        this.problem = problem;
    }

    /** A type for which there is no rule. */
    public static ConversionException unsupportedType(String problem) {
        return new ConversionException("UnsupportedTypeError", problem);
    }

    /** A value that DynamoDB cannot hold. */
    public static ConversionException invalidValue(String problem) {
        return new ConversionException("InvalidAttributeValueError", problem);
    }

    /** Leads the path one level further out: under an attribute's name. */
    public ConversionException underName(String name) {
        // A name may be anything up to 64 KB; a message stays on one short line.
        path = (PLAIN_NAME.matcher(name).matches() ? "." + name : "[" + quoted(name) + "]") + path;
        return this;
    }

    /** Leads the path one level further out: at a position of a list. */
    public ConversionException underIndex(int index) {
        path = "[" + index + "]" + path;
        return this;
    }

    /** Name of the Python error that stands for the same. */
    public String code() {
        return code;
    }

    /** Where the value is, such as {@code $.lines[3].price}; {@code $} is the record itself. */
    public String path() {
        return "$" + path;
    }

    /** What is wrong and what to do about it. */
    public String problem() {
        return problem;
    }

    @Override
    public String getMessage() {
        return path() + ": " + problem;
    }

    /** The start of a name as Python writes a string literal. */
    private static String quoted(String name) {
        int end =
                name.codePointCount(0, name.length()) <= MAX_NAME_IN_PATH
                        ? name.length()
                        : name.offsetByCodePoints(0, MAX_NAME_IN_PATH);
        String start = name.substring(0, end);
        char quote = start.indexOf('\'') >= 0 && start.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder text = new StringBuilder().append(quote);
        start.codePoints().forEach(character -> appendQuoted(text, character, quote));
        return text.append(quote).toString();
    }

    private static void appendQuoted(StringBuilder text, int character, char quote) {
        int letter = "\t\n\r".indexOf(character);
        if (character == quote || character == '\\') {
            text.append('\\').append((char) character);
        } else if (letter >= 0) {
            text.append('\\').append("tnr".charAt(letter));
        } else if (isPrintable(character)) {
            text.appendCodePoint(character);
        } else if (character < 0x100) {
            text.append(String.format("\\x%02x", character));
        } else {
            text.append(String.format(character < 0x10000 ? "\\u%04x" : "\\U%08x", character));
        }
    }

    private static boolean isPrintable(int character) {
        switch (Character.getType(character)) {
            case Character.CONTROL:
            case Character.FORMAT:
            case Character.SURROGATE:
            case Character.PRIVATE_USE:
            case Character.UNASSIGNED:
            case Character.LINE_SEPARATOR:
            case Character.PARAGRAPH_SEPARATOR:
                return false;
            case Character.SPACE_SEPARATOR:
                return character == ' ';
            default:
                return true;
        }
    }
}
