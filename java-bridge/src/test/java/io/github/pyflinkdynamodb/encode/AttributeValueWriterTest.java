package io.github.pyflinkdynamodb.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.request.ByteSink;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.protocols.jsoncore.JsonNode;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Attribute values as JSON, and what DynamoDB cannot hold. */
class AttributeValueWriterTest {
    private final ByteSink sink = new ByteSink();
    private final AttributeValueWriter writer = new AttributeValueWriter(sink);

    @Test
    void membersOfListsAndMapsArePartedByCommas() throws ConversionException {
        writer.beginMap();
        writer.name("a");
        writer.nil();
        writer.name("b");
        writer.beginList();
        writer.bool(true);
        writer.number(-7);
        writer.beginList();
        writer.endList();
        writer.beginMap();
        writer.endMap();
        writer.text("x");
        writer.binary(new byte[] {0, -1});
        writer.endList();
        writer.name("c");
        writer.textSet(List.of("b", "a"));
        writer.name("d");
        writer.numberSet(List.of(new BigDecimal("2"), new BigDecimal("1.0")));
        writer.name("e");
        writer.binarySet(List.of(new byte[] {1}));
        writer.endMap();

        assertThat(written())
                .isEqualTo(
                        "{'M':{'a':{'NULL':true},'b':{'L':[{'BOOL':true},{'N':'-7'},{'L':[]},"
                                + "{'M':{}},{'S':'x'},{'B':'AP8='}]},'c':{'SS':['a','b']},"
                                + "'d':{'NS':['1.0','2']},'e':{'BS':['AQ==']}}}");
    }

