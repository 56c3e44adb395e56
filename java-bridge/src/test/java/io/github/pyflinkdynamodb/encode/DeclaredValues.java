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
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.types.Row;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.sql.Date;
import java.sql.Time;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Flink types and values from their description in JSON: a name, or a constructor of names. */
public final class DeclaredValues {
    private static final Map<String, TypeInformation<?>> TYPES = new LinkedHashMap<>();
    private static final Map<String, Function<String, Object>> READERS = new LinkedHashMap<>();

    static {
        add("STRING", BasicTypeInfo.STRING_TYPE_INFO, text -> text);
        add("BOOLEAN", BasicTypeInfo.BOOLEAN_TYPE_INFO, Boolean::valueOf);
        add("BYTE", BasicTypeInfo.BYTE_TYPE_INFO, Byte::valueOf);
        add("SHORT", BasicTypeInfo.SHORT_TYPE_INFO, Short::valueOf);
        add("INT", BasicTypeInfo.INT_TYPE_INFO, Integer::valueOf);
        add("LONG", BasicTypeInfo.LONG_TYPE_INFO, Long::valueOf);
        add("FLOAT", BasicTypeInfo.FLOAT_TYPE_INFO, Float::valueOf);
        add("DOUBLE", BasicTypeInfo.DOUBLE_TYPE_INFO, Double::valueOf);
        add("BIG_DEC", BasicTypeInfo.BIG_DEC_TYPE_INFO, BigDecimal::new);
        add("BIG_INT", BasicTypeInfo.BIG_INT_TYPE_INFO, null);
        add("INSTANT", BasicTypeInfo.INSTANT_TYPE_INFO, DeclaredValues::instant);
        add("SQL_DATE", SqlTimeTypeInfo.DATE, Date::valueOf);
        add("SQL_TIME", SqlTimeTypeInfo.TIME, DeclaredValues::sqlTime);
        add(
                "SQL_TIMESTAMP",
                SqlTimeTypeInfo.TIMESTAMP,
                text -> Timestamp.valueOf(LocalDateTime.parse(text)));
        add("LOCAL_DATE", LocalTimeTypeInfo.LOCAL_DATE, LocalDate::parse);
        add("LOCAL_TIME", LocalTimeTypeInfo.LOCAL_TIME, LocalTime::parse);
        add("LOCAL_DATE_TIME", LocalTimeTypeInfo.LOCAL_DATE_TIME, LocalDateTime::parse);
    }

    private DeclaredValues() {}

    /** Seconds and nanoseconds, of which PyFlink's Instant consists. */
    private static Instant instant(String text) {
        String[] parts = text.split("\\|");
        return Instant.ofEpochSecond(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
    }

    public static TypeInformation<?> type(JsonNode declared) {
        if (declared.isTextual()) {
            return TYPES.get(declared.asText());
        }
        String kind = declared.fieldNames().next();
        JsonNode of = declared.get(kind);
        switch (kind) {
            case "ROW":
                List<String> names = new ArrayList<>();
                of.fieldNames().forEachRemaining(names::add);
                return new RowTypeInfo(types(of), names.toArray(new String[0]));
            case "TUPLE":
                return new TupleTypeInfo<>(types(of));
            case "LIST":
                return new ListTypeInfo<>(type(of));
            case "MAP":
                return new MapTypeInfo<>(BasicTypeInfo.STRING_TYPE_INFO, type(of));
            case "OBJECT_ARRAY":
                return ObjectArrayTypeInfo.getInfoFor(type(of));
            case "BASIC_ARRAY":
                return BasicArrayTypeInfo.getInfoFor(arrayClass(type(of).getTypeClass()));
            case "PRIMITIVE_ARRAY":
                return PrimitiveArrayTypeInfo.getInfoFor(arrayClass(primitive(type(of))));
            default:
                throw new IllegalArgumentException(kind);
        }
    }

    public static Object value(JsonNode declared, JsonNode value) {
        if (value.isNull()) {
            return null;
        }
        if (declared.isTextual()) {
            return READERS.get(declared.asText()).apply(value.asText());
        }
        String kind = declared.fieldNames().next();
        JsonNode of = declared.get(kind);
        switch (kind) {
            case "ROW":
                Object[] fields = new Object[value.size()];
                Iterator<JsonNode> fieldTypes = of.elements();
                for (int index = 0; index < fields.length; index++) {
                    fields[index] = value(fieldTypes.next(), value.get(index));
                }
                return Row.of(fields);
            case "TUPLE":
                Tuple tuple = Tuple.newInstance(value.size());
                for (int index = 0; index < value.size(); index++) {
                    tuple.setField(value(of.get(index), value.get(index)), index);
                }
                return tuple;
            case "LIST":
                List<Object> list = new ArrayList<>();
                value.forEach(each -> list.add(value(of, each)));
                return list;
            case "MAP":
                Map<String, Object> map = new LinkedHashMap<>();
                value.fields()
                        .forEachRemaining(
                                each -> map.put(each.getKey(), value(of, each.getValue())));
                return map;
            default:
                Class<?> component =
                        kind.equals("PRIMITIVE_ARRAY")
                                ? primitive(type(of))
                                : type(of).getTypeClass();
                Object array = Array.newInstance(component, value.size());
                for (int index = 0; index < value.size(); index++) {
                    Array.set(array, index, value(of, value.get(index)));
                }
                return array;
        }
    }

    private static void add(String name, TypeInformation<?> type, Function<String, Object> reader) {
        TYPES.put(name, type);
        READERS.put(name, reader);
    }

    private static Object sqlTime(String text) {
        Instant instant =
                LocalTime.parse(text)
                        .atDate(LocalDate.EPOCH)
                        .atZone(ZoneId.systemDefault())
                        .toInstant();
        return new Time(instant.toEpochMilli());
    }

    private static TypeInformation<?>[] types(JsonNode declared) {
        List<TypeInformation<?>> types = new ArrayList<>();
        for (JsonNode each : declared) {
            types.add(type(each));
        }
        return types.toArray(new TypeInformation<?>[0]);
    }

    private static Class<?> primitive(TypeInformation<?> type) {
        return java.lang.invoke.MethodType.methodType(type.getTypeClass()).unwrap().returnType();
    }

    private static <T> Class<T> arrayClass(Class<?> component) {
        @SuppressWarnings("unchecked")
        Class<T> found = (Class<T>) Array.newInstance(component, 0).getClass();
        return found;
    }
}
