package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.request.JsonTree.Unacceptable;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

class DecimalNumberTest {
    private static final String DIGITS_38 = "12345678901234567890123456789012345678";

    private static DecimalNumber parse(String text) {
        // Something stands on both sides, as it does in an item.
        byte[] bytes = ("9" + text + "9").getBytes(StandardCharsets.UTF_8);
        DecimalNumber number = new DecimalNumber();
        try {
            number.parse(bytes, 1, bytes.length - 1);
            return number;
        } catch (ScanFault fault) {
            assertThat(fault.code()).isEqualTo("InvalidAttributeValue");
            return null;
        }
    }

    private static String canonical(DecimalNumber number) {
        ByteSink sink = new ByteSink();
        number.appendCanonical(sink);
        return new String(sink.toByteArray(), StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0",
                "0e1000",
                "0.0e-9999",
                "+3",
                ".123",
                "5.",
                "0001.23",
                "1e+5",
                "1E5",
                "1E-130",
                "-1E-130",
                "10E-131",
                "9.99E+125",
                "-9.99E+125",
                DIGITS_38,
                "-" + DIGITS_38,
                DIGITS_38 + "000",
                "0." + DIGITS_38,
                "000" + DIGITS_38,
                "9.9999999999999999999999999999999999999E+125"
            })
    void whatTheServiceStoresIsTaken(String text) {
        assertThat(parse(text)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "+",
                "-",
                ".",
                "-.",
                "e5",
                ".e5",
                "1e",
                "1e+",
                "1e-",
                "++1",
                "+-1",
                "1e++1",
                "1e5.0",
                "1.2.3",
                "1_0",
                " 1",
                "1 ",
                "NaN",
                "Infinity",
                "0x10",
                "1d",
                "1f",
                "1x",
                "\u0663",
                DIGITS_38 + "9",
                "1.2" + DIGITS_38,
                "1E126",
                "-1E126",
                "10E125",
                "9E-131",
                "1E-131",
                "-1E-131",
                "0.1E-130",
                "1e2147483648",
                "1e99999999999999999999",
                "1e-99999999999999999999",
                "0e99999999999"
            })
    void whatTheServiceRefusesIsRefused(String text) {
        assertThat(parse(text)).isNull();
    }

    @Test
    void zerosDoNotCountHoweverMany() {
        assertThat(canonical(parse("1" + "0".repeat(200) + "e-200")))
                .isEqualTo(canonical(parse("1")));
        assertThat(canonical(parse("0".repeat(1000) + "." + "0".repeat(100) + "1")))
                .isEqualTo(canonical(parse("1e-101")));
        assertThat(parse("1" + "0".repeat(126))).isNull();
        assertThat(canonical(parse("0E01800070005"))).isEqualTo(canonical(parse("0")));
    }

    @Property(tries = 50_000, shrinking = ShrinkingMode.OFF)
    void numbersAreReadAsBigDecimalReadsThem(@ForAll long seed) {
        RandomRequests requests = new RandomRequests(seed);
        String text = requests.number();
        if (requests.random().nextInt(4) == 0) {
            text = new String(requests.mutate(text.getBytes()), StandardCharsets.UTF_8);
        }
        DecimalNumber number = parse(text);
        BigDecimal expected;
        try {
            expected = NaiveModel.number(text);
        } catch (Unacceptable e) {
            assertThat(number).as(text).isNull();
            return;
        }
        assertThat(number).as(text).isNotNull();
        boolean zero = expected.signum() == 0;
        assertThat(number.digits()).isEqualTo(zero ? 0 : expected.precision());
        assertThat(number.exponent())
                .isEqualTo(zero ? 0 : expected.precision() - expected.scale() - 1);
        assertThat(number.isNegative()).isEqualTo(expected.signum() < 0);
        assertThat(canonical(number)).isEqualTo(canonical(parse(expected.toString())));
    }

    /** Each was measured on DynamoDB Local 3.3.1 by the item that just fits with it. */
    @ParameterizedTest
    @CsvSource({
        "0,1",
        "1,2",
        "-1,3",
        "10,2",
        "100,2",
        "12,2",
        "120,3",
        "1200,2",
        "123,3",
        "1234,3",
        "12345,4",
        "0.1,2",
        "0.01,2",
        "0.12,2",
        "0.012,3",
        "1.2,3",
        "12.3,3",
        "-12,3",
        "-120,4",
        "1E-130,2",
        "9E125,2",
        "12E10,2",
        "12E11,3",
        "11111111111111111111111111111111111111,20",
        "-11111111111111111111111111111111111111,21",
        "111111111111111111111111111111111111110,21",
        "0.11111111111111111111111111111111111111,20"
    })
    void aNumberHasTheSizeThatTheServiceCounts(String text, int size) {
        assertThat(ItemSize.of(parse(text))).isEqualTo(size);
    }
}
