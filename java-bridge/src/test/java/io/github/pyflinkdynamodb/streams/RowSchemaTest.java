package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;

class RowSchemaTest {
    private static final String KEYS = "{'id':{'S':'a'}}";
    private static final String OLD = "{'id':{'S':'a'},'n':{'N':'1'}}";
    private static final String NEW = "{'id':{'S':'a'},'n':{'N':'2'}}";
    private static final List<String> KEY = List.of("id");

    private final RowSchema schema = new RowSchema(type("id", "n"), List.of());

    @Test
    void bothImagesMakeAFullChangelog() throws IOException {
        assertThat(rows("INSERT", Map.of("Keys", KEYS, "NewImage", NEW)))
                .containsExactly(Row.ofKind(RowKind.INSERT, "a", 2));
        assertThat(rows("MODIFY", Map.of("Keys", KEYS, "NewImage", NEW, "OldImage", OLD)))
                .containsExactly(
                        Row.ofKind(RowKind.UPDATE_BEFORE, "a", 1),
                        Row.ofKind(RowKind.UPDATE_AFTER, "a", 2));
        assertThat(rows("REMOVE", Map.of("Keys", KEYS, "OldImage", OLD)))
                .containsExactly(Row.ofKind(RowKind.DELETE, "a", 1));
    }

    @Test
    void theNewImageAloneMakesUpsertsAndDeletesByKey() throws IOException {
        assertThat(rows("MODIFY", Map.of("Keys", KEYS, "NewImage", NEW)))
                .containsExactly(Row.ofKind(RowKind.UPDATE_AFTER, "a", 2));
        assertThat(rows("REMOVE", Map.of("Keys", KEYS)))
                .containsExactly(Row.ofKind(RowKind.DELETE, "a", null));
    }

    @Test
    void keysAloneDoForARowOfTheKey() throws IOException {
        RowSchema ofKey = new RowSchema(type("id"), KEY);
        for (String viewType : List.of("KEYS_ONLY", "OLD_IMAGE")) {
            assertThat(ofKey.problem(viewType, KEY)).isNull();
        }
        assertThat(Records.elements(ofKey, Records.record("MODIFY", Map.of("Keys", KEYS))))
                .containsExactly(Row.ofKind(RowKind.UPDATE_AFTER, "a"));
    }

    @Test
    void aStreamThatLacksWhatIsDeclaredIsRefused() {
        assertThat(schema.problem("NEW_AND_OLD_IMAGES", KEY)).isNull();
        assertThat(schema.problem("NEW_IMAGE", KEY)).isNull();
        assertThat(schema.problem("KEYS_ONLY", KEY))
                .contains("no values but those of the key, [id]", "NEW_IMAGE or");
        assertThat(schema.problem("OLD_IMAGE", KEY)).contains("OLD_IMAGE", "no values but");
        RowSchema withoutKey = new RowSchema(type("n"), List.of());
        assertThat(withoutKey.problem("NEW_AND_OLD_IMAGES", KEY)).isNull();
        assertThat(withoutKey.problem("NEW_IMAGE", KEY)).contains("a delete has only the key");
    }

    @Test
    void anotherPrimaryKeyThanTheTablesIsRefused() {
        RowSchema keyed = new RowSchema(type("id", "n"), List.of("n", "id"));

        assertThat(keyed.problem("NEW_IMAGE", List.of("id", "n"))).isNull();
        assertThat(keyed.problem("NEW_IMAGE", KEY))
                .isEqualTo("the primary key given is [n, id], but the table's is [id]; give that");
    }

    @Test
    void everyProblemOfADeclarationIsTold() {
        RowTypeInfo type = new RowTypeInfo(BasicTypeInfo.BIG_INT_TYPE_INFO);

        assertThatThrownBy(() -> new RowSchema(type, List.of("id")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a row type without field names")
                .hasMessageContaining("the primary key names 'id', which is no field");
    }

    @Test
    void aRecordWithoutANewImageIsNoRowOfNulls() {
        assertThatThrownBy(() -> rows("INSERT", Map.of("Keys", KEYS)))
                .isInstanceOf(StreamsSourceException.class)
                .hasMessageStartingWith("Record " + Records.SEQUENCE_NUMBER)
                .hasMessageContaining("has no new image");
    }

    @Test
    void aValueThatDoesNotFitIsNamedByRecordAndField() {
        String wrong = "{'id':{'S':'secret'},'n':{'S':'secret'}}";

        assertThatThrownBy(() -> rows("INSERT", Map.of("NewImage", wrong)))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "Record 000000000000000000042 of the stream, field n: found S where the"
                                + " field is Integer. Declare the field as what the items hold.");
    }

    @Test
    void halfAnUpdateDoesNotLeave() {
        String wrong = "{'id':{'S':'a'},'n':{'S':'b'}}";
        StreamRecord record = Records.record("MODIFY", Map.of("NewImage", wrong, "OldImage", OLD));
        schema.open();

        assertThatThrownBy(
                        () ->
                                schema.deserialize(
                                        record,
                                        new org.apache.flink.util.Collector<Row>() {
                                            @Override
                                            public void collect(Row row) {
                                                throw new AssertionError("left: " + row.getKind());
                                            }

                                            @Override
                                            public void close() {}
                                        }))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aKindOfRecordThatNobodyKnowsIsNotPassedOver() {
        assertThatThrownBy(() -> rows("RENAME", Map.of("Keys", KEYS, "NewImage", NEW)))
                .hasMessageContaining("of a kind that this release does not know");
    }

    private List<Row> rows(String eventName, Map<String, String> parts) throws IOException {
        return Records.elements(schema, Records.record(eventName, parts));
    }

    private static RowTypeInfo type(String... names) {
        TypeInformation<?>[] types = new TypeInformation<?>[names.length];
        for (int index = 0; index < names.length; index++) {
            types[index] =
                    names[index].equals("id")
                            ? BasicTypeInfo.STRING_TYPE_INFO
                            : BasicTypeInfo.INT_TYPE_INFO;
        }
        return new RowTypeInfo(types, names);
    }
}
