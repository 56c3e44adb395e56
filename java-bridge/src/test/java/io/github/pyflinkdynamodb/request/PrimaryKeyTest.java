package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrimaryKeyTest {
    private static PrimaryKey key(String attributes) {
        KeySchema schema = new KeySchema("id", null, "at", null);
        return Outcomes.of("{\"DeleteRequest\":{\"Key\":{" + attributes + "}}}", schema)
                .onlyWrite()
                .key();
    }

    /**
     * A shuffle sends it over the network: the form may not change from one version to the next.
     */
    @Test
    void theCanonicalFormAndItsHashAreFixed() {
        PrimaryKey key = key("\"at\":{\"N\":\"-120\"},\"id\":{\"S\":\"é\"}");
        assertThat(key.canonical()).isEqualTo("S\0\0\0\2\u00c3\u00a9N\0\0\0\4-\u008412");
        assertThat(key.hashCode()).isEqualTo(805890096);
        assertThat(key("\"id\":{\"B\":\"/w==\"},\"at\":{\"N\":\"-0.0\"}").canonical())
                .isEqualTo("B\0\0\0\1\u00ffN\0\0\0\1" + "0");
    }

    @Test
    void theLengthOfALongPartTakesMoreThanOneByte() {
        String id = "x".repeat(0x0703);
        assertThat(key("\"id\":{\"S\":\"" + id + "\"},\"at\":{\"S\":\"y\"}").canonical())
                .isEqualTo("S\0\0\7\3" + id + "S\0\0\0\1y");
    }

    @Test
    void partitionAndSortKeyDoNotChangePlaces() {
        PrimaryKey one = key("\"id\":{\"S\":\"a\"},\"at\":{\"S\":\"b\"}");
        PrimaryKey other = key("\"id\":{\"S\":\"b\"},\"at\":{\"S\":\"a\"}");
        assertThat(one).isNotEqualTo(other).isEqualTo(one).isNotEqualTo(null).isNotEqualTo("a");
        assertThat(one).isEqualTo(key("\"at\":{\"S\":\"b\"},\"id\":{\"S\":\"a\"}"));
    }

    @Test
    void escapesInBase64AreNoPartOfTheKey() {
        PrimaryKey plain = key("\"id\":{\"B\":\"AQID\"},\"at\":{\"B\":\"BAUG\"}");
        assertThat(key("\"id\":{\"B\":\"\\u0041QID\"},\"at\":{\"B\":\"\\u0042AUG\"}"))
                .isEqualTo(plain);
    }
}
