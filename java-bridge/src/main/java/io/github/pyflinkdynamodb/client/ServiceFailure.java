package io.github.pyflinkdynamodb.client;

import java.io.IOException;

import javax.annotation.Nullable;

/**
 * A call that failed, whether the service refused it or no answer came.
 *
 * <p>The message says what failed, where and, where nothing but a person can mend it, what to do.
 * It holds no value of a record and no secret, so it may be logged and shown.
 */
public final class ServiceFailure extends IOException {
    private static final long serialVersionUID = 1L;

    private final ErrorClass errorClass;
    private final String code;
    private final int httpStatus;

    ServiceFailure(String code, int httpStatus, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.errorClass = ErrorCodes.classify(code, httpStatus);
        this.code = code;
        this.httpStatus = httpStatus;
    }

    public ErrorClass errorClass() {
        return errorClass;
    }

    /** The service's error code, or one of {@link ErrorCodes}' own for faults on this side. */
    public String code() {
        return code;
    }

    /** Status of the answer; 0 when there was none. */
    public int httpStatus() {
        return httpStatus;
    }
}
