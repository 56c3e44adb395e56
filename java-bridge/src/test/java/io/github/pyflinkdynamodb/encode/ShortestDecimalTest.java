package io.github.pyflinkdynamodb.encode;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Decimal texts of binary numbers: exact, shortest, and as Python writes them. */
class ShortestDecimalTest {

    @ParameterizedTest
    @CsvSource({
        "0.1, 0.1",
        "1.0, 1.0",
        "-0.0, -0.0",
        "0.0, 0.0",
        "100, 100.0",
        "123456789012345680, 1.2345678901234568e+17",
        "1e15, 1000000000000000.0",
        "1e16, 1e+16",
        "9007199254740993, 9007199254740992.0",
        "0.0001, 0.0001",
        "0.00001, 1e-05",
        "1.5e-7, 1.5e-07",
        "2e23, 2e+23",
        "2.2E-322, 2.2e-322",
        "4.9E-324, 5e-324",
        "1.1E-5, 1.1e-05",
        "2.0E-3, 0.002",
        "5.684341886080802E-14, 5.684341886080802e-14",
        "1e125, 1e+125",
        "-1.7976931348623157E308, -1.7976931348623157e+308",
    })
    void aDoubleIsWrittenAsPythonDoes(double value, String text) {
        assertThat(ShortestDecimal.of(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0.1, 0.1",
        "16777216, 16777216.0",
        "3.4028235E38, 3.4028235e+38",
        "1.4E-45, 1e-45",
        "1.17549435E-38, 1.1754944e-38",
        "-0.0, -0.0",
        "33554432, 33554432.0",
    })
    void aFloatIsWrittenByTheDigitsOfAFloat(float value, String text) {
        assertThat(ShortestDecimal.of(value)).isEqualTo(text);
    }

    @Property(tries = 3_000)
    void noShorterTextReadsBackAsTheSameDouble(@ForAll long bits) {
        double value = Double.longBitsToDouble(bits);
        if (Double.isFinite(value) && value != 0) {
            String text = ShortestDecimal.of(value);
            assertThat(Double.parseDouble(text)).isEqualTo(value);
            for (BigDecimal shorter : shorter(new BigDecimal(value), text)) {
                assertThat(Double.parseDouble(shorter.toString())).isNotEqualTo(value);
            }
        }
    }

    @Property(tries = 2_000)
    void noShorterTextReadsBackAsTheSameDoubleAtAPowerOfTwo(
            @ForAll @net.jqwik.api.constraints.IntRange(min = -1074, max = 1023) int exponent) {
        noShorterTextReadsBackAsTheSameDouble(
                Double.doubleToRawLongBits(Math.scalb(1.0, exponent)));
    }

    @Property(tries = 3_000)
    void noShorterTextReadsBackAsTheSameFloat(@ForAll int bits) {
        float value = Float.intBitsToFloat(bits);
        if (Float.isFinite(value) && value != 0) {
            String text = ShortestDecimal.of(value);
            assertThat(Float.parseFloat(text)).isEqualTo(value);
            for (BigDecimal shorter : shorter(new BigDecimal(value), text)) {
                assertThat(Float.parseFloat(shorter.toString())).isNotEqualTo(value);
            }
        }
    }

    /** The nearest decimals of fewer digits, on both sides; all others lie farther away. */
    private static BigDecimal[] shorter(BigDecimal exact, String text) {
        int digits = new BigDecimal(text).stripTrailingZeros().precision();
        BigDecimal[] candidates = new BigDecimal[2 * (digits - 1)];
        for (int fewer = 1; fewer < digits; fewer++) {
            candidates[2 * fewer - 2] = exact.round(new MathContext(fewer, RoundingMode.UP));
            candidates[2 * fewer - 1] = exact.round(new MathContext(fewer, RoundingMode.DOWN));
        }
        return candidates;
    }
}
