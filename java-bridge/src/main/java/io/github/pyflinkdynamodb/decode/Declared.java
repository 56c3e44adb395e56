package io.github.pyflinkdynamodb.decode;

/** What a value was declared as, for messages: a column of SQL, or a field of a row's type. */
final class Declared {
    private final String noun;
    private final String type;
    private final boolean nullable;

    private Declared(String noun, String type, boolean nullable) {
        this.noun = noun;
        this.type = type;
        this.nullable = nullable;
    }

    static Declared column(String type, boolean nullable) {
        return new Declared("column", type, nullable);
    }

    static Declared field(String type, boolean nullable) {
        return new Declared("field", type, nullable);
    }

    /** "column" or "field". */
    String noun() {
        return noun;
    }

    /** As the user wrote it. */
    String type() {
        return type;
    }

    boolean isNullable() {
        return nullable;
    }
}
