package io.github.pyflinkdynamodb.encode;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.streams.Records;
import io.github.pyflinkdynamodb.streams.StreamRecordSchema;
import io.github.pyflinkdynamodb.streams.StreamSchemas;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.LocalTimeTypeInfo;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.SqlTimeTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ListTypeInfo;
import org.apache.flink.api.java.typeutils.MapTypeInfo;
import org.apache.flink.api.java.typeutils.ObjectArrayTypeInfo;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.types.Row;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A row that the encoder wrote comes out of the table's stream as that row, nulls anywhere. */
class RowsComeBackProperties {
    private static final String PUT = "{\"PutRequest\":{\"Item\":";
    private static final Map<TypeInformation<?>, Arbitrary<?>> SCALARS = new LinkedHashMap<>();

    static {
        Arbitrary<LocalDateTime> times =
                Arbitraries.longs()
                        .between(-62_135_596_800L, 253_402_300_799L)
                        .flatMap(
                                second ->
                                        Arbitraries.integers()
                                                .between(0, 999_999_999)
                                                .map(nano -> time(second, nano)));
        SCALARS.put(
                BasicTypeInfo.STRING_TYPE_INFO,
                Arbitraries.strings().all().ofMaxLength(8).filter(RowsComeBackProperties::isText));
        SCALARS.put(BasicTypeInfo.BOOLEAN_TYPE_INFO, Arbitraries.of(true, false));
        SCALARS.put(BasicTypeInfo.BYTE_TYPE_INFO, Arbitraries.bytes());
        SCALARS.put(BasicTypeInfo.SHORT_TYPE_INFO, Arbitraries.shorts());
        SCALARS.put(BasicTypeInfo.INT_TYPE_INFO, Arbitraries.integers());
        SCALARS.put(BasicTypeInfo.LONG_TYPE_INFO, Arbitraries.longs());
        SCALARS.put(BasicTypeInfo.FLOAT_TYPE_INFO, Arbitraries.floats());
        SCALARS.put(BasicTypeInfo.DOUBLE_TYPE_INFO, Arbitraries.doubles().between(-1e100, 1e100));
        SCALARS.put(
                BasicTypeInfo.BIG_DEC_TYPE_INFO,
                Arbitraries.longs()
                        .filter(digits -> digits != 0)
                        .map(digits -> BigDecimal.valueOf(digits, 7)));
        SCALARS.put(
                BasicTypeInfo.INSTANT_TYPE_INFO, times.map(time -> time.toInstant(ZoneOffset.UTC)));
        SCALARS.put(LocalTimeTypeInfo.LOCAL_DATE, times.map(LocalDateTime::toLocalDate));
        SCALARS.put(LocalTimeTypeInfo.LOCAL_TIME, times.map(LocalDateTime::toLocalTime));
        SCALARS.put(LocalTimeTypeInfo.LOCAL_DATE_TIME, times);
        SCALARS.put(
                SqlTimeTypeInfo.DATE,
                Arbitraries.longs()
                        .between(LocalDate.of(1582, 10, 15).toEpochDay(), 2_000_000)
                        .map(day -> Date.valueOf(LocalDate.ofEpochDay(day))));
        SCALARS.put(SqlTimeTypeInfo.TIMESTAMP, times.map(Timestamp::valueOf));
        SCALARS.put(
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
                Arbitraries.bytes().array(byte[].class).ofMaxSize(8));
    }

    private static final RowTypeInfo INNER = row(new ArrayList<>(SCALARS.keySet()));
    private static final RowTypeInfo OUTER =
            row(
                    List.of(
                            INNER,
                            new ListTypeInfo<>(BasicTypeInfo.STRING_TYPE_INFO),
                            ObjectArrayTypeInfo.getInfoFor(INNER),
                            new MapTypeInfo<>(BasicTypeInfo.STRING_TYPE_INFO, INNER)));

    @Provide
    Arbitrary<Row> rows() {
        Arbitrary<Row> inner = fields(new ArrayList<>(SCALARS.values()));
        Arbitrary<?> text = SCALARS.get(BasicTypeInfo.STRING_TYPE_INFO);
        return fields(
                List.of(
                        inner,
                        text.list().ofMaxSize(3),
                        inner.array(Row[].class).ofMaxSize(3),
                        Arbitraries.maps(text, inner).ofMaxSize(3)));
    }

    @Property(tries = 200)
    void aRowComesBackAsItWasWritten(@ForAll("rows") Row row) throws Exception {
        RowEncoder encoder = RowEncoder.of(OUTER, List.of(), false, Set.of(), false);
        StreamRecordSchema<?> schema = StreamSchemas.of(Map.of("kind", "row", "typeInfo", OUTER));
        String request = new String(encoder.encode(row), StandardCharsets.UTF_8);
        String item = request.substring(PUT.length(), request.length() - 2);

        assertThat(Records.elements(schema, Records.inserted(item)).get(0)).isEqualTo(row);
    }

    private static Arbitrary<Row> fields(List<Arbitrary<?>> fields) {
        List<Arbitrary<Object>> nullable = new ArrayList<>();
        for (Arbitrary<?> field : fields) {
            nullable.add(field.injectNull(0.1).map(value -> value));
        }
        return Combinators.combine(nullable).as(values -> Row.of(values.toArray()));
    }

    private static RowTypeInfo row(List<TypeInformation<?>> types) {
        String[] names = new String[types.size()];
        for (int index = 0; index < names.length; index++) {
            names[index] = "field" + index;
        }
        return new RowTypeInfo(types.toArray(new TypeInformation<?>[0]), names);
    }

    private static LocalDateTime time(long second, int nano) {
        return LocalDateTime.ofEpochSecond(second, nano, ZoneOffset.UTC);
    }

    private static boolean isText(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }
}
