package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;

class StreamSchemasTest {
    private static final StreamRecord RECORD =
            Records.record("INSERT", Map.of("NewImage", "{'id':{'S':'\u20ac'}}"));

    @Test
    void jsonIsTheRecordAndNothingAroundIt() throws IOException {
        StreamRecordSchema<?> schema = StreamSchemas.of(Map.of("kind", "json"));

        assertThat(Records.elements(schema, RECORD).get(0))
                .isEqualTo(
                        "{\"eventName\":\"INSERT\",\"dynamodb\":{\"NewImage\":{\"id\":{\"S\":\"\u20ac\"}},"
                            + "\"ApproximateCreationDateTime\":1795268040.5,\"SequenceNumber\":"
                            + "\"000000000000000000042\",\"SizeBytes\":7}}");
        assertThat(schema.getProducedType()).isEqualTo(BasicTypeInfo.STRING_TYPE_INFO);
        assertThat(schema.problem("KEYS_ONLY", List.of("id"))).isNull();
    }

    @Test
    void aSchemaOfFlinkIsOpenedAndGetsTheJson() throws Exception {
        StreamRecordSchema<?> schema =
                StreamSchemas.of(Map.of("kind", "flink", "schema", new Opened()));

        List<?> elements = Records.elements(InstantiationUtil.clone(schema), RECORD);

        assertThat(elements).hasSize(1);
        assertThat(elements.get(0)).isEqualTo("opened " + RECORD.text());
    }

    @Test
    void whatASchemaOfFlinkRefusesToOpenIsNamed() {
        DeserializationSchema<String> broken =
                new SimpleStringSchema() {
                    @Override
                    public void open(DeserializationSchema.InitializationContext context)
                            throws Exception {
                        throw new IOException("no");
                    }
                };

        StreamRecordSchema<?> schema = StreamSchemas.of(Map.of("kind", "flink", "schema", broken));

        assertThatThrownBy(schema::open).hasMessageContaining("did not open");
    }

    @Test
    void picklesNeedPyFlinkOnTheClassPath() {
        Map<String, Object> description =
                Map.of("kind", "python", "prefix", new byte[0], "suffix", new byte[0]);

        assertThatThrownBy(() -> StreamSchemas.of(description))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("flink-python jar");
    }

    @Test
    void otherKindsAreRefused() {
        assertThatThrownBy(() -> StreamSchemas.of(Map.of("kind", "xml")))
                .hasMessageContaining("no schema of kind xml");
        Map<String, Object> text =
                Map.of("kind", "row", "typeInfo", BasicTypeInfo.STRING_TYPE_INFO);
        assertThatThrownBy(() -> StreamSchemas.of(text)).hasMessageContaining("Types.ROW_NAMED");
    }

    /** Says whether it was opened, with what every context has. */
    private static final class Opened implements DeserializationSchema<String> {
        private static final long serialVersionUID = 1L;

        private transient String prefix;

        @Override
        public void open(InitializationContext context) {
            context.getMetricGroup().counter("elements").inc();
            prefix = context.getUserCodeClassLoader() == null ? "" : "opened ";
        }

        @Override
        public String deserialize(byte[] message) throws IOException {
            return prefix + new SimpleStringSchema().deserialize(message);
        }

        @Override
        public boolean isEndOfStream(String element) {
            return false;
        }

        @Override
        public TypeInformation<String> getProducedType() {
            return BasicTypeInfo.STRING_TYPE_INFO;
        }
    }
}
