package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.encode.AttributeValueWriter;
import io.github.pyflinkdynamodb.encode.ConversionException;
import io.github.pyflinkdynamodb.encode.Iso8601;

import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DistinctType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

import java.io.Serializable;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** Writes one value of a column's type, in Flink's internal form and never null. */
interface ValueEncoder extends Serializable {

    BigDecimal NANOS_PER_MILLI = BigDecimal.valueOf(1_000_000);

    void encode(AttributeValueWriter out, Object value) throws ConversionException;

    /**
     * The encoder of a type.
     *
     * @param path where the type stands, for the message
     * @throws IllegalArgumentException if DynamoDB has nothing for it
     */
    static ValueEncoder of(LogicalType type, String path) {
        switch (type.getTypeRoot()) {
            case CHAR:
            case VARCHAR:
                return (out, value) -> out.text(value.toString());
            case BOOLEAN:
                return (out, value) -> out.bool((Boolean) value);
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case BIGINT:
            case INTERVAL_YEAR_MONTH:
                return (out, value) -> out.number(((Number) value).longValue());
            case INTERVAL_DAY_TIME:
                // Nanoseconds, as Python's timedelta; Flink counts milliseconds.
                return (out, value) ->
                        out.number(BigDecimal.valueOf((Long) value).multiply(NANOS_PER_MILLI));
            case FLOAT:
                return (out, value) -> out.number((Float) value);
            case DOUBLE:
                return (out, value) -> out.number((Double) value);
            case DECIMAL:
                return (out, value) -> out.number(((DecimalData) value).toBigDecimal());
            case BINARY:
            case VARBINARY:
                return (out, value) -> out.binary((byte[]) value);
            case DATE:
                return (out, value) -> out.text(Iso8601.of(LocalDate.ofEpochDay((Integer) value)));
            case TIME_WITHOUT_TIME_ZONE:
                return (out, value) ->
                        out.text(Iso8601.of(LocalTime.ofNanoOfDay((Integer) value * 1_000_000L)));
            case TIMESTAMP_WITHOUT_TIME_ZONE:
                return (out, value) ->
                        out.text(Iso8601.of(((TimestampData) value).toLocalDateTime()));
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return (out, value) ->
                        out.text(
                                Iso8601.of(
                                        ((TimestampData) value)
                                                .toInstant()
                                                .atOffset(ZoneOffset.UTC)));
            case ARRAY:
                return list(((ArrayType) type).getElementType(), path);
            case MAP:
                return map(((MapType) type).getKeyType(), ((MapType) type).getValueType(), path);
            case MULTISET:
                return map(((MultisetType) type).getElementType(), new IntType(false), path);
            case ROW:
            case STRUCTURED_TYPE:
                return row(type, path);
            case DISTINCT_TYPE:
                return of(((DistinctType) type).getSourceType(), path);
            case NULL:
                return (out, value) -> out.nil();
            default:
                throw new IllegalArgumentException(
                        "column "
                                + path
                                + " is "
                                + type.asSummaryString()
                                + ", for which DynamoDB has no type; cast it, to STRING or BYTES"
                                + " for instance");
        }
    }

    /**
     * The encoder of a column that is a set.
     *
     * @throws IllegalArgumentException if it is no array of text, numbers or bytes
     */
    static ValueEncoder ofSet(LogicalType type, String path) {
        LogicalType element =
                type instanceof ArrayType ? ((ArrayType) type).getElementType() : null;
        if (element != null && element.is(LogicalTypeFamily.CHARACTER_STRING)) {
            return (out, value) -> {
                List<String> texts = new ArrayList<>();
                for (Object each : members(element, (ArrayData) value)) {
                    texts.add(each.toString());
                }
                out.textSet(texts);
            };
        }
        if (element != null && element.is(LogicalTypeFamily.NUMERIC)) {
            return (out, value) -> {
                List<BigDecimal> numbers = new ArrayList<>();
                for (Object each : members(element, (ArrayData) value)) {
                    numbers.add(number(each));
                }
                out.numberSet(numbers);
            };
        }
        if (element != null && element.is(LogicalTypeFamily.BINARY_STRING)) {
            return (out, value) -> {
                List<byte[]> binaries = new ArrayList<>();
                for (Object each : members(element, (ArrayData) value)) {
                    binaries.add((byte[]) each);
                }
                out.binarySet(binaries);
            };
        }
        throw new IllegalArgumentException(
                "'sink.set-columns' names "
                        + path
                        + ", which is "
                        + type.asSummaryString()
                        + "; a set is an ARRAY of text, numbers or bytes");
    }

