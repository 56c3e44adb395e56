package io.github.pyflinkdynamodb.client;

import java.util.Collection;
import java.util.Locale;

/** What somebody meant who misspelt a name. */
public final class NearestName {

    private NearestName() {}

    /** The known name that takes the fewest changes of a letter, upper and lower case alike. */
    public static String of(String name, Collection<String> known) {
        String best = null;
        int least = Integer.MAX_VALUE;
        for (String each : known) {
            int distance =
                    editDistance(name.toLowerCase(Locale.ROOT), each.toLowerCase(Locale.ROOT));
            if (distance < least) {
                least = distance;
                best = each;
            }
        }
        return best;
    }

    private static int editDistance(String left, String right) {
        int[] previous = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int[] current = new int[right.length() + 1];
            current[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int change = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
                current[j] =
                        Math.min(
                                previous[j - 1] + change,
                                1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[right.length()];
    }
}
