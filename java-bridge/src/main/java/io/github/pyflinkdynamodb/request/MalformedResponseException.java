package io.github.pyflinkdynamodb.request;

import java.io.IOException;

/** An answer of the service that cannot be read. The message holds nothing of the answer's text. */
public final class MalformedResponseException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedResponseException(String message) {
        super(message);
    }
}
