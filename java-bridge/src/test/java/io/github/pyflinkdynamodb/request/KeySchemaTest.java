package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

class KeySchemaTest {
    private static final KeySchema BOTH = new KeySchema("id", KeyType.S, "at", KeyType.N);

    @Test
    void namesHaveThePartitionKeyFirst() {
        assertThat(BOTH.names()).containsExactly("id", "at");
        assertThat(new KeySchema("id", null, null, null).names()).containsExactly("id");
    }

    @Test
    void survivesSerialization() throws Exception {
        byte[] bytes = InstantiationUtil.serializeObject(BOTH);
        KeySchema copy = InstantiationUtil.deserializeObject(bytes, getClass().getClassLoader());
        assertThat(copy).isEqualTo(BOTH).hasSameHashCodeAs(BOTH);
        assertThat(copy.toString()).isEqualTo("id (S), at (N)");
    }

    @Test
    void differsByEachNameAndType() {
        assertThat(BOTH)
                .isNotEqualTo(new KeySchema("di", KeyType.S, "at", KeyType.N))
                .isNotEqualTo(new KeySchema("id", null, "at", KeyType.N))
                .isNotEqualTo(new KeySchema("id", KeyType.S, "ta", KeyType.N))
                .isNotEqualTo(new KeySchema("id", KeyType.S, "at", KeyType.B))
                .isNotEqualTo(new KeySchema("id", KeyType.S, null, null))
                .isEqualTo(new KeySchema("id", KeyType.S, "at", KeyType.N));
    }

    @Test
    void isAsDeclaredByNamesAndByTheTypesThatWereDeclared() {
        assertThat(BOTH.isAsDeclared(BOTH)).isTrue();
        assertThat(BOTH.isAsDeclared(new KeySchema("id", null, "at", null))).isTrue();
        assertThat(BOTH.isAsDeclared(new KeySchema("id", null, "at", KeyType.N))).isTrue();
        assertThat(BOTH.isAsDeclared(new KeySchema("id", KeyType.B, "at", null))).isFalse();
        assertThat(BOTH.isAsDeclared(new KeySchema("id", null, "at", KeyType.B))).isFalse();
        assertThat(BOTH.isAsDeclared(new KeySchema("at", null, "id", null))).isFalse();
        assertThat(BOTH.isAsDeclared(new KeySchema("id", KeyType.S, null, null))).isFalse();
    }

    @Test
    void refusesWhatCannotBeAKeySchema() {
        assertThatThrownBy(() -> new KeySchema("", null, null, null))
                .hasMessageContaining("name of a partition key");
        assertThatThrownBy(() -> new KeySchema(null, null, null, null))
                .hasMessageContaining("name of a partition key");
        assertThatThrownBy(() -> new KeySchema("id", null, "", null))
                .hasMessageContaining("sort key");
        assertThatThrownBy(() -> new KeySchema("id", null, "id", null))
                .hasMessageContaining("both named id");
        assertThatThrownBy(() -> new KeySchema("id", null, null, KeyType.S))
                .hasMessageContaining("sort key without a name");
    }
}
