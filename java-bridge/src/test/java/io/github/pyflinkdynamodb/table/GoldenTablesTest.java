package io.github.pyflinkdynamodb.table;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * A row of a table is written as the same row of a typed stream. Of the cases of tests/golden those
 * whose types and values SQL has too; it has no tuples, no decimals of a negative scale and no time
 * of day finer than a millisecond.
 */
class GoldenTablesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "scalars",
                "binary floating point",
                "nulls written",
                "nulls left out, but not in what is nested",
            })
    void aRowOfATableIsEncodedAsOneOfATypedStream(String name) throws Exception {
        JsonNode golden = golden(name);
        RowDataEncoder encoder =
                new RowDataEncoder(
                        (RowType) type(golden.get("type")).getLogicalType(),
                        List.of(),
                        Set.of(),
                        golden.path("ignore_nulls").asBoolean());
        GenericRowData row = (GenericRowData) value(golden.get("type"), golden.get("value"));
        row.setRowKind(RowKind.INSERT);

        assertThat(JSON.readTree(encoder.map(row))).isEqualTo(golden.get("wire"));
    }

    private static JsonNode golden(String name) throws Exception {
        for (JsonNode golden : JSON.readTree(new File("../tests/golden/rows.json"))) {
            if (golden.get("case").asText().equals(name)) {
                return golden;
            }
        }
        throw new AssertionError("no case " + name);
    }

    private static DataType type(JsonNode declared) {
        if (declared.isTextual()) {
            switch (declared.asText()) {
                case "STRING":
                    return DataTypes.STRING();
                case "BOOLEAN":
                    return DataTypes.BOOLEAN();
                case "BYTE":
                    return DataTypes.TINYINT();
                case "SHORT":
                    return DataTypes.SMALLINT();
                case "INT":
                    return DataTypes.INT();
                case "LONG":
                    return DataTypes.BIGINT();
                case "FLOAT":
                    return DataTypes.FLOAT();
                case "DOUBLE":
                    return DataTypes.DOUBLE();
                default:
                    throw new AssertionError(declared);
            }
        }
        List<DataTypes.Field> fields = new ArrayList<>();
        declared.get("ROW")
                .fields()
                .forEachRemaining(
                        field ->
                                fields.add(
                                        DataTypes.FIELD(field.getKey(), type(field.getValue()))));
        return DataTypes.ROW(fields.toArray(new DataTypes.Field[0]));
    }

    private static Object value(JsonNode declared, JsonNode value) {
        if (value.isNull()) {
            return null;
        }
        String text = value.asText();
        switch (declared.asText()) {
            case "STRING":
                return StringData.fromString(text);
            case "BOOLEAN":
                return Boolean.valueOf(text);
            case "BYTE":
                return Byte.valueOf(text);
            case "SHORT":
                return Short.valueOf(text);
            case "INT":
                return Integer.valueOf(text);
            case "LONG":
                return Long.valueOf(text);
            case "FLOAT":
                return Float.valueOf(text);
            case "DOUBLE":
                return Double.valueOf(text);
            default:
                GenericRowData row = new GenericRowData(value.size());
                Iterator<JsonNode> types = declared.get("ROW").elements();
                for (int index = 0; index < value.size(); index++) {
                    row.setField(index, value(types.next(), value.get(index)));
                }
                return row;
        }
    }
}
