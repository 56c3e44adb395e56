package io.github.pyflinkdynamodb.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Set;

class RowDataEncoderTest {

    private static final RowType ORDERS =
            (RowType)
                    DataTypes.ROW(
                                    DataTypes.FIELD("user", DataTypes.STRING()),
                                    DataTypes.FIELD("day", DataTypes.INT()),
                                    DataTypes.FIELD("total", DataTypes.DOUBLE()))
                            .getLogicalType();

    @ParameterizedTest
    @EnumSource(
            value = RowKind.class,
            names = {"INSERT", "UPDATE_AFTER"})
    void newRowsArePutWhole(RowKind kind) {
        assertThat(encode(row(kind, "u1", 7, 1.5)))
                .isEqualTo(
                        "{\"PutRequest\":{\"Item\":{\"user\":{\"S\":\"u1\"},\"day\":{\"N\":\"7\"},"
                                + "\"total\":{\"N\":\"1.5\"}}}}");
    }

    @ParameterizedTest
    @EnumSource(
            value = RowKind.class,
            names = {"DELETE", "UPDATE_BEFORE"})
    void oldRowsAreDeletedByTheirKeyAlone(RowKind kind) {
        // NaN could not be written: what is not key is not looked at, Flink may leave it out.
        assertThat(encode(row(kind, "u1", 7, Double.NaN)))
                .isEqualTo(
                        "{\"DeleteRequest\":{\"Key\":{\"user\":{\"S\":\"u1\"},\"day\":{\"N\":\"7\"}}}}");
    }

    @Test
    void aRowThatCannotBeAnItemIsARejectionWithoutItsValues() {
        assertThat(encode(row(RowKind.INSERT, "secret", 7, Double.NaN)))
                .startsWith(
                        "{\"Rejected\":{\"request\":{\"python_type\":\"org.apache.flink.table.data.RowData\",\"path\":\"$.total\"},")
                .contains("\"error_code\":\"InvalidAttributeValueError\"")
                .doesNotContain("secret")
                .doesNotContain("PutRequest");
    }

    @Test
    void aRowAfterARejectedOneIsWhole() throws Exception {
        RowDataEncoder encoder = encoder(false);
        String expected = text(encoder.map(row(RowKind.INSERT, "u1", 7, 1.5)));

        encoder.map(row(RowKind.INSERT, "u1", 7, Double.NaN));

        assertThat(text(encoder.map(row(RowKind.INSERT, "u1", 7, 1.5)))).isEqualTo(expected);
    }

    @Test
    void nullsAreLeftOutOfAnItemButNotOfAKey() {
        RowDataEncoder encoder = encoder(true);

        assertThat(text(encoder.map(GenericRowData.of(StringData.fromString("u1"), 7, null))))
                .doesNotContain("total");
        assertThat(text(encoder.map(GenericRowData.ofKind(RowKind.DELETE, null, 7, null))))
                .contains("\"user\":{\"NULL\":true}");
    }

    @Test
    void anEncoderTravelsToTheTask() throws Exception {
        byte[] bytes = InstantiationUtil.serializeObject(encoder(false));
        RowDataEncoder arrived =
                InstantiationUtil.deserializeObject(bytes, getClass().getClassLoader());

        assertThat(text(arrived.map(row(RowKind.INSERT, "u1", 7, 1.5)))).startsWith("{\"Put");
    }

    @ParameterizedTest
    @CsvSource({
        "2013-01-01T05:15, 2013-01-01T05:15:00",
        "2013-01-01T05:15:07.12, 2013-01-01T05:15:07.120000",
        "2013-01-01T05:15:07.000001, 2013-01-01T05:15:07.000001",
        "2013-01-01T05:15:07.123456789, 2013-01-01T05:15:07.123456789",
        "0101-12-31T00:00, 0101-12-31T00:00:00",
    })
    void timesAreIso8601AsPythonWritesThem(String time, String text) {
        RowType type =
                (RowType)
                        DataTypes.ROW(DataTypes.FIELD("t", DataTypes.TIMESTAMP(9)))
                                .getLogicalType();
        RowDataEncoder encoder = new RowDataEncoder(type, List.of(), Set.of(), false);
        TimestampData value = TimestampData.fromLocalDateTime(LocalDateTime.parse(time));

        assertThat(text(encoder.map(GenericRowData.of(value))))
                .contains("{\"S\":\"" + text + "\"}");
    }

    @Test
    void aTimeOfDayKeepsItsMilliseconds() {
        RowType type =
                (RowType) DataTypes.ROW(DataTypes.FIELD("t", DataTypes.TIME(3))).getLogicalType();
        RowDataEncoder encoder = new RowDataEncoder(type, List.of(), Set.of(), false);

        assertThat(text(encoder.map(GenericRowData.of(83_109_120))))
                .contains("{\"S\":\"23:05:09.120000\"}");
    }

    @Test
    void bytesAreBinaryInListsAndSets() {
        RowType type =
                (RowType)
                        DataTypes.ROW(
                                        DataTypes.FIELD("s", DataTypes.ARRAY(DataTypes.BYTES())),
                                        DataTypes.FIELD("l", DataTypes.ARRAY(DataTypes.BYTES())))
                                .getLogicalType();
        RowDataEncoder encoder = new RowDataEncoder(type, List.of(), Set.of("s"), false);
        GenericArrayData array =
                new GenericArrayData(new Object[] {new byte[] {2}, new byte[] {1}});

        assertThat(text(encoder.map(GenericRowData.of(array, array))))
                .contains("\"s\":{\"BS\":[\"AQ==\",\"Ag==\"]}")
                .contains("\"l\":{\"L\":[{\"B\":\"Ag==\"},{\"B\":\"AQ==\"}]}");
    }

    @Test
    void aNullInASetIsToldByItsPlace() {
        RowType type =
                (RowType)
                        DataTypes.ROW(DataTypes.FIELD("s", DataTypes.ARRAY(DataTypes.INT())))
                                .getLogicalType();
        RowDataEncoder encoder = new RowDataEncoder(type, List.of(), Set.of("s"), false);
        GenericArrayData array = new GenericArrayData(new Object[] {1, null});

        assertThat(text(encoder.map(GenericRowData.of(array)))).contains("$.s[1]: a set cannot");
    }

    @Test
    void aTypeThatDynamoDbHasNothingForIsNamedWithItsColumn() {
        RowType type =
                (RowType)
                        DataTypes.ROW(
                                        DataTypes.FIELD(
                                                "a",
                                                DataTypes.ARRAY(
                                                        DataTypes.ROW(
                                                                DataTypes.FIELD(
                                                                        "m",
                                                                        DataTypes.MAP(
                                                                                DataTypes.INT(),
                                                                                DataTypes
                                                                                        .INT()))))))
                                .getLogicalType();

        assertThatThrownBy(() -> new RowDataEncoder(type, List.of(), Set.of(), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("column a[].m has INT for keys");
    }

    private static GenericRowData row(RowKind kind, String user, int day, double total) {
        return GenericRowData.ofKind(kind, StringData.fromString(user), day, total);
    }

    private static RowDataEncoder encoder(boolean ignoreNulls) {
        return new RowDataEncoder(ORDERS, List.of("day", "user"), Set.of(), ignoreNulls);
    }

    private static String encode(GenericRowData row) {
        return text(encoder(false).map(row));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
