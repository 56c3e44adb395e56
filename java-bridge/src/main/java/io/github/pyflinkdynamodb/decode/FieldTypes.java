package io.github.pyflinkdynamodb.decode;

import org.apache.flink.api.common.serialization.SerializerConfigImpl;
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
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.types.Row;

import java.io.IOException;
import java.lang.reflect.Array;
import java.sql.Date;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The table of types of a row's fields, as a stream's type declares them: the other way round what
 * package encode writes. Values are of the classes that the types' serializers take. Nothing is
 * rounded or cut off, but for the nearest value of a FLOAT or DOUBLE.
 */
final class FieldTypes {
    private static final int NANOS_PER_MILLI = 1_000_000;

    /** Before it, PyFlink makes two different days of a SQL date; see the encoder. */
    private static final LocalDate FIRST_GREGORIAN_DAY = LocalDate.of(1582, 10, 15);

    private static final Map<TypeInformation<?>, Content> NUMBERS =
            Map.of(
                    BasicTypeInfo.BYTE_TYPE_INFO, text -> Content.number(text).byteValueExact(),
                    BasicTypeInfo.SHORT_TYPE_INFO, text -> Content.number(text).shortValueExact(),
                    BasicTypeInfo.INT_TYPE_INFO, text -> Content.number(text).intValueExact(),
                    BasicTypeInfo.LONG_TYPE_INFO, text -> Content.number(text).longValueExact(),
                    BasicTypeInfo.FLOAT_TYPE_INFO, Content::finiteFloat,
                    BasicTypeInfo.DOUBLE_TYPE_INFO, Content::finiteDouble,
                    BasicTypeInfo.BIG_DEC_TYPE_INFO, Content::number);

    private static final Map<TypeInformation<?>, Content> TEXTS = texts();

    private static Map<TypeInformation<?>, Content> texts() {
        Map<TypeInformation<?>, Content> texts = new HashMap<>();
        texts.put(BasicTypeInfo.STRING_TYPE_INFO, Content::utf8);
        texts.put(BasicTypeInfo.CHAR_TYPE_INFO, text -> character(Content.utf8(text)));
        texts.put(
                BasicTypeInfo.INSTANT_TYPE_INFO,
                text -> OffsetDateTime.parse(Content.utf8(text)).toInstant());
        texts.put(SqlTimeTypeInfo.DATE, text -> sqlDate(LocalDate.parse(Content.utf8(text))));
        texts.put(SqlTimeTypeInfo.TIME, text -> sqlTime(LocalTime.parse(Content.utf8(text))));
        texts.put(
                SqlTimeTypeInfo.TIMESTAMP,
                text -> sqlTimestamp(LocalDateTime.parse(Content.utf8(text))));
        texts.put(LocalTimeTypeInfo.LOCAL_DATE, text -> LocalDate.parse(Content.utf8(text)));
        texts.put(LocalTimeTypeInfo.LOCAL_TIME, text -> LocalTime.parse(Content.utf8(text)));
        texts.put(
                LocalTimeTypeInfo.LOCAL_DATE_TIME, text -> LocalDateTime.parse(Content.utf8(text)));
        return texts;
    }

    private FieldTypes() {}

    /**
     * @throws IllegalArgumentException if the row has no names, or a field is of a type that no
     *     attribute stands for
     */
    static RowDecoder<Row> row(RowTypeInfo type) {
        return row(type, "", true);
    }

    /**
     * @param path of the type, for messages: "" or such as "lines[].price"
     */
    private static ValueDecoder of(TypeInformation<?> type, String path, boolean nullable) {
        Declared declared = Declared.field(type.toString(), nullable);
        if (NUMBERS.containsKey(type)) {
            return ScalarDecoder.of(declared, Tag.N, NUMBERS.get(type));
        }
        if (TEXTS.containsKey(type)) {
            return ScalarDecoder.of(declared, Tag.S, TEXTS.get(type));
        }
        if (type.equals(BasicTypeInfo.BOOLEAN_TYPE_INFO)) {
            return ScalarDecoder.ofBooleans(declared);
        }
        if (type.equals(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)) {
            return ScalarDecoder.of(declared, Tag.B, Base64.getDecoder()::decode);
        }
        if (type instanceof RowTypeInfo) {
            return row((RowTypeInfo) type, path, nullable);
        }
        if (type instanceof TupleTypeInfo) {
            return tuple((TupleTypeInfo<?>) type, path, declared);
        }
        if (type instanceof ListTypeInfo) {
            return list((ListTypeInfo<?>) type, path, declared);
        }
        if (type instanceof MapTypeInfo) {
            return map((MapTypeInfo<?, ?>) type, path, declared);
        }
        if (type instanceof ObjectArrayTypeInfo
                || type instanceof BasicArrayTypeInfo
                || type instanceof PrimitiveArrayTypeInfo) {
            return array(type, path, declared);
        }
        throw new IllegalArgumentException(
                place(path)
                        + type
                        + " cannot be read from DynamoDB; declare a type that docs/types.md has"
                        + (type.equals(BasicTypeInfo.BIG_INT_TYPE_INFO)
                                ? ", here Types.BIG_DEC or Types.STRING"
                                : ""));
    }

