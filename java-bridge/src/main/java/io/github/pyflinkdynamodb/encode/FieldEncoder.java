package io.github.pyflinkdynamodb.encode;

import org.apache.flink.api.common.typeinfo.BasicArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.LocalTimeTypeInfo;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.SqlTimeTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.api.java.typeutils.ListTypeInfo;
import org.apache.flink.api.java.typeutils.MapTypeInfo;
import org.apache.flink.api.java.typeutils.ObjectArrayTypeInfo;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.annotation.Nullable;

/**
 * Writes a value of one declared type that is not null. The table of types: a new type is a new
 * line here.
 */
interface FieldEncoder {

    void encode(AttributeValueWriter out, Object value) throws ConversionException;

    LocalDate FIRST_GREGORIAN_DAY = LocalDate.of(1582, 10, 15);

    /** By the class of the type's values, where one rule is right for all of them. */
    Map<TypeInformation<?>, FieldEncoder> SCALARS = scalars();

    private static Map<TypeInformation<?>, FieldEncoder> scalars() {
        Map<TypeInformation<?>, FieldEncoder> rules = new HashMap<>();
        FieldEncoder whole = (out, value) -> out.number(((Number) value).longValue());
        FieldEncoder time = (out, value) -> out.text(iso8601(value));
        rules.put(BasicTypeInfo.STRING_TYPE_INFO, (out, value) -> out.text((String) value));
        rules.put(BasicTypeInfo.CHAR_TYPE_INFO, (out, value) -> out.text(value.toString()));
        rules.put(BasicTypeInfo.BOOLEAN_TYPE_INFO, (out, value) -> out.bool((Boolean) value));
        rules.put(BasicTypeInfo.BYTE_TYPE_INFO, whole);
        rules.put(BasicTypeInfo.SHORT_TYPE_INFO, whole);
        rules.put(BasicTypeInfo.INT_TYPE_INFO, whole);
        rules.put(BasicTypeInfo.LONG_TYPE_INFO, whole);
        rules.put(BasicTypeInfo.FLOAT_TYPE_INFO, (out, value) -> out.number((Float) value));
        rules.put(BasicTypeInfo.DOUBLE_TYPE_INFO, (out, value) -> out.number((Double) value));
        rules.put(BasicTypeInfo.BIG_DEC_TYPE_INFO, (out, value) -> out.number((BigDecimal) value));
        rules.put(BasicTypeInfo.INSTANT_TYPE_INFO, time);
        rules.put(SqlTimeTypeInfo.DATE, time);
        rules.put(SqlTimeTypeInfo.TIME, time);
        rules.put(SqlTimeTypeInfo.TIMESTAMP, time);
        rules.put(LocalTimeTypeInfo.LOCAL_DATE, time);
        rules.put(LocalTimeTypeInfo.LOCAL_TIME, time);
        rules.put(LocalTimeTypeInfo.LOCAL_DATE_TIME, time);
        rules.put(
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
                (out, value) -> out.binary((byte[]) value));
        return rules;
    }

    /**
     * The encoder of a type.
     *
     * @throws ConversionException if DynamoDB has nothing for it, leading to where it stands
     */
    static FieldEncoder of(TypeInformation<?> type) throws ConversionException {
        FieldEncoder scalar = SCALARS.get(type);
        if (scalar != null) {
            return scalar;
        }
        if (type instanceof RowTypeInfo) {
            return RowFields.of((RowTypeInfo) type);
        }
        if (type instanceof TupleTypeInfo) {
            return tuple((TupleTypeInfo<?>) type);
        }
        if (type instanceof MapTypeInfo) {
            return map((MapTypeInfo<?, ?>) type);
        }
        TypeInformation<?> member = memberType(type);
        if (member != null) {
            return list(type, member);
        }
        if (type.equals(BasicTypeInfo.BIG_INT_TYPE_INFO)) {
            throw ConversionException.unsupportedType(
                    "Types.BIG_INT does not come through PyFlink whole (Python and Java write it"
                            + " differently); declare Types.BIG_DEC or Types.STRING");
        }
        throw ConversionException.unsupportedType(
                "no DynamoDB type for "
                        + type
                        + "; map it to a type that has one, or declare no output_type and give the"
                        + " sink an element converter");
    }

    /** What a list or array consists of; null for every other type. */
    @Nullable
    static TypeInformation<?> memberType(TypeInformation<?> type) {
        if (type instanceof ListTypeInfo) {
            return ((ListTypeInfo<?>) type).getElementTypeInfo();
        }
        if (type instanceof ObjectArrayTypeInfo) {
            return ((ObjectArrayTypeInfo<?, ?>) type).getComponentInfo();
        }
        if (type instanceof BasicArrayTypeInfo) {
            return ((BasicArrayTypeInfo<?, ?>) type).getComponentInfo();
        }
        return type instanceof PrimitiveArrayTypeInfo
                ? ((PrimitiveArrayTypeInfo<?>) type).getComponentType()
                : null;
    }

