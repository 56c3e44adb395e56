package io.github.pyflinkdynamodb.encode;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.LocalDateTime;
import java.util.Locale;

class Iso8601Test {
    @Test
    void digitsAreAsciiWhateverTheLocale() throws Exception {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try {
            assertThat(String.format("%d", 5))
                    .as("this locale has digits of its own")
                    .isEqualTo("٥");
            assertThat(Iso8601.of(LocalDateTime.parse("2013-01-01T05:15:00.12")))
                    .isEqualTo("2013-01-01T05:15:00.120000");
            assertThat(Iso8601.of(LocalDateTime.parse("2013-01-01T05:15:00.123456789")))
                    .isEqualTo("2013-01-01T05:15:00.123456789");
        } finally {
            Locale.setDefault(before);
        }
    }
}
