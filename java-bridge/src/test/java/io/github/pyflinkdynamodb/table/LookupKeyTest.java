package io.github.pyflinkdynamodb.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;

import java.time.LocalDateTime;
import java.util.List;

class LookupKeyTest {
    private static final RowType ROW =
            (RowType)
                    DataTypes.ROW(
                                    DataTypes.FIELD("name", DataTypes.STRING()),
                                    DataTypes.FIELD("sk", DataTypes.TIMESTAMP(3)),
                                    DataTypes.FIELD("pk", DataTypes.STRING()),
                                    DataTypes.FIELD("raw", DataTypes.BYTES()),
                                    DataTypes.FIELD("list", DataTypes.ARRAY(DataTypes.INT())))
                            .getLogicalType();
    private static final StringData A = StringData.fromString("a\"");
    private static final TimestampData NOON =
            TimestampData.fromLocalDateTime(LocalDateTime.of(2013, 1, 1, 12, 0));

    @Test
    void attributesAreWrittenAsTheSinkWritesThemWhateverTheOrder() {
        LookupKey key = key(List.of("pk", "sk"), "sk", "name", "pk");

        assertThat(key.attributes(GenericRowData.of(NOON, A, A)))
                .isEqualTo("{\"sk\":{\"S\":\"2013-01-01T12:00:00\"},\"pk\":{\"S\":\"a\\\"\"}}");
    }

    @Test
    void nullEqualsNothingInTheKeyOrBesideIt() {
        LookupKey key = key(List.of("pk"), "pk", "name");

        assertThat(key.attributes(GenericRowData.of(A, null))).isNull();
        assertThat(key.attributes(GenericRowData.of(null, A))).isNull();
    }

    @Test
    void whatIsComparedBesideTheKeyMustBeInTheRow() {
        LookupKey key = key(List.of("pk"), "raw", "pk", "name");
        RowData values = GenericRowData.of(new byte[] {1}, A, A);

        assertThat(key.matches(values, row(A, new byte[] {1}))).isTrue();
        assertThat(key.matches(values, row(A, new byte[] {2}))).isFalse();
        assertThat(key.matches(values, row(StringData.fromString("b"), new byte[] {1}))).isFalse();
        assertThat(key.matches(values, row(null, new byte[] {1}))).isFalse();
    }

    @Test
    void lessThanThePrimaryKeyIsRefused() {
        assertThatThrownBy(() -> key(List.of("pk", "sk"), "pk", "name"))
                .isInstanceOf(ValidationException.class)
                .hasMessage(
                        "Table 'items' can be looked up by its whole primary key only, which is"
                                + " [pk, sk]; the join compares [pk, name]. Compare every column"
                                + " of the key, or join without FOR SYSTEM_TIME AS OF, which"
                                + " scans the table.");
        assertThatThrownBy(() -> key(List.of(), "pk"))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("and declares none; the join compares [pk]")
                .hasMessageContaining("Declare PRIMARY KEY (...) NOT ENFORCED");
    }

    @Test
    void columnThatCannotBeComparedIsRefused() {
        assertThatThrownBy(() -> key(List.of("pk"), "pk", "list"))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("cannot compare column 'list', which is ARRAY<INT>");
    }

    private static LookupKey key(List<String> primaryKey, String... columns) {
        return LookupKey.of("items", ROW, primaryKey, List.of(columns));
    }

    private static RowData row(StringData name, byte[] raw) {
        return GenericRowData.of(name, NOON, A, raw, null);
    }
}
