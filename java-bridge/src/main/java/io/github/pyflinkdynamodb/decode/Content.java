package io.github.pyflinkdynamodb.decode;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * Makes a value of the text of a scalar attribute. Any DateTimeException, ArithmeticException or
 * IllegalArgumentException says that the text stands for no value of the declared type.
 */
interface Content {

    Object of(byte[] text);

    static String ascii(byte[] text) {
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    static String utf8(byte[] text) {
        return new String(text, StandardCharsets.UTF_8);
    }

    static BigDecimal number(byte[] text) {
        return new BigDecimal(ascii(text));
    }

    static float finiteFloat(byte[] text) {
        float value = Float.parseFloat(ascii(text));
        if (Float.isInfinite(value) || Float.isNaN(value)) {
            throw new ArithmeticException();
        }
        return value;
    }

    static double finiteDouble(byte[] text) {
        double value = Double.parseDouble(ascii(text));
        if (Double.isInfinite(value) || Double.isNaN(value)) {
            throw new ArithmeticException();
        }
        return value;
    }
}