    /** It is written in parts, whose ends may be anywhere in it. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "\"", "\u0007", "ä", "€", "😀", "a😀", "😀\\€"})
    void longTextIsEscapedAsJson(String unit) throws Exception {
        for (int shift = 0; shift < 3; shift++) {
            String text = "x".repeat(shift) + unit.repeat(3_000);
            sink.clear();
            writer.text(text);
            JsonNode read = JsonNode.parser().parse(sink.toByteArray());
            assertThat(read.field("S").get().asString()).isEqualTo(text);
        }
    }

    @Test
    void halfASurrogatePairIsRefusedWhereverALongTextHasIt() {
        for (int at = 1_020; at < 1_028; at++) {
            String text = "x".repeat(at) + "\ud83d" + "x".repeat(10);
            assertThatThrownBy(() -> writer.text(text)).hasMessageContaining("lone surrogate");
            assertThatThrownBy(() -> writer.text(text.substring(0, text.length() - 10)))
                    .hasMessageContaining("lone surrogate");
        }
    }

    @Test
    void textIsEscapedAsJson() throws ConversionException {
        writer.text("\"\\\b\t\n\f\r\u0000\u001f\u007f/ä€😀");
        assertThat(new String(sink.toByteArray(), StandardCharsets.UTF_8))
                .isEqualTo("{\"S\":\"\\\"\\\\\\b\\t\\n\\f\\r\\u0000\\u001f\u007f/ä€😀\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud800", "a\udc00b", "\ud800\ud800", "\udc00\ud800"})
    void halfASurrogatePairIsRefused(String text) {
        assertThatThrownBy(() -> writer.text(text))
                .isInstanceOf(ConversionException.class)
                .hasMessageStartingWith("$: text with a lone surrogate");
    }

    @ParameterizedTest
    @CsvSource({
        "0E-200, 0",
        "1E+125, 1E+125",
        "1E-130, 1E-130",
        "-1.50, -1.50",
        "99999999999999999999999999999999999999, 99999999999999999999999999999999999999",
        "1000000000000000000000000000000000000000, 1000000000000000000000000000000000000000",
    })
    void aDecimalIsWrittenExactly(String value, String text) throws ConversionException {
        writer.number(new BigDecimal(value));
        assertThat(written()).isEqualTo("{'N':'" + text + "'}");
    }

    @ParameterizedTest
    @CsvSource({
        "1E+126, a DynamoDB number is 0 or between",
        "9.9E-131, a DynamoDB number is 0 or between",
        "1E+2147483647, a DynamoDB number is 0 or between",
        "1E-2147483647, a DynamoDB number is 0 or between",
        "100000000000000000000000000000000000001, a DynamoDB number has at most 38",
    })
    void aDecimalThatDynamoDbCannotHoldIsRefused(String value, String message) {
        assertThatThrownBy(() -> writer.number(new BigDecimal(value)))
                .hasMessageStartingWith("$: " + message);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e126, -1e126, 9.9e-131, Double.MIN_VALUE, Double.MAX_VALUE})
    void aDoubleOutOfRangeIsRefused(double value) {
        assertThatThrownBy(() -> writer.number(value))
                .hasMessageStartingWith("$: a DynamoDB number is 0 or between");
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void whatIsNotFiniteIsRefused(double value) {
        assertThatThrownBy(() -> writer.number(value))
                .hasMessageStartingWith("$: NaN and infinity are no DynamoDB numbers");
        assertThatThrownBy(() -> writer.number((float) value))
                .hasMessageStartingWith("$: NaN and infinity are no DynamoDB numbers");
    }

    @Test
    void thirtyOneListsMayStandAroundAValue() throws ConversionException {
        for (int level = 0; level < 31; level++) {
            writer.beginList();
        }
        assertThatCode(() -> writer.number(1)).doesNotThrowAnyException();
        assertThatThrownBy(writer::beginList).hasMessageContaining("deeper than DynamoDB's 32");
        assertThatThrownBy(writer::beginMap).hasMessageContaining("deeper than DynamoDB's 32");
        writer.reset(0);
        for (int level = 0; level < 31; level++) {
            writer.beginMap();
            writer.name("a");
        }
        assertThatThrownBy(writer::beginList).hasMessageContaining("deeper than DynamoDB's 32");
    }

    @Test
    void setsWithoutMembersOrWithOneTwiceAreRefused() {
        assertThatThrownBy(() -> writer.textSet(List.of()))
                .hasMessageContaining("DynamoDB has no empty set");
        assertThatThrownBy(() -> writer.textSet(List.of("a", "a")))
                .hasMessageContaining("two members of the set are the same");
        assertThatThrownBy(() -> writer.numberSet(List.of(BigDecimal.ONE, new BigDecimal("1.00"))))
                .hasMessageContaining("two members of the set are the same");
        assertThatThrownBy(() -> writer.binarySet(List.of(new byte[1], new byte[1])))
                .hasMessageContaining("two members of the set are the same");
    }

    @Test
    void theFaultsPathIsBuiltOnTheWayOut() {
        ConversionException fault =
                ConversionException.invalidValue("too much").underName("price").underIndex(3);
        assertThat(fault.underName("lines")).hasMessage("$.lines[3].price: too much");
        assertThat(fault.code()).isEqualTo("InvalidAttributeValueError");
    }

    @Test
    void aNameThatIsNotPlainIsQuotedAsPythonDoes() {
        assertThat(path("a b")).isEqualTo("$['a b']");
        assertThat(path("it's")).isEqualTo("$[\"it's\"]");
        assertThat(path("'\"\\\n\u0000\u200b\ud800"))
                .isEqualTo("$['\\'\"\\\\\\n\\x00\\u200b\\ud800']");
        assertThat(path("é")).isEqualTo("$['é']");
        assertThat(path("x".repeat(81))).isEqualTo("$['" + "x".repeat(80) + "']");
        assertThat(path("")).isEqualTo("$['']");
    }

    private static String path(String name) {
        return ConversionException.invalidValue("").underName(name).path();
    }

    /** With single quotes, to be readable here. */
    private String written() {
        return new String(sink.toByteArray(), StandardCharsets.UTF_8).replace('"', '\'');
    }
}
