package io.github.pyflinkdynamodb.client;

/** What a failed call means for the writer. */
public enum ErrorClass {
    /** The service asks for less. Send again later, and fewer calls at once. */
    THROTTLED,

    /** A passing fault of the service or the network. Send again later. */
    TRANSIENT,

    /** The service refuses the batch because of what is in it. The same bytes never succeed. */
    INVALID_RECORD,

    /** Resolve the credentials anew and send again, once. */
    EXPIRED_CREDENTIALS,

    /** Nothing that a repetition would mend: permissions, a missing table, a bad signature. */
    FATAL
}
