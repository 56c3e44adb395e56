package io.github.pyflinkdynamodb.client;

import java.util.regex.Pattern;

/** Text from elsewhere, made fit for a message: no record's value, no secret, no line breaks. */
final class SafeText {
    private static final int MAX_LENGTH = 400;

    private static final String OPENING = "[{'\"`\u2018\u201c";
    private static final String CLOSING = "]}'\"`\u2019\u201d";

    // "The parameter cannot be converted to a numeric value: ..." quotes without quotation marks.
    private static final Pattern VALUE = Pattern.compile("(?i)\\bvalue:.*", Pattern.DOTALL);
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\s]+");

    private SafeText() {}

    /**
     * Removes everything from the first bracket, brace or quotation mark to the last one. Pairing
     * them would not do: what stands between may hold any of them itself.
     */
    static String of(String text) {
        String safe = VALUE.matcher(text).replaceFirst("value: ...");
        int from = indexOfAny(safe, OPENING);
        if (from >= 0) {
            int to = lastIndexOfAny(safe, CLOSING);
            safe = safe.substring(0, from) + "..." + (to > from ? safe.substring(to + 1) : "");
        }
        safe = CONTROL.matcher(safe).replaceAll(" ").trim();
        return safe.length() <= MAX_LENGTH ? safe : safe.substring(0, MAX_LENGTH) + "...";
    }

    private static int indexOfAny(String text, String characters) {
        for (int i = 0; i < text.length(); i++) {
            if (characters.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private static int lastIndexOfAny(String text, String characters) {
        for (int i = text.length() - 1; i >= 0; i--) {
            if (characters.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }
}
