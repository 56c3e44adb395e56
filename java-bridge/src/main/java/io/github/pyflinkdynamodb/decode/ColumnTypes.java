package io.github.pyflinkdynamodb.decode;

import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * The table of types of SQL. Nothing is rounded or cut off: what a column cannot hold does not fit
 * it, but for the nearest value of a FLOAT or DOUBLE. Lengths of text and binary are not looked at.
 */
final class ColumnTypes {
    private static final int NANOS_PER_MILLI = 1_000_000;

    /** A fact of Flink: TIME is held in milliseconds, whatever its precision. */
    private static final int MAX_TIME_PRECISION = 3;

    private ColumnTypes() {}

    /**
     * @throws IllegalArgumentException if a column is of a type that no attribute stands for
     */
    static RowDecoder<GenericRowData> row(RowType type) {
        List<ValueDecoder> columns = new ArrayList<>();
        for (RowType.RowField column : type.getFields()) {
            try {
                columns.add(of(column.getType()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "column '" + column.getName() + "': " + e.getMessage());
            }
        }
        return new RowDecoder<>(declared(type), type.getFieldNames(), columns, GenericRowData::of);
    }

    private static ValueDecoder of(LogicalType type) {
        switch (type.getTypeRoot()) {
            case ARRAY:
                return new ListDecoder(
                        declared(type),
                        of(((ArrayType) type).getElementType()),
                        elements -> new GenericArrayData(elements.toArray()));
            case MAP:
                MapType map = (MapType) type;
                return map(type, map.getKeyType(), of(map.getValueType()));
            case MULTISET:
                return map(
                        type, ((MultisetType) type).getElementType(), scalar(new IntType(false)));
            case ROW:
                return row((RowType) type);
            default:
                return scalar(type);
        }
    }

    private static ValueDecoder map(LogicalType type, LogicalType keyType, ValueDecoder value) {
        switch (keyType.getTypeRoot()) {
            case CHAR:
            case VARCHAR:
                return new MapDecoder(declared(type), scalar(keyType), value, GenericMapData::new);
            default:
                throw new IllegalArgumentException(
                        type.asSummaryString()
                                + " cannot be read: the keys of a map are text; declare them as"
                                + " STRING");
        }
    }

    private static ScalarDecoder scalar(LogicalType type) {
        switch (type.getTypeRoot()) {
            case CHAR:
            case VARCHAR:
                return scalar(type, Tag.S, StringData::fromBytes);
            case BOOLEAN:
                return ScalarDecoder.ofBooleans(declared(type));
            case BINARY:
            case VARBINARY:
                return scalar(type, Tag.B, Base64.getDecoder()::decode);
            case TINYINT:
                return scalar(type, Tag.N, text -> Content.number(text).byteValueExact());
            case SMALLINT:
                return scalar(type, Tag.N, text -> Content.number(text).shortValueExact());
            case INTEGER:
            case INTERVAL_YEAR_MONTH:
                return scalar(type, Tag.N, text -> Content.number(text).intValueExact());
            case BIGINT:
                return scalar(type, Tag.N, text -> Content.number(text).longValueExact());
            case INTERVAL_DAY_TIME:
                return scalar(type, Tag.N, text -> millis(Content.number(text).longValueExact()));
            case FLOAT:
                return scalar(type, Tag.N, Content::finiteFloat);
            case DOUBLE:
                return scalar(type, Tag.N, Content::finiteDouble);
            case DECIMAL:
                int precision = ((DecimalType) type).getPrecision();
                int scale = ((DecimalType) type).getScale();
                return scalar(type, Tag.N, text -> decimal(Content.number(text), precision, scale));
            case DATE:
                return scalar(
                        type,
                        Tag.S,
                        text -> Math.toIntExact(LocalDate.parse(Content.utf8(text)).toEpochDay()));
            case TIME_WITHOUT_TIME_ZONE:
                int digits = Math.min(LogicalTypeChecks.getPrecision(type), MAX_TIME_PRECISION);
                return scalar(
                        type, Tag.S, text -> time(LocalTime.parse(Content.utf8(text)), digits));
            case TIMESTAMP_WITHOUT_TIME_ZONE:
                int places = LogicalTypeChecks.getPrecision(type);
                return scalar(
                        type,
                        Tag.S,
                        text -> timestamp(LocalDateTime.parse(Content.utf8(text)), places));
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                int decimals = LogicalTypeChecks.getPrecision(type);
                return scalar(
                        type,
                        Tag.S,
                        text -> instant(OffsetDateTime.parse(Content.utf8(text)), decimals));
            default:
                throw new IllegalArgumentException(
                        type.asSummaryString() + " cannot be read from DynamoDB");
        }
    }

    private static ScalarDecoder scalar(LogicalType type, Tag tag, Content content) {
        return ScalarDecoder.of(declared(type), tag, content);
    }

    private static Declared declared(LogicalType type) {
        return Declared.column(type.asSummaryString(), type.isNullable());
    }

    private static Object decimal(BigDecimal number, int precision, int scale) {
        BigDecimal stripped = number.stripTrailingZeros();
        // Looked at first: a number of many zeros would take the memory to write them out.
        if (stripped.scale() > scale
                || stripped.precision() - (long) stripped.scale() > precision - scale) {
            throw new ArithmeticException();
        }
        return DecimalData.fromBigDecimal(stripped.setScale(scale), precision, scale);
    }

    private static long millis(long nanos) {
        if (nanos % NANOS_PER_MILLI != 0) {
            throw new ArithmeticException();
        }
        return nanos / NANOS_PER_MILLI;
    }

    private static int time(LocalTime time, int digits) {
        checkFraction(time.getNano(), digits);
        return (int) (time.toNanoOfDay() / NANOS_PER_MILLI);
    }

    private static TimestampData timestamp(LocalDateTime time, int digits) {
        checkFraction(time.getNano(), digits);
        return TimestampData.fromLocalDateTime(time);
    }

    private static TimestampData instant(OffsetDateTime time, int digits) {
        checkFraction(time.getNano(), digits);
        return TimestampData.fromInstant(time.toInstant());
    }

    private static void checkFraction(int nanos, int digits) {
        int unit = 1;
        for (int digit = digits; digit < 9; digit++) {
            unit *= 10;
        }
        if (nanos % unit != 0) {
            throw new ArithmeticException();
        }
    }
}
