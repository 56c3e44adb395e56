package io.github.pyflinkdynamodb.streams;

import java.io.IOException;

/** A stream cannot be read as asked. The message says what, where and the remedy. */
public final class StreamsSourceException extends IOException {
    private static final long serialVersionUID = 1L;

    StreamsSourceException(String message) {
        super(message);
    }

    StreamsSourceException(String message, Throwable cause) {
        super(message, cause);
    }
}