    private static RowDecoder<Row> row(RowTypeInfo type, String path, boolean nullable) {
        String[] names = type.getFieldNames();
        boolean named = false;
        for (int index = 0; index < names.length; index++) {
            named |= !names[index].equals("f" + index);
        }
        if (!named) {
            throw new IllegalArgumentException(
                    place(path)
                            + "a row type without field names; declare it with Types.ROW_NAMED");
        }
        List<ValueDecoder> fields = new ArrayList<>();
        for (int index = 0; index < names.length; index++) {
            String step = path.isEmpty() ? names[index] : path + "." + names[index];
            fields.add(of(type.getTypeAt(index), step, true));
        }
        return new RowDecoder<>(
                Declared.field(type.toString(), nullable), Arrays.asList(names), fields, Row::of);
    }

    private static ValueDecoder tuple(TupleTypeInfo<?> type, String path, Declared declared) {
        List<ValueDecoder> members = new ArrayList<>();
        for (int index = 0; index < type.getArity(); index++) {
            // A tuple's serializer takes no null.
            members.add(of(type.getTypeAt(index), path + "[" + index + "]", false));
        }
        return new TupleDecoder(
                declared,
                members,
                values -> {
                    Tuple tuple = Tuple.newInstance(values.length);
                    for (int index = 0; index < values.length; index++) {
                        tuple.setField(values[index], index);
                    }
                    return tuple;
                });
    }

    private static ValueDecoder list(ListTypeInfo<?> type, String path, Declared declared) {
        TypeInformation<?> member = type.getElementTypeInfo();
        if (member.equals(BasicTypeInfo.BYTE_TYPE_INFO)) {
            // PyFlink gives a list of bytes to Python as bytes, and so it is written.
            return ScalarDecoder.of(
                    declared, Tag.B, text -> bytes(Base64.getDecoder().decode(text)));
        }
        return new ListDecoder(declared, of(member, path + "[]", takesNull(member)), list -> list);
    }

    private static ValueDecoder map(MapTypeInfo<?, ?> type, String path, Declared declared) {
        if (!type.getKeyTypeInfo().equals(BasicTypeInfo.STRING_TYPE_INFO)) {
            throw new IllegalArgumentException(
                    place(path)
                            + "a map whose keys are no strings; attribute names are, so declare"
                            + " Types.MAP(Types.STRING(), ...)");
        }
        return new MapDecoder(
                declared,
                ScalarDecoder.of(declared, Tag.S, Content::utf8),
                of(type.getValueTypeInfo(), path + "[...]", true),
                map -> map);
    }

    private static ValueDecoder array(TypeInformation<?> type, String path, Declared declared) {
        TypeInformation<?> member;
        if (type instanceof ObjectArrayTypeInfo) {
            member = ((ObjectArrayTypeInfo<?, ?>) type).getComponentInfo();
        } else if (type instanceof BasicArrayTypeInfo) {
            member = ((BasicArrayTypeInfo<?, ?>) type).getComponentInfo();
        } else {
            member = ((PrimitiveArrayTypeInfo<?>) type).getComponentType();
        }
        Class<?> component = type.getTypeClass().getComponentType();
        return new ListDecoder(
                declared,
                of(member, path + "[]", !component.isPrimitive()),
                list -> {
                    Object array = Array.newInstance(component, list.size());
                    for (int index = 0; index < list.size(); index++) {
                        Array.set(array, index, list.get(index));
                    }
                    return array;
                });
    }

    /** The serializer of a list writes no marks for nulls; some of its members' do. */
    private static <T> boolean takesNull(TypeInformation<T> member) {
        try {
            member.createSerializer(new SerializerConfigImpl())
                    .serialize(null, new DataOutputSerializer(64));
            return true;
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    private static List<Byte> bytes(byte[] content) {
        List<Byte> list = new ArrayList<>(content.length);
        for (byte each : content) {
            list.add(each);
        }
        return list;
    }

    private static Character character(String text) {
        if (text.length() != 1) {
            throw new IllegalArgumentException();
        }
        return text.charAt(0);
    }

    private static Date sqlDate(LocalDate day) {
        if (day.isBefore(FIRST_GREGORIAN_DAY)) {
            throw new IllegalArgumentException();
        }
        return Date.valueOf(day);
    }

    /** The wall clock's time, as the encoder takes it. */
    private static Time sqlTime(LocalTime time) {
        if (time.getNano() % NANOS_PER_MILLI != 0) {
            throw new ArithmeticException();
        }
        Instant instant = time.atDate(LocalDate.EPOCH).atZone(ZoneId.systemDefault()).toInstant();
        return new Time(instant.toEpochMilli());
    }

    private static Timestamp sqlTimestamp(LocalDateTime time) {
        Timestamp timestamp = Timestamp.valueOf(time);
        if (!timestamp.toLocalDateTime().equals(time)) {
            // A wall clock that is put forward never shows it.
            throw new ArithmeticException();
        }
        return timestamp;
    }

    private static String place(String path) {
        return path.isEmpty() ? "" : "field '" + path + "': ";
    }
}
