package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

class PythonSchemaTest {
    private static final byte[] PREFIX = {1, 2};
    private static final byte[] SUFFIX = {3};
    private static final String KEYS = "{'id':{'S':'a'}}";

    @Test
    void theJsonStandsInThePickleWithItsLength() throws IOException {
        // More than 256 bytes: the length takes more than one byte.
        String item = "{'id':{'S':'" + "\u20ac".repeat(100) + "'}}";
        StreamRecord record = Records.record("INSERT", Map.of("NewImage", item));

        byte[] pickle = Records.elements(schema(false), record).get(0);

        byte[] json = record.text().getBytes(StandardCharsets.UTF_8);
        assertThat(pickle)
                .isEqualTo(
                        ByteBuffer.allocate(2 + 5 + json.length + 1)
                                .put(PREFIX)
                                .put((byte) 'B')
                                .put((byte) json.length)
                                .put((byte) (json.length >> 8))
                                .putShort((short) 0)
                                .put(json)
                                .put(SUFFIX)
                                .array());
    }

    @Test
    void removedItemsHaveNoNewImage() throws IOException {
        StreamRecord removed = Records.record("REMOVE", Map.of("Keys", KEYS));
        StreamRecord inserted = Records.record("INSERT", Map.of("Keys", KEYS, "NewImage", KEYS));

        assertThat(Records.elements(schema(true), removed)).isEmpty();
        assertThat(Records.elements(schema(true), inserted)).hasSize(1);
        assertThat(Records.elements(schema(false), removed)).hasSize(1);
    }

    @Test
    void aStreamWithoutNewImagesIsRefusedWhereOnlyTheyAreWanted() {
        StreamRecord inserted = Records.record("INSERT", Map.of("Keys", KEYS));
        for (String viewType : List.of("KEYS_ONLY", "OLD_IMAGE")) {
            assertThat(schema(true).problem(viewType, List.of("id")))
                    .startsWith(
                            "its view type is " + viewType + ", so that there are no new images");
            assertThat(schema(false).problem(viewType, List.of("id"))).isNull();
        }
        assertThat(schema(true).problem("NEW_IMAGE", List.of("id"))).isNull();
        assertThat(schema(true).problem("NEW_AND_OLD_IMAGES", List.of("id"))).isNull();
        assertThatThrownBy(() -> Records.elements(schema(true), inserted))
                .hasMessageContaining("has no new image");
    }

    private static PythonSchema schema(boolean newImageOnly) {
        return new PythonSchema(
                PREFIX,
                SUFFIX,
                newImageOnly,
                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    }
}
