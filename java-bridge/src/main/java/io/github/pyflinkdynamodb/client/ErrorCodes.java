package io.github.pyflinkdynamodb.client;

import static io.github.pyflinkdynamodb.client.ErrorClass.EXPIRED_CREDENTIALS;
import static io.github.pyflinkdynamodb.client.ErrorClass.FATAL;
import static io.github.pyflinkdynamodb.client.ErrorClass.INVALID_RECORD;
import static io.github.pyflinkdynamodb.client.ErrorClass.THROTTLED;
import static io.github.pyflinkdynamodb.client.ErrorClass.TRANSIENT;

import java.util.LinkedHashMap;
import java.util.Map;

import javax.annotation.Nullable;

/**
 * What each error code means, in one table.
 *
 * <p>The code decides, not the HTTP status: DynamoDB answers throttling, a missing table and a bad
 * record all with 400. The status only speaks where there is no code, or one that nobody knows.
 */
public final class ErrorCodes {

    // Faults found on this side. No service sends these codes.
    public static final String CONNECTION_FAULT = "ConnectionFault";
    public static final String REQUEST_TIMEOUT = "RequestTimeout";
    public static final String MALFORMED_RESPONSE = "MalformedResponse";
    public static final String CHECKSUM_MISMATCH = "ChecksumMismatch";
    public static final String CREDENTIALS_UNAVAILABLE = "CredentialsUnavailable";
    public static final String CREDENTIALS_REFRESH_FAILED = "CredentialsRefreshFailed";
    public static final String CLIENT_CLOSED = "ClientClosed";
    public static final String CLIENT_FAULT = "ClientFault";

    private static final Map<String, Row> ROWS = new LinkedHashMap<>();

    static {
        row(
                THROTTLED,
                "more is asked of the table, an index or one partition key than it may take; raise"
                        + " the capacity or spread the keys",
                "ProvisionedThroughputExceededException",
                "ProvisionedThroughputExceeded");
        row(
                THROTTLED,
                "the service takes fewer calls at present",
                "ThrottlingException",
                "Throttling",
                "ThrottlingError",
                "ThrottledException",
                "RequestThrottledException",
                "RequestThrottled",
                "TooManyRequestsException");
        row(THROTTLED, "the account's limit is reached", "RequestLimitExceeded");
        row(THROTTLED, "too many table operations run at the same time", "LimitExceededException");

        row(
                TRANSIENT,
                "the service failed; a write may have been applied all the same",
                "InternalServerError",
                "InternalServerErrorException",
                "InternalFailure");
        row(
                TRANSIENT,
                "the service is not available at present",
                "ServiceUnavailable",
                "ServiceUnavailableException");
        row(TRANSIENT, "the service gave up waiting for the request", "RequestTimeoutException");
        row(
                TRANSIENT,
                "another region of a global table writes the same item",
                "ReplicatedWriteConflictException");
        row(
                TRANSIENT,
                "a transaction holds one of the items",
                "TransactionInProgressException",
                "TransactionConflictException");

        row(
                INVALID_RECORD,
                "a record breaks DynamoDB's rules or the table's key schema",
                "ValidationException");
        row(INVALID_RECORD, "a record is not a valid attribute map", "SerializationException");
        row(
                INVALID_RECORD,
                "the items of one partition key are at 10 GB, the limit of a table with a local"
                        + " secondary index",
                "ItemCollectionSizeLimitExceededException");

        row(
                EXPIRED_CREDENTIALS,
                "the session token is out of date; give credentials that renew themselves",
                "ExpiredTokenException",
                "ExpiredToken");

        row(
                FATAL,
                "the credentials may not do this; allow dynamodb:BatchWriteItem and"
                        + " dynamodb:DescribeTable on the table, and its KMS key if it has one",
                "AccessDeniedException",
                "AccessDenied");
        row(
                FATAL,
                "no such table or stream here, or not ready yet; check its name, region and"
                        + " endpoint",
                "ResourceNotFoundException",
                "TableNotFoundException");
        row(
                FATAL,
                "the service does not know these credentials; check access key, session token and"
                        + " region",
                "UnrecognizedClientException",
                "InvalidClientTokenId");
        row(
                FATAL,
                "check secret key, session token, region and this machine's clock",
                "InvalidSignatureException",
                "SignatureDoesNotMatch");
        row(
                FATAL,
                "the clock of this machine is wrong; set it",
                "RequestTimeTooSkewed",
                "RequestExpired",
                "RequestInTheFuture");
        row(
                FATAL,
                "the request came without a whole signature; a proxy may strip headers",
                "MissingAuthenticationTokenException",
                "MissingAuthenticationToken",
                "IncompleteSignatureException",
                "IncompleteSignature");
        row(
                FATAL,
                "the account has no access to the service in this region",
                "OptInRequired",
                "SubscriptionRequiredException");
        row(
                FATAL,
                "what answers at this endpoint is not DynamoDB; check the endpoint",
                "UnknownOperationException");
        row(FATAL, "the table is being changed by another operation", "ResourceInUseException");
        row(
                FATAL,
                "an answer to a conditional or transactional write, which this connector does not"
                        + " send",
                "ConditionalCheckFailedException",
                "TransactionCanceledException",
                "IdempotentParameterMismatchException",
                "DuplicateItemException");

        row(TRANSIENT, "the network or the service's end of it failed", CONNECTION_FAULT);
        row(TRANSIENT, "a write may still be applied", REQUEST_TIMEOUT);
        row(TRANSIENT, "something between here and DynamoDB changed it", MALFORMED_RESPONSE);
        row(TRANSIENT, "something between here and DynamoDB changed it", CHECKSUM_MISMATCH);
        row(
                FATAL,
                "there never were any; check aws.credentials.provider and what it needs",
                CREDENTIALS_UNAVAILABLE);
        row(
                TRANSIENT,
                "there were credentials before, so their source is out of reach at present",
                CREDENTIALS_REFRESH_FAILED);
        row(FATAL, "the job is shutting down", CLIENT_CLOSED);
        row(FATAL, "a fault of this connector; please report it", CLIENT_FAULT);
    }

    private ErrorCodes() {}

    /**
     * Says what a failure means for the writer.
     *
     * @param code error code without namespace; null when the answer has none
     * @param httpStatus status of the answer, 0 when there was none
     */
    public static ErrorClass classify(@Nullable String code, int httpStatus) {
        Row row = ROWS.get(code);
        if (row != null) {
            return row.errorClass;
        }
        if (httpStatus >= 500) {
            return TRANSIENT;
        }
        return httpStatus == 429 ? THROTTLED : FATAL;
    }

    /** Why the code is classed as it is, and the remedy where there is one; null if not known. */
    @Nullable
    static String reason(@Nullable String code) {
        Row row = ROWS.get(code);
        return row == null ? null : row.reason;
    }

    /** Every row, for the test that sends each of them. */
    static Map<String, ErrorClass> table() {
        Map<String, ErrorClass> table = new LinkedHashMap<>();
        ROWS.forEach((code, row) -> table.put(code, row.errorClass));
        return table;
    }

    private static void row(ErrorClass errorClass, String reason, String... codes) {
        for (String code : codes) {
            ROWS.put(code, new Row(errorClass, reason));
        }
    }

    private static final class Row {
        private final ErrorClass errorClass;
        private final String reason;

        Row(ErrorClass errorClass, String reason) {
            this.errorClass = errorClass;
            this.reason = reason;
        }
    }
}
