package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.request.JsonQuote;

import org.apache.flink.table.expressions.ValueLiteralExpression;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

import java.time.LocalDate;
import java.util.Base64;

import javax.annotation.Nullable;

/** Writes the value of a key attribute in JSON. */
final class KeyAttribute {

    private KeyAttribute() {}

    /** Whether each value of a type is written in one way only, so that a key can be made of it. */
    static boolean isKnown(LogicalType type) {
        switch (type.getTypeRoot()) {
            case CHAR:
            case VARCHAR:
            case DATE:
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case BIGINT:
            case DECIMAL:
            case BINARY:
            case VARBINARY:
                return true;
            default:
                return false;
        }
    }

    /**
     * @param value as Flink holds it, of a type that {@link #isKnown}
     */
    static String of(LogicalType type, Object value) {
        if (type.is(LogicalTypeRoot.DATE)) {
            return "{\"S\":\"" + LocalDate.ofEpochDay((Integer) value) + "\"}";
        }
        switch (TableKey.keyType(type)) {
            case N:
                return "{\"N\":\"" + value + "\"}";
            case B:
                return "{\"B\":\"" + Base64.getEncoder().encodeToString((byte[]) value) + "\"}";
            default:
                return "{\"S\":" + JsonQuote.of(value.toString()) + "}";
        }
    }

    /**
     * The value that a column must have to equal a constant; null where there may be several, since
     * the same value can be written in more than one way, or where the type can be no key.
     */
    @Nullable
    static String ofConstant(LogicalType column, ValueLiteralExpression constant) {
        switch (column.getTypeRoot()) {
            case VARCHAR:
                return constant.getValueAs(String.class).map(text -> of(column, text)).orElse(null);
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case BIGINT:
            case DECIMAL:
                return constant.getValueAs(Number.class)
                        .filter(number -> !(number instanceof Double || number instanceof Float))
                        .map(number -> of(column, number))
                        .orElse(null);
            case VARBINARY:
                return constant.getValueAs(byte[].class)
                        .map(bytes -> of(column, bytes))
                        .orElse(null);
            default:
                return null;
        }
    }
}
