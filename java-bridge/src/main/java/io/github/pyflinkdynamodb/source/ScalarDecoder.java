package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.request.JsonCursor;
import io.github.pyflinkdynamodb.request.ScanFault;

import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Base64;

/**
 * Decodes text, numbers, bytes, booleans and times. Nothing is rounded or cut off: what a column
 * cannot hold does not fit it, but for the nearest value of a FLOAT or DOUBLE. Lengths of text and
 * binary are not looked at.
 */
final class ScalarDecoder extends ValueDecoder {
    private static final int NANOS_PER_MILLI = 1_000_000;

    /** A fact of Flink: TIME is held in milliseconds, whatever its precision. */
    private static final int MAX_TIME_PRECISION = 3;

    /** Decodes the content of one tag; anything that Java throws at it is a mismatch. */
    private interface Content {
        Object of(byte[] text) throws MismatchException;
    }

    private final Tag tag;
    private final Content content;

    /**
     * @throws IllegalArgumentException if no attribute stands for values of the type
     */
    ScalarDecoder(LogicalType type) {
        super(type);
        switch (type.getTypeRoot()) {
            case CHAR:
            case VARCHAR:
                tag = Tag.S;
                content = StringData::fromBytes;
                break;
            case BOOLEAN:
                tag = Tag.BOOL;
                content = null;
                break;
            case BINARY:
            case VARBINARY:
                tag = Tag.B;
                content = Base64.getDecoder()::decode;
                break;
            case TINYINT:
                tag = Tag.N;
                content = text -> number(text).byteValueExact();
                break;
            case SMALLINT:
                tag = Tag.N;
                content = text -> number(text).shortValueExact();
                break;
            case INTEGER:
            case INTERVAL_YEAR_MONTH:
                tag = Tag.N;
                content = text -> number(text).intValueExact();
                break;
            case BIGINT:
                tag = Tag.N;
                content = text -> number(text).longValueExact();
                break;
            case INTERVAL_DAY_TIME:
                tag = Tag.N;
                content = text -> millis(number(text).longValueExact());
                break;
            case FLOAT:
                tag = Tag.N;
                content = text -> finite(Float.parseFloat(ascii(text)));
                break;
            case DOUBLE:
                tag = Tag.N;
                content = text -> finite(Double.parseDouble(ascii(text)));
                break;
            case DECIMAL:
                tag = Tag.N;
                int precision = ((DecimalType) type).getPrecision();
                int scale = ((DecimalType) type).getScale();
                content = text -> decimal(number(text), precision, scale);
                break;
            case DATE:
                tag = Tag.S;
                content = text -> Math.toIntExact(LocalDate.parse(utf8(text)).toEpochDay());
                break;
            case TIME_WITHOUT_TIME_ZONE:
                tag = Tag.S;
                int digits = Math.min(LogicalTypeChecks.getPrecision(type), MAX_TIME_PRECISION);
                content = text -> time(LocalTime.parse(utf8(text)), digits);
                break;
            case TIMESTAMP_WITHOUT_TIME_ZONE:
                tag = Tag.S;
                int places = LogicalTypeChecks.getPrecision(type);
                content = text -> timestamp(LocalDateTime.parse(utf8(text)), places);
                break;
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                tag = Tag.S;
                int decimals = LogicalTypeChecks.getPrecision(type);
                content = text -> instant(OffsetDateTime.parse(utf8(text)), decimals);
                break;
            default:
                throw new IllegalArgumentException(
                        type.asSummaryString() + " cannot be read from DynamoDB");
        }
    }

    @Override
    Object readContent(Tag found, JsonCursor cursor) throws ScanFault, MismatchException {
        if (found != tag) {
            throw found(found);
        }
        if (tag == Tag.BOOL) {
            if (cursor.consumeTrue()) {
                return true;
            }
            if (cursor.consumeFalse()) {
                return false;
            }
            throw cursor.unexpected("true or false");
        }
        cursor.readString();
        try {
            return content.of(cursor.stringBytes());
        } catch (DateTimeException | ArithmeticException | IllegalArgumentException e) {
            throw unfit(found);
        }
    }

    private static String ascii(byte[] text) {
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private static String utf8(byte[] text) {
        return new String(text, StandardCharsets.UTF_8);
    }

    private static BigDecimal number(byte[] text) {
        return new BigDecimal(ascii(text));
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

    private static float finite(float value) {
        if (Float.isInfinite(value) || Float.isNaN(value)) {
            throw new ArithmeticException();
        }
        return value;
    }

    private static double finite(double value) {
        if (Double.isInfinite(value) || Double.isNaN(value)) {
            throw new ArithmeticException();
        }
        return value;
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
