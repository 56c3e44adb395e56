package io.github.pyflinkdynamodb.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.stream.Stream;

class RowDataDecoderTest {
    private static final StringData A = StringData.fromString("a");

    static Stream<Arguments> values() {
        LocalDateTime noon = LocalDateTime.of(2013, 1, 1, 12, 0, 0, 123_456_789);
        return Stream.of(
                arguments(DataTypes.STRING(), "{'S':'a'}", A),
                arguments(DataTypes.STRING(), "{'S':''}", StringData.fromString("")),
                arguments(
                        DataTypes.VARCHAR(3),
                        "{'S':'\u20ac\\u20ac\\n\\ud83d\\ude00'}",
                        StringData.fromString("\u20ac\u20ac\n\ud83d\ude00")),
                arguments(DataTypes.CHAR(1), "{'S':'a'}", A),
                arguments(DataTypes.BOOLEAN(), "{'BOOL':true}", true),
                arguments(DataTypes.BOOLEAN(), "{'BOOL':false}", false),
                arguments(DataTypes.TINYINT(), "{'N':'-128'}", (byte) -128),
                arguments(DataTypes.SMALLINT(), "{'N':'32767'}", (short) 32_767),
                arguments(DataTypes.INT(), "{'N':'2147483647'}", 2_147_483_647),
                arguments(DataTypes.INT(), "{'N':'1.20E+2'}", 120),
                arguments(DataTypes.BIGINT(), "{'N':'-9223372036854775808'}", Long.MIN_VALUE),
                arguments(DataTypes.FLOAT(), "{'N':'0.1'}", 0.1f),
                arguments(DataTypes.DOUBLE(), "{'N':'1E-130'}", 1e-130),
                arguments(DataTypes.DOUBLE(), "{'N':'9.99E+125'}", 9.99e125),
                arguments(
                        DataTypes.DECIMAL(10, 2),
                        "{'N':'1.5'}",
                        DecimalData.fromBigDecimal(new BigDecimal("1.50"), 10, 2)),
                arguments(
                        DataTypes.DECIMAL(38, 0),
                        "{'N':'99999999999999999999999999999999999999'}",
                        DecimalData.fromBigDecimal(new BigDecimal("9".repeat(38)), 38, 0)),
                arguments(
                        DataTypes.DECIMAL(3, 0),
                        "{'N':'1E+2'}",
                        DecimalData.fromBigDecimal(new BigDecimal("100"), 3, 0)),
                arguments(
                        DataTypes.DECIMAL(3, 2),
                        "{'N':'0E-9'}",
                        DecimalData.fromBigDecimal(new BigDecimal("0.00"), 3, 2)),
                arguments(DataTypes.BYTES(), "{'B':'AP8='}", new byte[] {0, (byte) 255}),
                arguments(DataTypes.BYTES(), "{'B':'\\/w=='}", new byte[] {(byte) 255}),
                arguments(DataTypes.BINARY(1), "{'B':'AA=='}", new byte[] {0}),
                arguments(
                        DataTypes.DATE(),
                        "{'S':'2013-01-01'}",
                        (int) LocalDate.of(2013, 1, 1).toEpochDay()),
                arguments(DataTypes.TIME(), "{'S':'00:00:01'}", 1_000),
                arguments(DataTypes.TIME(3), "{'S':'00:00:01.002'}", 1_002),
                arguments(
                        DataTypes.TIMESTAMP(9),
                        "{'S':'2013-01-01T12:00:00.123456789'}",
                        TimestampData.fromLocalDateTime(noon)),
                arguments(
                        DataTypes.TIMESTAMP(0),
                        "{'S':'2013-01-01T12:00:00'}",
                        TimestampData.fromLocalDateTime(noon.withNano(0))),
                arguments(
                        DataTypes.TIMESTAMP_LTZ(3),
                        "{'S':'2013-01-01T12:00:00.5Z'}",
                        TimestampData.fromInstant(Instant.parse("2013-01-01T12:00:00.5Z"))),
                arguments(
                        DataTypes.TIMESTAMP_LTZ(3),
                        "{'S':'2013-01-01T12:00:00+02:00'}",
                        TimestampData.fromInstant(Instant.parse("2013-01-01T10:00:00Z"))),
                arguments(
                        DataTypes.INTERVAL(DataTypes.DAY()), "{'N':'86400000000000'}", 86_400_000L),
                arguments(DataTypes.INTERVAL(DataTypes.MONTH()), "{'N':'14'}", 14),
                arguments(
                        DataTypes.ARRAY(DataTypes.ARRAY(DataTypes.INT())),
                        "{'L':[{'L':[{'N':'1'},{'NULL':true}]},{'L':[]}]}",
                        new GenericArrayData(
                                new Object[] {
                                    new GenericArrayData(new Object[] {1, null}),
                                    new GenericArrayData(new Object[0])
                                })),
                arguments(
                        DataTypes.ARRAY(DataTypes.STRING()),
                        "{'SS':['a']}",
                        new GenericArrayData(new Object[] {A})),
                arguments(
                        DataTypes.ARRAY(DataTypes.BIGINT()),
                        "{'NS':['1','2']}",
                        new GenericArrayData(new Object[] {1L, 2L})),
                arguments(
                        DataTypes.MAP(DataTypes.STRING(), DataTypes.INT()),
                        "{'M':{'a':{'N':'1'}}}",
                        new GenericMapData(Map.of(A, 1))),
                arguments(
                        DataTypes.MULTISET(DataTypes.STRING()),
                        "{'M':{'a':{'N':'2'}}}",
                        new GenericMapData(Map.of(A, 2))),
                arguments(
                        DataTypes.ROW(
                                DataTypes.FIELD("x", DataTypes.STRING()),
                                DataTypes.FIELD("y", DataTypes.STRING())),
                        "{'M':{'z':{'L':[{'N':'1'}]},'x':{'S':'a'}}}",
                        GenericRowData.of(A, null)),
                arguments(DataTypes.STRING(), "{'NULL':true}", null));
    }

