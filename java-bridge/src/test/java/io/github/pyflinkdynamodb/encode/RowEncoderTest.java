package io.github.pyflinkdynamodb.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.GenericTypeInfo;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** What the kind of a row asks for, what a row may look like, and types that are refused. */
class RowEncoderTest {
    private static final TypeInformation<Row> TYPE =
            Types.ROW_NAMED(new String[] {"pk", "n"}, Types.STRING, Types.DOUBLE);

    @Test
    void anUpdateOfTheSameKeyIsOnePut() throws Exception {
        RowEncoder encoder = encoder(Set.of("pk"));

        assertThat(wire(encoder, row(RowKind.UPDATE_BEFORE, "a", 1.0))).isEmpty();
        assertThat(wire(encoder, row(RowKind.UPDATE_AFTER, "a", 2.0))).isEqualTo(put("a", "2.0"));
        assertThat(text(encoder.flush())).isEmpty();
    }

    @Test
    void anUpdateThatChangesTheKeyDeletesTheOldOneFirst() throws Exception {
        RowEncoder encoder = encoder(Set.of("pk"));

        assertThat(wire(encoder, row(RowKind.UPDATE_BEFORE, "a", 1.0))).isEmpty();
        assertThat(wire(encoder, row(RowKind.UPDATE_AFTER, "b", 1.0)))
                .isEqualTo(delete("a") + "," + put("b", "1.0"));
    }

    @Test
    void anUpdateWhoseOtherHalfWentElsewhereDeletesItsKey() throws Exception {
        RowEncoder encoder = encoder(Set.of("pk"));

        assertThat(wire(encoder, row(RowKind.UPDATE_BEFORE, "a", 1.0))).isEmpty();
        assertThat(wire(encoder, row(RowKind.UPDATE_BEFORE, "b", 1.0))).isEqualTo(delete("a"));
        assertThat(wire(encoder, row(RowKind.INSERT, "c", 1.0)))
                .isEqualTo(delete("b") + "," + put("c", "1.0"));
    }

    @Test
    void halfAnUpdateIsNotLeftBehind() throws Exception {
        RowEncoder encoder = encoder(Set.of("pk"));

        wire(encoder, row(RowKind.UPDATE_BEFORE, "a", 1.0));

        assertThat(text(encoder.flush())).isEqualTo(delete("a"));
        assertThat(text(encoder.flush())).isEmpty();
    }

    @Test
    void anUpdateThatIsRefusedCostsNoItem() throws Exception {
        RowEncoder encoder = encoder(Set.of("pk"));

        wire(encoder, row(RowKind.UPDATE_BEFORE, "a", 1.0));
        assertThat(wire(encoder, row(RowKind.UPDATE_AFTER, "a", Double.NaN)))
                .startsWith("{'Rejected'");
        wire(encoder, row(RowKind.UPDATE_BEFORE, "a", 1.0));
        assertThat(wire(encoder, row(RowKind.UPDATE_AFTER, "a\ud800", 1.0)))
                .startsWith("{'Rejected'");
        assertThat(text(encoder.flush())).isEmpty();
    }

    @Test
    void withoutAKnownKeyWhatAnUpdateReplacesIsLeftOut() throws Exception {
        for (Set<String> keys : List.of(Set.<String>of(), Set.of("pk", "not a field"))) {
            RowEncoder encoder = encoder(keys);

            assertThat(wire(encoder, row(RowKind.UPDATE_BEFORE, "a", 1.0))).isEmpty();
            assertThat(wire(encoder, row(RowKind.UPDATE_AFTER, "b", 1.0)))
                    .isEqualTo(put("b", "1.0"));
            assertThat(text(encoder.flush())).isEmpty();
        }
    }

    @Test
    void theRowsOfAListAreRequestsOfTheirOwn() throws Exception {
        RowEncoder encoder = RowEncoder.of(Types.LIST(TYPE), List.of(), false, Set.of(), true);
        List<Row> rows =
                Arrays.asList(Row.of("a", 1.0), Row.of("b", Double.NaN), null, Row.of("c", 3.0));

        String wire = wire(encoder, rows);

        assertThat(wire)
                .startsWith(put("a", "1.0") + ",{'Rejected'")
                .endsWith("," + put("c", "3.0"));
        assertThat(wire)
                .contains("'path':'$[1].n'},'error_code':'InvalidAttributeValueError'")
                .contains(
                        "{'python_type':'NoneType','path':'$[2]'},'error_code':'UnsupportedTypeError'");
        assertThat(wire(encoder, rows.subList(0, 1).toArray())).isEqualTo(put("a", "1.0"));
        assertThat(wire(encoder, List.of())).isEmpty();
    }

    @Test
    void aRowThatIsReadByNameMayHaveItsFieldsInAnyOrder() throws Exception {
        Row row = Row.withNames();
        row.setField("n", 1.0);
        row.setField("pk", "a");

        assertThat(wire(encoder(Set.of()), row)).isEqualTo(put("a", "1.0"));
        row.setField("more", 1);
        assertThat(wire(encoder(Set.of()), row))
                .contains("the row's fields are more, n, pk, the declared ones pk, n; name them");
    }

    @Test
    void aRowOfOtherFieldsThanItsTypeIsRefused() throws Exception {
        assertThat(wire(encoder(Set.of()), Row.of("a")))
                .contains("'path':'$'")
                .contains("a Row of 1 values and 2 field names, of which 1 differ");
        assertThat(wire(encoder(Set.of()), Row.of("a", 1L)))
                .contains("$.n: the declared type cannot hold the value, a java.lang.Long");
    }