    private static List<Object> members(LogicalType type, ArrayData array)
            throws ConversionException {
        ArrayData.ElementGetter getter = ArrayData.createElementGetter(type);
        List<Object> members = new ArrayList<>(array.size());
        for (int index = 0; index < array.size(); index++) {
            Object member = getter.getElementOrNull(array, index);
            if (member == null) {
                throw ConversionException.invalidValue(
                                "a set cannot hold NULL; filter it out, or write a list")
                        .underIndex(index);
            }
            members.add(member);
        }
        return members;
    }

    private static BigDecimal number(Object value) throws ConversionException {
        if (value instanceof DecimalData) {
            return ((DecimalData) value).toBigDecimal();
        }
        boolean finite =
                !(value instanceof Double && !Double.isFinite((Double) value))
                        && !(value instanceof Float && !Float.isFinite((Float) value));
        if (!finite) {
            throw ConversionException.invalidValue(
                    "NaN and infinity are no DynamoDB numbers; filter them out");
        }
        return new BigDecimal(value.toString());
    }

    private static ValueEncoder list(LogicalType element, String path) {
        ArrayData.ElementGetter getter = ArrayData.createElementGetter(element);
        ValueEncoder encoder = of(element, path + "[]");
        return (out, value) -> {
            ArrayData array = (ArrayData) value;
            out.beginList();
            for (int index = 0; index < array.size(); index++) {
                try {
                    encodeNullable(out, encoder, getter.getElementOrNull(array, index));
                } catch (ConversionException e) {
                    throw e.underIndex(index);
                }
            }
            out.endList();
        };
    }

    private static ValueEncoder map(LogicalType key, LogicalType element, String path) {
        if (!key.is(LogicalTypeFamily.CHARACTER_STRING)) {
            throw new IllegalArgumentException(
                    "column "
                            + path
                            + " has "
                            + key.asSummaryString()
                            + " for keys or elements, and the names in a DynamoDB map are text;"
                            + " cast them to STRING");
        }
        ArrayData.ElementGetter keys = ArrayData.createElementGetter(key);
        ArrayData.ElementGetter values = ArrayData.createElementGetter(element);
        ValueEncoder encoder = of(element, path + "{}");
        return (out, value) -> {
            ArrayData names = ((MapData) value).keyArray();
            ArrayData members = ((MapData) value).valueArray();
            out.beginMap();
            for (int index = 0; index < names.size(); index++) {
                Object given = keys.getElementOrNull(names, index);
                if (given == null) {
                    throw ConversionException.invalidValue(
                            "a name in a map cannot be NULL; filter it out, or put a text in");
                }
                String name = given.toString();
                try {
                    out.name(name);
                    encodeNullable(out, encoder, values.getElementOrNull(members, index));
                } catch (ConversionException e) {
                    throw e.underName(name);
                }
            }
            out.endMap();
        };
    }

    private static ValueEncoder row(LogicalType type, String path) {
        List<String> names = LogicalTypeChecks.getFieldNames(type);
        List<LogicalType> types = LogicalTypeChecks.getFieldTypes(type);
        List<ValueEncoder> encoders = new ArrayList<>();
        List<RowData.FieldGetter> getters = new ArrayList<>();
        for (int index = 0; index < names.size(); index++) {
            encoders.add(of(types.get(index), path + "." + names.get(index)));
            getters.add(RowData.createFieldGetter(types.get(index), index));
        }
        ArrayList<String> fields = new ArrayList<>(names);
        return (out, value) -> {
            out.beginMap();
            for (int index = 0; index < fields.size(); index++) {
                String name = fields.get(index);
                try {
                    out.name(name);
                    Object member = getters.get(index).getFieldOrNull((RowData) value);
                    encodeNullable(out, encoders.get(index), member);
                } catch (ConversionException e) {
                    throw e.underName(name);
                }
            }
            out.endMap();
        };
    }

    private static void encodeNullable(AttributeValueWriter out, ValueEncoder encoder, Object value)
            throws ConversionException {
        if (value == null) {
            out.nil();
        } else {
            encoder.encode(out, value);
        }
    }
}