    @ParameterizedTest
    @MethodSource("values")
    void valueIsWhatTheColumnHolds(DataType type, String value, Object expected) throws Exception {
        assertThat(decode(type, "{'v':" + value + "}").getField(0)).isEqualTo(expected);
    }

    static Stream<Arguments> mismatches() {
        return Stream.of(
                arguments(DataTypes.INT(), "{'S':'secret'}", "found S where the column is INT"),
                arguments(DataTypes.STRING(), "{'N':'777'}", "found N where the column is STRING"),
                arguments(DataTypes.BOOLEAN(), "{'N':'1'}", "found N where the column is BOOLEAN"),
                arguments(DataTypes.INT(), "{'N':'2147483648'}", "found N whose content does not"),
                arguments(DataTypes.INT(), "{'N':'1.5'}", "found N whose content does not fit INT"),
                arguments(DataTypes.BIGINT(), "{'N':'1E+125'}", "found N whose content"),
                arguments(DataTypes.FLOAT(), "{'N':'1E+100'}", "found N whose content"),
                arguments(DataTypes.DECIMAL(3, 2), "{'N':'1.234'}", "DECIMAL(3, 2)"),
                arguments(DataTypes.DECIMAL(3, 2), "{'N':'10'}", "DECIMAL(3, 2)"),
                arguments(DataTypes.DECIMAL(3, 2), "{'N':'1E-999999999'}", "DECIMAL(3, 2)"),
                arguments(DataTypes.DECIMAL(3, 2), "{'N':'1E+999999999'}", "DECIMAL(3, 2)"),
                arguments(DataTypes.DATE(), "{'S':'yesterday'}", "found S whose content"),
                arguments(DataTypes.TIME(), "{'S':'00:00:01.5'}", "found S whose content"),
                arguments(
                        DataTypes.TIMESTAMP(3), "{'S':'2013-01-01T00:00:00.0001'}", "TIMESTAMP(3)"),
                arguments(DataTypes.TIMESTAMP(3), "{'S':'2013-01-01T00:00:00Z'}", "TIMESTAMP(3)"),
                arguments(
                        DataTypes.TIMESTAMP_LTZ(3), "{'S':'2013-01-01T00:00:00'}", "TIMESTAMP_LTZ"),
                arguments(DataTypes.BYTES(), "{'B':'*'}", "found B whose content"),
                arguments(
                        DataTypes.INTERVAL(DataTypes.DAY()), "{'N':'1'}", "found N whose content"),
                arguments(DataTypes.ARRAY(DataTypes.INT()), "{'M':{}}", "found M where"),
                arguments(DataTypes.ARRAY(DataTypes.INT()), "{'SS':['777']}", "[0]: found S where"),
                arguments(
                        DataTypes.MAP(DataTypes.STRING(), DataTypes.INT()),
                        "{'M':{'secret':{'S':'secret'}}}",
                        "v[...]: found S where"),
                arguments(
                        DataTypes.ARRAY(DataTypes.ROW(DataTypes.FIELD("price", DataTypes.INT()))),
                        "{'L':[{'M':{}},{'M':{'price':{'S':'secret'}}}]}",
                        "column v[1].price: found S where the column is INT"),
                arguments(
                        DataTypes.INT().notNull(),
                        "{'NULL':true}",
                        "found NULL where the column is INT NOT NULL"));
    }

