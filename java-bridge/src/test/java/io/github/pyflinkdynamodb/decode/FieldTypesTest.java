package io.github.pyflinkdynamodb.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import org.apache.flink.api.common.typeinfo.BasicArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.LocalTimeTypeInfo;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.SqlTimeTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.GenericTypeInfo;
import org.apache.flink.api.java.typeutils.ListTypeInfo;
import org.apache.flink.api.java.typeutils.MapTypeInfo;
import org.apache.flink.api.java.typeutils.ObjectArrayTypeInfo;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

class FieldTypesTest {
    private static final TypeInformation<?> INT = BasicTypeInfo.INT_TYPE_INFO;
    private static final TypeInformation<?> STRING = BasicTypeInfo.STRING_TYPE_INFO;

    static Stream<Arguments> values() {
        return Stream.of(
                arguments(INT, "{'N':'1.20E+2'}", 120),
                arguments(INT, "{'NULL':true}", null),
                arguments(BasicTypeInfo.CHAR_TYPE_INFO, "{'S':'a'}", 'a'),
                arguments(BasicTypeInfo.BIG_DEC_TYPE_INFO, "{'N':'1.50'}", new BigDecimal("1.50")),
                arguments(
                        BasicTypeInfo.INSTANT_TYPE_INFO,
                        "{'S':'2013-01-01T12:00:00+02:00'}",
                        Instant.parse("2013-01-01T10:00:00Z")),
                arguments(new ListTypeInfo<>(STRING), "{'SS':['a','b']}", List.of("a", "b")),
                arguments(new ListTypeInfo<>(INT), "{'NS':['1','2']}", List.of(1, 2)),
                arguments(
                        new ListTypeInfo<>(STRING),
                        "{'L':[{'S':'a'},{'NULL':true}]}",
                        Arrays.asList("a", null)));
    }

    @ParameterizedTest
    @MethodSource("values")
    void aValueIsOfTheDeclaredClass(TypeInformation<?> type, String value, Object expected)
            throws Exception {
        assertThat(decode(type, "{'v':" + value + "}").getField(0)).isEqualTo(expected);
    }

    @Test
    void anAttributeThatIsMissingIsNullAndOneThatIsNotDeclaredIsPassedOver() throws Exception {
        assertThat(decode(INT, "{'other':{'M':{'v':{'N':'1'}}}}")).isEqualTo(Row.of((Object) null));
    }

    static Stream<Arguments> mismatches() {
        TypeInformation<?> lines = new ListTypeInfo<>(new RowTypeInfo(types(INT), names("price")));
        return Stream.of(
                arguments(INT, "{'S':'777'}", "found S where the field is Integer"),
                arguments(INT, "{'N':'777.5'}", "found N whose content does not fit Integer"),
                arguments(BasicTypeInfo.BYTE_TYPE_INFO, "{'N':'777'}", "whose content"),
                arguments(BasicTypeInfo.DOUBLE_TYPE_INFO, "{'N':'1E+777'}", "whose content"),
                arguments(BasicTypeInfo.CHAR_TYPE_INFO, "{'S':'777'}", "whose content"),
                arguments(SqlTimeTypeInfo.DATE, "{'S':'0777-01-01'}", "whose content"),
                arguments(SqlTimeTypeInfo.TIME, "{'S':'07:07:07.777777'}", "whose content"),
                arguments(LocalTimeTypeInfo.LOCAL_DATE, "{'S':'777'}", "whose content"),
                arguments(
                        PrimitiveArrayTypeInfo.INT_PRIMITIVE_ARRAY_TYPE_INFO,
                        "{'L':[{'N':'1'},{'NULL':true}]}",
                        "v[1]: found NULL where the field is Integer"),
                arguments(new ListTypeInfo<>(INT), "{'L':[{'NULL':true}]}", "v[0]: found NULL"),
                arguments(
                        new TupleTypeInfo<>(STRING, INT),
                        "{'L':[{'S':'777'}]}",
                        "found L whose content"),
                arguments(
                        new TupleTypeInfo<>(STRING, INT),
                        "{'L':[{'S':'777'},{'N':'777'},{'N':'777'}]}",
                        "found L whose content"),
                arguments(
                        new TupleTypeInfo<>(STRING, INT),
                        "{'L':[{'S':'777'},{'NULL':true}]}",
                        "v[1]: found NULL"),
                arguments(
                        new MapTypeInfo<>(STRING, INT),
                        "{'M':{'777':{'S':'777'}}}",
                        "v[...]: found S"),
                arguments(lines, "{'L':[{'M':{}},{'M':{'price':{'S':'777'}}}]}", "v[1].price: "),
                arguments(
                        new RowTypeInfo(types(INT), names("a")), "{'L':[]}", "found L where the"));
    }

    @ParameterizedTest
    @MethodSource("mismatches")
    void aMismatchNamesPathAndTypesAndNoValue(TypeInformation<?> type, String value, String says) {
        assertThatThrownBy(() -> decode(type, "{'v':" + value + "}"))
                .isInstanceOf(MismatchException.class)
                .extracting(e -> ((MismatchException) e).in("Field ", "Mend it.").getMessage())
                .asString()
                .startsWith("Field v")
                .contains(says)
                .doesNotContain("777");
    }

    static Stream<Arguments> refused() {
        TypeInformation<?> unnamed = new RowTypeInfo(INT, STRING);
        TypeInformation<?> generic = new GenericTypeInfo<>(Object.class);
        return Stream.of(
                arguments(BasicTypeInfo.BIG_INT_TYPE_INFO, "field 'v': BigInteger cannot be read"),
                arguments(generic, "field 'v': GenericType<java.lang.Object> cannot be read"),
                arguments(unnamed, "field 'v': a row type without field names"),
                arguments(new MapTypeInfo<>(INT, INT), "field 'v': a map whose keys are no"),
                arguments(
                        ObjectArrayTypeInfo.getInfoFor(
                                new RowTypeInfo(types(generic), names("price"))),
                        "field 'v[].price': Generic"),
                arguments(new MapTypeInfo<>(STRING, generic), "field 'v[...]': Generic"),
                arguments(new TupleTypeInfo<>(STRING, generic), "field 'v[1]': Generic"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void aTypeThatNoAttributeStandsForIsRefusedByItsPath(TypeInformation<?> type, String says) {
        assertThatThrownBy(() -> decode(type, "{}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(says);
    }

    @Test
    void anArrayIsOfItsDeclaredClass() throws Exception {
        TypeInformation<?> strings = BasicArrayTypeInfo.STRING_ARRAY_TYPE_INFO;

        assertThat(decode(strings, "{'v':{'L':[{'S':'a'},{'NULL':true}]}}").getField(0))
                .isEqualTo(new String[] {"a", null});
    }

    private static Row decode(TypeInformation<?> type, String item) throws Exception {
        byte[] json = item.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return ItemDecoder.of(new RowTypeInfo(types(type), names("v"))).decode(json, 0);
    }

    private static TypeInformation<?>[] types(TypeInformation<?>... types) {
        return types;
    }

    private static String[] names(String... names) {
        return names;
    }
}
