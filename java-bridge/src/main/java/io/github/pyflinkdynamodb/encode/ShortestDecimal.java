package io.github.pyflinkdynamodb.encode;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * The shortest decimal text that reads back as the same binary number, laid out as Python does.
 * {@code Double.toString} gives one that is too long for some numbers before Java 19.
 */
final class ShortestDecimal {
    /** Decimals of so many digits are all different as a double, or float (unless subnormal). */
    private static final int DISTINCT_DOUBLE_DIGITS = 15;

    private static final int DISTINCT_FLOAT_DIGITS = 6;

    /** Python's bounds for the exponent of a number that is written without one. */
    private static final int MIN_PLAIN_EXPONENT = -4;

    private static final int MAX_PLAIN_EXPONENT = 15;

    private ShortestDecimal() {}

    /** Text of a finite number. */
    static String of(double value) {
        if (value == 0) {
            return Double.doubleToRawLongBits(value) == 0 ? "0.0" : "-0.0";
        }
        BigDecimal found = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int distinct = Math.abs(value) < Double.MIN_NORMAL ? 0 : DISTINCT_DOUBLE_DIGITS;
        if (found.precision() > distinct) {
            BigDecimal exact = new BigDecimal(value);
            found = shortest(exact, distinct, found, decimal -> decimal.doubleValue() == value);
        }
        return laidOut(found);
    }

    /** Text of a finite number. */
    static String of(float value) {
        if (value == 0) {
            return of((double) value);
        }
        BigDecimal found = new BigDecimal(Float.toString(value)).stripTrailingZeros();
        int distinct = Math.abs(value) < Float.MIN_NORMAL ? 0 : DISTINCT_FLOAT_DIGITS;
        if (found.precision() > distinct) {
            BigDecimal exact = new BigDecimal(value);
            found = shortest(exact, distinct, found, decimal -> decimal.floatValue() == value);
        }
        return laidOut(found);
    }

    private interface ReadsBack {
        boolean test(BigDecimal decimal);
    }

    /**
     * Tries more and more digits, up to those of a text that is known to read back.
     *
     * @param distinct where a text of up to so many digits reads back, the value rounded to so many
     *     digits is that text
     */
    private static BigDecimal shortest(
            BigDecimal exact, int distinct, BigDecimal known, ReadsBack readsBack) {
        for (int digits = Math.max(distinct, 1); digits < known.precision(); digits++) {
            BigDecimal nearest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (readsBack.test(nearest)) {
                return nearest.stripTrailingZeros();
            }
            // At a power of two the numbers below lie closer, so the farther one may read back.
            BigDecimal farther =
                    exact.round(
                            new MathContext(
                                    digits,
                                    nearest.abs().compareTo(exact.abs()) < 0
                                            ? RoundingMode.UP
                                            : RoundingMode.DOWN));
            if (readsBack.test(farther)) {
                return farther.stripTrailingZeros();
            }
        }
        BigDecimal nearest =
                exact.round(new MathContext(known.precision(), RoundingMode.HALF_EVEN));
        return readsBack.test(nearest) ? nearest : known;
    }

    private static String laidOut(BigDecimal decimal) {
        String digits = decimal.unscaledValue().abs().toString();
        int exponent = decimal.precision() - decimal.scale() - 1;
        StringBuilder text = new StringBuilder(decimal.signum() < 0 ? "-" : "");
        if (exponent < MIN_PLAIN_EXPONENT || exponent > MAX_PLAIN_EXPONENT) {
            text.append(digits.charAt(0));
            if (digits.length() > 1) {
                text.append('.').append(digits, 1, digits.length());
            }
            text.append(exponent < 0 ? "e-" : "e+");
            int size = Math.abs(exponent);
            return text.append(size < 10 ? "0" : "").append(size).toString();
        }
        if (exponent < 0) {
            return text.append("0.").append("0".repeat(-exponent - 1)).append(digits).toString();
        }
        int whole = exponent + 1;
        if (digits.length() <= whole) {
            return text.append(digits)
                    .append("0".repeat(whole - digits.length()))
                    .append(".0")
                    .toString();
        }
        return text.append(digits, 0, whole)
                .append('.')
                .append(digits, whole, digits.length())
                .toString();
    }
}
