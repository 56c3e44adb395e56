package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.encode.AttributeValueWriter;
import io.github.pyflinkdynamodb.encode.ConversionException;
import io.github.pyflinkdynamodb.request.ByteSink;

import org.apache.flink.table.expressions.ValueLiteralExpression;
import org.apache.flink.table.types.logical.LogicalType;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

import javax.annotation.Nullable;

/** The attribute value by which a column that equals a constant is found. */
final class KeyAttribute {

    private KeyAttribute() {}

    /**
     * The constant in JSON; null where there may be several values that equal it, since the same
     * one can be written in more than one way, or where the type can be no key.
     */
    @Nullable
    static String of(LogicalType column, ValueLiteralExpression constant) {
        ByteSink bytes = new ByteSink();
        AttributeValueWriter out = new AttributeValueWriter(bytes);
        try {
            switch (column.getTypeRoot()) {
                case VARCHAR:
                    out.text(constant.getValueAs(String.class).orElse(""));
                    break;
                case TINYINT:
                case SMALLINT:
                case INTEGER:
                case BIGINT:
                case DECIMAL:
                    Number number = constant.getValueAs(Number.class).orElse(Double.NaN);
                    if (number instanceof Double || number instanceof Float) {
                        return null;
                    }
                    out.number(new BigDecimal(number.toString()));
                    break;
                case VARBINARY:
                    out.binary(constant.getValueAs(byte[].class).orElse(new byte[0]));
                    break;
                default:
                    return null;
            }
        } catch (ConversionException e) {
            return null;
        }
        String json = new String(bytes.array(), 0, bytes.length(), StandardCharsets.UTF_8);
        // No key is empty; nor does an absent constant equal anything.
        return json.endsWith(":\"\"}") ? null : json;
    }
}