    @Test
    void withoutAPolicyForRejectionsAFaultIsThrown() throws Exception {
        RowEncoder encoder = RowEncoder.of(TYPE, List.of(), false, Set.of(), false);

        assertThatThrownBy(() -> encoder.encode(Row.of("a", Double.NaN)))
                .isInstanceOf(ConversionException.class)
                .hasMessageStartingWith("$.n: NaN and infinity");
        assertThat(wire(encoder, Row.of("a", 1.0))).isEqualTo(put("a", "1.0"));
    }

    @Test
    void namesAreGivenToARowTypeWithoutNames() throws Exception {
        TypeInformation<Row> unnamed = Types.ROW(Types.STRING, Types.DOUBLE);
        List<String> names = List.of("pk", "n");

        assertThat(wire(RowEncoder.of(unnamed, names, false, Set.of(), true), Row.of("a", 1.0)))
                .isEqualTo(put("a", "1.0"));
        assertThatThrownBy(() -> RowEncoder.of(unnamed, List.of(), false, Set.of(), true))
                .hasMessageStartingWith("$: a row type without field names");
        assertThat(RowEncoder.takes(unnamed, names, false)).isTrue();
        assertThat(RowEncoder.takes(unnamed, List.of("pk"), false)).isFalse();
        assertThat(RowEncoder.takes(TYPE, names, false)).isTrue();
        assertThat(RowEncoder.takes(TYPE, List.of("n", "pk"), false)).isFalse();
    }

    @Test
    void onlyRowsAndListsOfRowsAreTaken() {
        assertThat(RowEncoder.takes(TYPE, List.of(), false)).isTrue();
        assertThat(RowEncoder.takes(Types.LIST(TYPE), List.of(), false)).isTrue();
        assertThat(RowEncoder.takes(Types.OBJECT_ARRAY(TYPE), List.of(), false)).isTrue();
        assertThat(RowEncoder.takes(Types.STRING, List.of(), false)).isFalse();
        assertThat(RowEncoder.takes(Types.MAP(Types.STRING, TYPE), List.of(), false)).isFalse();
    }

    @Test
    void aTypeWithoutARuleIsRefusedByItsPath() {
        assertThatThrownBy(() -> nested(Types.BIG_INT))
                .hasMessageStartingWith("$.a.b: Types.BIG_INT does not come through PyFlink whole");
        assertThatThrownBy(() -> nested(new GenericTypeInfo<>(Object.class)))
                .hasMessageStartingWith(
                        "$.a.b: no DynamoDB type for GenericType<java.lang.Object>");
        assertThatThrownBy(() -> nested(Types.MAP(Types.INT, Types.INT)))
                .hasMessageStartingWith("$.a.b: a map whose keys are no strings");
        assertThatThrownBy(() -> nested(Types.ROW(Types.INT)))
                .hasMessageStartingWith("$.a.b: a row type without field names");
    }

    @Test
    void aFloatIsWrittenByItsOwnDigits() throws Exception {
        TypeInformation<Row> type = Types.ROW_NAMED(new String[] {"f"}, Types.FLOAT);

        assertThat(wire(RowEncoder.of(type, List.of(), false, Set.of(), true), Row.of(0.1f)))
                .isEqualTo("{'PutRequest':{'Item':{'f':{'N':'0.1'}}}}");
    }

    @Test
    void anInstantIsWrittenInUtc() throws Exception {
        TypeInformation<Row> type = Types.ROW_NAMED(new String[] {"t"}, Types.INSTANT);
        RowEncoder encoder = RowEncoder.of(type, List.of(), false, Set.of(), true);

        assertThat(wire(encoder, Row.of(java.time.Instant.ofEpochSecond(0, 1_000))))
                .contains("{'S':'1970-01-01T00:00:00.000001+00:00'}");
        assertThat(wire(encoder, Row.of(java.time.Instant.ofEpochSecond(0, 1))))
                .contains("{'S':'1970-01-01T00:00:00.000000001+00:00'}");
    }

    private static void nested(TypeInformation<?> type) throws ConversionException {
        TypeInformation<Row> inner = Types.ROW_NAMED(new String[] {"b"}, type);
        RowEncoder.of(Types.ROW_NAMED(new String[] {"a"}, inner), List.of(), false, Set.of(), true);
    }

    private static RowEncoder encoder(Set<String> keyNames) throws ConversionException {
        return RowEncoder.of(TYPE, List.of(), false, keyNames, true);
    }

    private static Row row(RowKind kind, Object... fields) {
        Row row = Row.of(fields);
        row.setKind(kind);
        return row;
    }

    private static String put(String pk, String number) {
        return "{'PutRequest':{'Item':{'pk':{'S':'" + pk + "'},'n':{'N':'" + number + "'}}}}";
    }

    private static String delete(String pk) {
        return "{'DeleteRequest':{'Key':{'pk':{'S':'" + pk + "'}}}}";
    }

    private static String wire(RowEncoder encoder, Object element) throws ConversionException {
        return text(encoder.encode(element));
    }

    /** With single quotes, to be readable here. */
    private static String text(byte[] wire) {
        return new String(wire, StandardCharsets.UTF_8).replace('"', '\'');
    }
}
