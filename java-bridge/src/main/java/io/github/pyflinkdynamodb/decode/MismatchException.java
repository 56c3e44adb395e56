package io.github.pyflinkdynamodb.decode;

import java.io.IOException;

/**
 * An attribute that does not fit what its column or field was declared as. The message names the
 * column and what was found, and holds no value.
 */
public final class MismatchException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String what;
    private final String path;

    private MismatchException(String path, String what, String message) {
        super(message);
        this.path = path;
        this.what = what;
    }

    /**
     * @param what such as "found S where the column is INT"
     */
    MismatchException(String what) {
        this("", what, what);
    }

    /** Puts one step in front of the path: "total", ".price" or "[3]". */
    MismatchException within(String step) {
        return new MismatchException(step + path, what, what);
    }

    /**
     * With a message that stands alone.
     *
     * @param place such as "Table orders, column "
     * @param remedy a sentence
     */
    public MismatchException in(String place, String remedy) {
        return new MismatchException(path, what, place + path + ": " + what + ". " + remedy);
    }
}
