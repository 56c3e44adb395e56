package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTextTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "Requested resource not found|Requested resource not found",
                "Missing the key k in the item|Missing the key k in the item",
                "Input collection [a, a] contains duplicates.|Input collection ... contains"
                        + " duplicates.",
                "Value '{it's [a] \"b\"}' at 'x' failed|Value ... failed",
                "Value 'a open|Value ...",
                "a ] b [ c|a ] b ...",
                "cannot be converted to a numeric value: 12-34|cannot be converted to a numeric"
                        + " value: ...",
                "Type mismatch for key k expected: S actual: N|Type mismatch for key k expected: S"
                        + " actual: N",
            })
    void whatMayBeAValueIsTakenOut(String text, String safe) {
        assertThat(SafeText.of(text)).isEqualTo(safe);
    }

    @Test
    void lineBreaksAndLengthAreTamed() {
        assertThat(SafeText.of("a\r\n\tb\u0000c")).isEqualTo("a b c");
        assertThat(SafeText.of("x".repeat(10_000))).hasSizeLessThan(500);
    }
}
