package io.github.pyflinkdynamodb.sink;

import java.io.IOException;

/** The sink gives up, and with it the job. The message says what, where and what to do. */
final class DynamoDbSinkException extends IOException {

    private static final long serialVersionUID = 1L;

    DynamoDbSinkException(String message) {
        super(message);
    }

    DynamoDbSinkException(String message, Throwable cause) {
        super(message, cause);
    }
}