    static void encodeNullable(AttributeValueWriter out, FieldEncoder encoder, Object value)
            throws ConversionException {
        if (value == null) {
            out.nil();
            return;
        }
        try {
            encoder.encode(out, value);
        } catch (ClassCastException e) {
            throw ConversionException.unsupportedType(
                    "the declared type cannot hold the value, a "
                            + value.getClass().getName()
                            + "; declare the type that the values have");
        }
    }

    private static FieldEncoder list(TypeInformation<?> type, TypeInformation<?> memberType)
            throws ConversionException {
        FieldEncoder member = of(memberType);
        if (!(type instanceof ListTypeInfo)) {
            return (out, array) -> {
                out.beginList();
                int length = Array.getLength(array);
                for (int index = 0; index < length; index++) {
                    encodeMember(out, member, Array.get(array, index), index);
                }
                out.endList();
            };
        }
        if (memberType.equals(BasicTypeInfo.BYTE_TYPE_INFO)) {
            // PyFlink gives a list of bytes to Python as bytes.
            return (out, list) -> out.binary(bytes((List<?>) list));
        }
        return (out, list) -> {
            out.beginList();
            int index = 0;
            for (Object each : (List<?>) list) {
                encodeMember(out, member, each, index++);
            }
            out.endList();
        };
    }

    private static FieldEncoder tuple(TupleTypeInfo<?> type) throws ConversionException {
        FieldEncoder[] members = new FieldEncoder[type.getArity()];
        for (int index = 0; index < members.length; index++) {
            try {
                members[index] = of(type.getTypeAt(index));
            } catch (ConversionException e) {
                throw e.underIndex(index);
            }
        }
        return (out, tuple) -> {
            out.beginList();
            for (int index = 0; index < members.length; index++) {
                encodeMember(out, members[index], ((Tuple) tuple).getField(index), index);
            }
            out.endList();
        };
    }

    private static FieldEncoder map(MapTypeInfo<?, ?> type) throws ConversionException {
        if (!type.getKeyTypeInfo().equals(BasicTypeInfo.STRING_TYPE_INFO)) {
            throw ConversionException.unsupportedType(
                    "a map whose keys are no strings; attribute names are, so declare"
                            + " Types.MAP(Types.STRING(), ...)");
        }
        FieldEncoder member = of(type.getValueTypeInfo());
        return (out, map) -> {
            out.beginMap();
            for (Map.Entry<?, ?> each : ((Map<?, ?>) map).entrySet()) {
                String name = (String) each.getKey();
                if (name == null) {
                    throw ConversionException.unsupportedType(
                            "an attribute name is a str, not NoneType; convert the dict's keys");
                }
                try {
                    out.name(name);
                    encodeNullable(out, member, each.getValue());
                } catch (ConversionException e) {
                    throw e.underName(name);
                }
            }
            out.endMap();
        };
    }

    private static void encodeMember(
            AttributeValueWriter out, FieldEncoder encoder, Object value, int index)
            throws ConversionException {
        try {
            encodeNullable(out, encoder, value);
        } catch (ConversionException e) {
            throw e.underIndex(index);
        }
    }

    private static byte[] bytes(List<?> list) {
        byte[] bytes = new byte[list.size()];
        int index = 0;
        for (Object each : list) {
            bytes[index++] = (Byte) each;
        }
        return bytes;
    }

    /** The wall clock's time, as PyFlink shows it to Python; a table's rows hold java.time. */
    private static String iso8601(Object value) throws ConversionException {
        if (value instanceof LocalTime) {
            return Iso8601.of((LocalTime) value);
        }
        if (value instanceof LocalDateTime) {
            return Iso8601.of((LocalDateTime) value);
        }
        if (value instanceof Instant) {
            return Iso8601.of(((Instant) value).atOffset(ZoneOffset.UTC));
        }
        if (value instanceof java.sql.Date) {
            return Iso8601.of(gregorian((java.sql.Date) value));
        }
        if (value instanceof Time) {
            // Time.toLocalTime() drops the milliseconds.
            Instant instant = Instant.ofEpochMilli(((Time) value).getTime());
            return Iso8601.of(instant.atZone(ZoneId.systemDefault()).toLocalTime());
        }
        return value instanceof Timestamp
                ? Iso8601.of(((Timestamp) value).toLocalDateTime())
                : Iso8601.of((LocalDate) value);
    }

    /**
     * The day of a SQL date. Before the Gregorian calendar, PyFlink makes such dates in two ways:
     * of the days since 1970 in process mode, and by the class's own Julian calendar in thread
     * mode. What the value does not tell cannot be undone.
     */
    private static LocalDate gregorian(java.sql.Date date) throws ConversionException {
        LocalDate day = date.toLocalDate();
        if (day.isBefore(FIRST_GREGORIAN_DAY)) {
            throw ConversionException.invalidValue(
                    "a SQL date before "
                            + FIRST_GREGORIAN_DAY
                            + ", which is another day in Java's Julian calendar; declare it as"
                            + " LOCAL_DATE or as Types.STRING()");
        }
        return day;
    }
}