    @ParameterizedTest
    @MethodSource("mismatches")
    void mismatchNamesTableColumnAndFoundTypeAndNoValue(DataType type, String value, String says) {
        assertThatThrownBy(() -> decode(type, "{'v':" + value + "}"))
                .isInstanceOf(MismatchException.class)
                .hasMessageStartingWith("Table orders, column v")
                .hasMessageContaining(says)
                .hasMessageEndingWith(
                        "Declare the column as what the items hold, or mend the items.")
                .message()
                .doesNotContain("secret", "777", "yesterday");
    }

    @Test
    void missingAttributeIsNullUnlessTheColumnMayNotBe() throws Exception {
        assertThat(decode(DataTypes.STRING(), "{'other':{'S':'a'}}").isNullAt(0)).isTrue();
        assertThat(decode(DataTypes.STRING(), "{}").isNullAt(0)).isTrue();
        assertThatThrownBy(() -> decode(DataTypes.STRING().notNull(), "{}"))
                .hasMessageContaining(
                        "column v: found nothing where the column is STRING NOT NULL");
    }

    /** DynamoDB Local leaves its tag out in the records of a stream, at any depth. */
    @Test
    void emptyMapWithoutItsTagIsOne() throws Exception {
        DataType map = DataTypes.MAP(DataTypes.STRING(), DataTypes.INT());

        assertThat(decode(map, "{'v':{}}").getMap(0).size()).isZero();
        assertThat(decode(DataTypes.ARRAY(map), "{'v':{'L':[{ }]}}").getArray(0).size()).isOne();
        assertThatThrownBy(() -> decode(DataTypes.STRING(), "{'v':{}}"))
                .hasMessageContaining("found M where the column is STRING");
    }

    @Test
    void itemsFollowEachOtherInAnyOrderOfAttributes() throws Exception {
        RowType type =
                (RowType)
                        DataTypes.ROW(
                                        DataTypes.FIELD("a", DataTypes.INT()),
                                        DataTypes.FIELD("b", DataTypes.INT()))
                                .getLogicalType();
        RowDataDecoder decoder = new RowDataDecoder(type, "orders");
        decoder.begin(
                json(
                        "{'a':{'N':'1'},'b':{'N':'2'}} , {'b':{'N':'4'},'a':{'N':'3'}},"
                                + "{'x':{'M':{'a':{'N':'9'}}},'b':{'N':'6'}}]"),
                0);

        assertThat(decoder.next()).isEqualTo(GenericRowData.of(1, 2));
        decoder.skip();
        assertThat(decoder.next()).isEqualTo(GenericRowData.of(null, 6));
    }

    @Test
    void typesThatNoAttributeStandsForAreRefusedByColumn() {
        DataType map = DataTypes.MAP(DataTypes.INT(), DataTypes.INT());

        assertThatThrownBy(() -> decode(map, "{}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("column 'v': MAP<INT, INT> cannot be read")
                .hasMessageContaining("declare them as STRING");
    }

    private static GenericRowData decode(DataType type, String item) throws IOException {
        RowType row = (RowType) DataTypes.ROW(DataTypes.FIELD("v", type)).getLogicalType();
        RowDataDecoder decoder = new RowDataDecoder(row, "orders");
        decoder.begin(json(item), 0);
        RowData decoded = decoder.next();
        return (GenericRowData) decoded;
    }

    private static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }
}
