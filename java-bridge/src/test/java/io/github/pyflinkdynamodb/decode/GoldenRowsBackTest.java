package io.github.pyflinkdynamodb.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.encode.DeclaredValues;

import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.types.Row;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.File;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The cases of tests/golden the other way round: what a row was written as is that row again. */
class GoldenRowsBackTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** All that are one item: some are refused, some are lists of rows. */
    static List<Arguments> cases() throws IOException {
        List<Arguments> cases = new ArrayList<>();
        for (JsonNode golden : JSON.readTree(new File("../tests/golden/rows.json"))) {
            JsonNode wire = golden.get("wire");
            JsonNode item =
                    wire.at("/PutRequest/Item").isMissingNode()
                            ? wire.at("/DeleteRequest/Key")
                            : wire.at("/PutRequest/Item");
            if (!item.isMissingNode() && golden.get("type").has("ROW")) {
                cases.add(Arguments.of(golden.get("case").asText(), golden, item));
            }
        }
        assertThat(cases).hasSizeGreaterThan(10);
        return cases;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void anItemIsTheRowThatItWasWrittenFrom(String name, JsonNode golden, JsonNode item)
            throws Exception {
        RowTypeInfo type = (RowTypeInfo) DeclaredValues.type(golden.get("type"));
        byte[] json = item.toString().getBytes(StandardCharsets.UTF_8);

        Row row = ItemDecoder.of(type).decode(json, 0);

        Object expected = DeclaredValues.value(golden.get("type"), golden.get("value"));
        // DynamoDB has one zero; Flink's own equals looks into arrays.
        assertThat(row)
                .usingRecursiveComparison()
                .withComparatorForType(Comparator.<BigDecimal>naturalOrder(), BigDecimal.class)
                .isEqualTo(expected);
        assertThat(serialized(type, row)).isEqualTo(row);
    }

    private static Row serialized(RowTypeInfo type, Row row) throws IOException {
        TypeSerializer<Row> serializer = type.createSerializer(new SerializerConfigImpl());
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(row, out);
        return serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
    }
}
