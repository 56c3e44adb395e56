package io.github.pyflinkdynamodb.encode;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Locale;

/**
 * Dates and times as Python's {@code isoformat} writes them: seconds always, fractions if any.
 * Other years than Python has are refused: ISO 8601 needs an agreement for them, and with a sign or
 * a fifth digit the texts no longer sort as the dates do.
 */
public final class Iso8601 {

    private static final int MAX_YEAR = 9999;

    private Iso8601() {}

    public static String of(LocalDate date) throws ConversionException {
        if (date.getYear() < 1 || date.getYear() > MAX_YEAR) {
            throw ConversionException.invalidValue(
                    "a date outside the years 1 to 9999; pass it as a number or as text");
        }
        return date.toString();
    }

    /** Micro- or nanoseconds, whichever are needed; Python has no nanoseconds. */
    public static String of(LocalTime time) {
        String text =
                String.format(
                        Locale.ROOT,
                        "%02d:%02d:%02d",
                        time.getHour(),
                        time.getMinute(),
                        time.getSecond());
        int nanos = time.getNano();
        if (nanos == 0) {
            return text;
        }
        return text
                + (nanos % 1000 == 0
                        ? String.format(Locale.ROOT, ".%06d", nanos / 1000)
                        : String.format(Locale.ROOT, ".%09d", nanos));
    }

    public static String of(LocalDateTime timestamp) throws ConversionException {
        return of(timestamp.toLocalDate()) + "T" + of(timestamp.toLocalTime());
    }

    /** A point in time, in UTC. */
    public static String of(OffsetDateTime timestamp) throws ConversionException {
        return of(timestamp.toLocalDateTime()) + "+00:00";
    }
}
