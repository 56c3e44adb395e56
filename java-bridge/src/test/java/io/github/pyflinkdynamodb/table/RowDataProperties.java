package io.github.pyflinkdynamodb.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.decode.RowDataDecoder;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a table writes it reads back equal: any row of all types, nulls anywhere. */
class RowDataProperties {
    private static final String ITEM = "{\"PutRequest\":{\"Item\":";
    private static final Map<DataType, Arbitrary<?>> SCALARS = new LinkedHashMap<>();
    private static final Arbitrary<StringData> TEXT =
            Arbitraries.strings()
                    .all()
                    .ofMaxLength(8)
                    .filter(RowDataProperties::isUnicode)
                    .map(StringData::fromString);

    static {
        SCALARS.put(DataTypes.STRING(), TEXT);
        SCALARS.put(DataTypes.BOOLEAN(), Arbitraries.of(true, false));
        SCALARS.put(DataTypes.TINYINT(), Arbitraries.bytes());
        SCALARS.put(DataTypes.SMALLINT(), Arbitraries.shorts());
        SCALARS.put(DataTypes.INT(), Arbitraries.integers());
        SCALARS.put(DataTypes.BIGINT(), Arbitraries.longs());
        SCALARS.put(DataTypes.FLOAT(), Arbitraries.floats());
        SCALARS.put(DataTypes.DOUBLE(), Arbitraries.doubles().between(-1e100, 1e100));
        SCALARS.put(
                DataTypes.DECIMAL(38, 10),
                Arbitraries.bigIntegers()
                        .between(
                                BigInteger.TEN.pow(38).negate().add(BigInteger.ONE),
                                BigInteger.TEN.pow(38).subtract(BigInteger.ONE))
                        .map(each -> DecimalData.fromBigDecimal(new BigDecimal(each, 10), 38, 10)));
        SCALARS.put(DataTypes.BYTES(), Arbitraries.bytes().array(byte[].class).ofMaxSize(8));
        SCALARS.put(DataTypes.DATE(), Arbitraries.integers().between(-700_000, 2_000_000));
        SCALARS.put(DataTypes.TIME(3), Arbitraries.integers().between(0, 86_399_999));
        SCALARS.put(DataTypes.TIMESTAMP(9), instants().map(RowDataProperties::local));
        SCALARS.put(DataTypes.TIMESTAMP_LTZ(9), instants().map(TimestampData::fromInstant));
        SCALARS.put(
                DataTypes.INTERVAL(DataTypes.DAY(), DataTypes.SECOND(3)),
                Arbitraries.longs().between(-9_000_000_000_000L, 9_000_000_000_000L));
        SCALARS.put(
                DataTypes.INTERVAL(DataTypes.YEAR(), DataTypes.MONTH()), Arbitraries.integers());
    }

    private static final RowType INNER = row(new ArrayList<>(SCALARS.keySet()));
    private static final RowType OUTER =
            row(
                    List.of(
                            DataTypes.of(INNER),
                            DataTypes.ARRAY(DataTypes.ARRAY(DataTypes.of(INNER))),
                            DataTypes.MAP(DataTypes.STRING(), DataTypes.of(INNER)),
                            DataTypes.MULTISET(DataTypes.STRING()),
                            DataTypes.ARRAY(DataTypes.BIGINT())));

    @Property(tries = 200)
    void rowComesBackAsItWasWritten(@ForAll("rows") GenericRowData row, @ForAll boolean ignoreNulls)
            throws Exception {
        RowDataEncoder encoder = new RowDataEncoder(OUTER, List.of(), Set.of(), ignoreNulls);

        assertThat(read(encoder.map(row))).isEqualTo(row);
    }

    @Property(tries = 50)
    void setComesBackAsAnArrayOfItsMembers(@ForAll("sets") Set<Long> members) throws Exception {
        RowDataEncoder encoder = new RowDataEncoder(OUTER, List.of(), Set.of("c4"), true);
        GenericRowData row = new GenericRowData(5);
        row.setField(4, new GenericArrayData(members.toArray()));

        GenericRowData found = read(encoder.map(row));

        Object[] read = ((GenericArrayData) found.getArray(4)).toObjectArray();
        assertThat(new HashSet<>(List.of(read))).isEqualTo(members);
    }

    @Provide
    static Arbitrary<GenericRowData> rows() {
        Arbitrary<GenericRowData> inner = inner();
        Arbitrary<GenericArrayData> list =
                inner.injectNull(0.2).list().ofMaxSize(2).map(RowDataProperties::array);
        return Combinators.combine(
                        inner.injectNull(0.1),
                        list.injectNull(0.2).list().ofMaxSize(2).map(RowDataProperties::array),
                        Arbitraries.maps(TEXT, inner.injectNull(0.2))
                                .ofMaxSize(2)
                                .map(GenericMapData::new),
                        Arbitraries.maps(TEXT, Arbitraries.integers())
                                .ofMaxSize(2)
                                .map(GenericMapData::new)
                                .injectNull(0.2),
                        Arbitraries.longs().injectNull(0.2).list().map(RowDataProperties::array))
                .as((a, b, c, d, e) -> GenericRowData.of(a, b, c, d, e));
    }

    @Provide
    static Arbitrary<Set<Long>> sets() {
        return Arbitraries.longs().set().ofMinSize(1);
    }

    private static Arbitrary<GenericRowData> inner() {
        List<Arbitrary<Object>> fields = new ArrayList<>();
        SCALARS.values()
                .forEach(each -> fields.add(each.map(value -> (Object) value).injectNull(0.1)));
        return Combinators.combine(fields).as(each -> GenericRowData.of(each.toArray()));
    }

    private static GenericArrayData array(List<?> elements) {
        return new GenericArrayData(elements.toArray());
    }

    private static Arbitrary<Instant> instants() {
        return Combinators.combine(
                        Arbitraries.longs().between(-62_000_000_000L, 250_000_000_000L),
                        Arbitraries.integers().between(0, 999_999_999))
                .as(Instant::ofEpochSecond);
    }

    private static TimestampData local(Instant instant) {
        return TimestampData.fromLocalDateTime(LocalDateTime.ofInstant(instant, ZoneOffset.UTC));
    }

    private static boolean isUnicode(String text) {
        return text.codePoints()
                .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private static RowType row(List<DataType> types) {
        List<DataTypes.Field> fields = new ArrayList<>();
        for (int index = 0; index < types.size(); index++) {
            fields.add(DataTypes.FIELD("c" + index, types.get(index)));
        }
        return (RowType) DataTypes.ROW(fields).getLogicalType();
    }

    private static GenericRowData read(byte[] request) throws Exception {
        return (GenericRowData) new RowDataDecoder(OUTER, "orders").decode(request, ITEM.length());
    }
}
