package io.github.pyflinkdynamodb.source;

import java.io.IOException;

/**
 * An attribute that does not fit its column. The message names the column and what was found, and
 * holds no value.
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

    /** With a message that stands alone. */
    MismatchException in(String table) {
        return new MismatchException(
                path,
                what,
                "Table "
                        + table
                        + ", column "
                        + path
                        + ": "
                        + what
                        + ". Declare the column as what the items hold, or mend the items.");
    }
}
