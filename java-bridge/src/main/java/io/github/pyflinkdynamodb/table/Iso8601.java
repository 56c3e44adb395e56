package io.github.pyflinkdynamodb.table;

import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;

/** Dates and times as Python's {@code isoformat} writes them: seconds always, fractions if any. */
final class Iso8601 {

    private Iso8601() {}

    /** Micro- or nanoseconds, whichever are needed; Python has no nanoseconds. */
    static String of(LocalTime time) {
        String text =
                String.format("%02d:%02d:%02d", time.getHour(), time.getMinute(), time.getSecond());
        int nanos = time.getNano();
        if (nanos == 0) {
            return text;
        }
        return text
                + (nanos % 1000 == 0
                        ? String.format(".%06d", nanos / 1000)
                        : String.format(".%09d", nanos));
    }

    static String of(LocalDateTime timestamp) {
        return timestamp.toLocalDate() + "T" + of(timestamp.toLocalTime());
    }

    /** A point in time, in UTC. */
    static String of(OffsetDateTime timestamp) {
        return of(timestamp.toLocalDateTime()) + "+00:00";
    }
}
