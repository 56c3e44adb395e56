package io.github.pyflinkdynamodb.encode;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The cases of tests/golden, which Python reads too: one value, one wire form on both sides. */
class GoldenRowsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    static List<Arguments> cases() throws IOException {
        List<Arguments> cases = new ArrayList<>();
        for (JsonNode golden : JSON.readTree(new File("../tests/golden/rows.json"))) {
            cases.add(Arguments.of(golden.get("case").asText(), golden));
        }
        return cases;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void aRowIsEncodedAsInPython(String name, JsonNode golden) throws Exception {
        TypeInformation<?> type = DeclaredValues.type(golden.get("type"));
        Row row = (Row) DeclaredValues.value(golden.get("type"), golden.get("value"));
        row.setKind(RowKind.valueOf(golden.path("kind").asText("INSERT")));
        RowEncoder encoder =
                RowEncoder.of(
                        type, List.of(), golden.path("ignore_nulls").asBoolean(), Set.of(), true);

        byte[] wire = encoder.encode(row);

        JsonNode expected = golden.get("wire");
        if (expected.isNull()) {
            assertThat(wire).isEmpty();
        } else {
            assertThat(JSON.readTree(wire)).isEqualTo(expected);
        }
    }
}
