package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pyflinkdynamodb.request.StreamRecord;
import io.github.pyflinkdynamodb.streams.ChangelogSchema.View;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

class ChangelogSchemaTest {
    private static final RowType COLUMNS =
            (RowType)
                    DataTypes.ROW(
                                    DataTypes.FIELD("id", DataTypes.STRING().notNull()),
                                    DataTypes.FIELD("n", DataTypes.INT()))
                            .getLogicalType();
    private static final StringData A = StringData.fromString("a");
    private static final List<String> KEY = List.of("id");
    private static final StreamRecord MODIFY =
            Records.record(
                    "MODIFY",
                    Map.of(
                            "Keys", "{'id':{'S':'a'}}",
                            "OldImage", "{'id':{'S':'a'},'n':{'N':'1'}}",
                            "NewImage", "{'id':{'S':'a'},'n':{'N':'2'}}"));
    private static final StreamRecord REMOVE =
            Records.record(
                    "REMOVE",
                    Map.of(
                            "Keys", "{'id':{'S':'a'}}",
                            "OldImage", "{'id':{'S':'a'},'n':{'N':'2'}}"));

    @Test
    void bothImagesMakeAFullChangelog() throws IOException {
        ChangelogSchema schema = schema(View.NEW_AND_OLD_IMAGES);

        assertThat(Records.elements(schema, MODIFY))
                .containsExactly(
                        GenericRowData.ofKind(RowKind.UPDATE_BEFORE, A, 1),
                        GenericRowData.ofKind(RowKind.UPDATE_AFTER, A, 2));
        assertThat(Records.elements(schema, REMOVE))
                .containsExactly(GenericRowData.ofKind(RowKind.DELETE, A, 2));
    }

    @Test
    void upsertsLookAtNoOldImage() throws IOException {
        ChangelogSchema schema = schema(View.NEW_IMAGE);

        assertThat(Records.elements(schema, MODIFY))
                .containsExactly(GenericRowData.ofKind(RowKind.UPDATE_AFTER, A, 2));
        assertThat(Records.elements(schema, REMOVE))
                .containsExactly(GenericRowData.ofKind(RowKind.DELETE, A, null));
    }

    @Test
    void aFullChangelogIsNotMadeOfHalfOfIt() {
        StreamRecord noOldImage =
                Records.record(
                        "MODIFY",
                        Map.of("Keys", "{'id':{'S':'a'}}", "NewImage", "{'id':{'S':'a'}}"));

        assertThatThrownBy(() -> Records.elements(schema(View.NEW_AND_OLD_IMAGES), noOldImage))
                .isInstanceOf(StreamsSourceException.class)
                .hasMessageContaining("has no old image");
    }

    @Test
    void metadataStandsBehindTheColumnsOfEachRow() throws IOException {
        StreamRecord expiry =
                Records.read(
                        "{\"eventName\":\"REMOVE\",\"userIdentity\":{\"Type\":\"Service\","
                                + "\"PrincipalId\":\"dynamodb.amazonaws.com\"},\"dynamodb\":{"
                                + "\"ApproximateCreationDateTime\":1.795268040E9,\"SizeBytes\":7,"
                                + "\"Keys\":{\"id\":{\"S\":\"a\"}},\"SequenceNumber\":\"42\"}}");
        ChangelogSchema schema = schema(View.NEW_IMAGE, ChangeMetadata.values());

        RowData row = Records.elements(schema, expiry).get(0);

        assertThat(row.getRowKind()).isEqualTo(RowKind.DELETE);
        assertThat(row.getString(0)).isEqualTo(A);
        assertThat(row.getString(2)).hasToString("REMOVE");
        assertThat(row.getString(3)).hasToString("42");
        assertThat(row.getTimestamp(4, 3).getMillisecond()).isEqualTo(1_795_268_040_000L);
        assertThat(row.getLong(5)).isEqualTo(7);
        assertThat(row.getString(6)).hasToString("dynamodb.amazonaws.com");
        assertThat(row.getBoolean(7)).isTrue();
    }

    @Test
    void metadataThatARecordLacksIsNull() throws IOException {
        ChangelogSchema schema =
                schema(
                        View.NEW_AND_OLD_IMAGES,
                        ChangeMetadata.USER_IDENTITY_PRINCIPAL,
                        ChangeMetadata.EXPIRED);

        for (RowData row : Records.elements(schema, MODIFY)) {
            assertThat(row.isNullAt(2)).isTrue();
            assertThat(row.getBoolean(3)).isFalse();
        }
    }

    @Test
    void aStreamThatIsNotWhatTheTableDeclaresIsRefused() {
        assertThat(schema(View.NEW_AND_OLD_IMAGES).problem("NEW_AND_OLD_IMAGES", KEY)).isNull();
        assertThat(schema(View.NEW_AND_OLD_IMAGES).problem("NEW_IMAGE", KEY))
                .contains(
                        "its view type is NEW_IMAGE", "'stream-view-type' = 'NEW_AND_OLD_IMAGES'");
        assertThat(schema(View.NEW_IMAGE).problem("NEW_AND_OLD_IMAGES", KEY)).isNull();
        assertThat(schema(View.NEW_IMAGE).problem("KEYS_ONLY", KEY)).contains("KEYS_ONLY");
        assertThat(schema(View.KEYS_ONLY).problem("OLD_IMAGE", KEY)).isNull();
        assertThat(schema(View.NEW_IMAGE).problem("NEW_IMAGE", List.of("id", "n")))
                .contains("PRIMARY KEY names [id]", "is [id, n]");
    }

    private static ChangelogSchema schema(View view, ChangeMetadata... metadata) {
        return new ChangelogSchema(COLUMNS, view, KEY, Arrays.asList(metadata), null);
    }
}
