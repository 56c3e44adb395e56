package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorCodesTest {

    /** The decisions, written down a second time. Each row is sent over HTTP elsewhere. */
    @ParameterizedTest
    @CsvSource({
        "ProvisionedThroughputExceededException, THROTTLED",
        "ThrottlingException, THROTTLED",
        "RequestLimitExceeded, THROTTLED",
        "LimitExceededException, THROTTLED",
        "InternalServerError, TRANSIENT",
        "ServiceUnavailable, TRANSIENT",
        "ReplicatedWriteConflictException, TRANSIENT",
        "TransactionInProgressException, TRANSIENT",
        "TransactionConflictException, TRANSIENT",
        "ItemCollectionSizeLimitExceededException, INVALID_RECORD",
        "ValidationException, INVALID_RECORD",
        "SerializationException, INVALID_RECORD",
        "ExpiredTokenException, EXPIRED_CREDENTIALS",
        "AccessDeniedException, FATAL",
        "MissingAuthenticationTokenException, FATAL",
        "IncompleteSignatureException, FATAL",
        "InvalidSignatureException, FATAL",
        "RequestTimeTooSkewed, FATAL",
        "UnrecognizedClientException, FATAL",
        "ResourceNotFoundException, FATAL",
        "ResourceInUseException, FATAL",
        "ConditionalCheckFailedException, FATAL",
        "DuplicateItemException, FATAL",
        "TransactionCanceledException, FATAL",
        "IdempotentParameterMismatchException, FATAL",
        "ConnectionFault, TRANSIENT",
        "RequestTimeout, TRANSIENT",
        "MalformedResponse, TRANSIENT",
        "ChecksumMismatch, TRANSIENT",
        "CredentialsUnavailable, FATAL",
        "CredentialsRefreshFailed, TRANSIENT",
        "ClientClosed, FATAL",
        "ClientFault, FATAL",
    })
    void codeDecidesWhateverTheStatus(String code, ErrorClass expected) {
        for (int status : new int[] {0, 400, 403, 429, 500, 503}) {
            assertThat(ErrorCodes.classify(code, status)).isEqualTo(expected);
        }
    }

    @Test
    void everyRowHasAReason() {
        assertThat(ErrorCodes.table().keySet())
                .allSatisfy(code -> assertThat(ErrorCodes.reason(code)).isNotBlank());
    }

    @ParameterizedTest
    @CsvSource({
        "500, TRANSIENT",
        "502, TRANSIENT",
        "503, TRANSIENT",
        "504, TRANSIENT",
        "429, THROTTLED",
        "400, FATAL",
        "403, FATAL",
        "404, FATAL",
        "413, FATAL",
        "301, FATAL",
        "0, FATAL",
    })
    void statusDecidesWhereTheCodeIsUnknownOrMissing(int status, ErrorClass expected) {
        assertThat(ErrorCodes.classify("NeverHeardOfException", status)).isEqualTo(expected);
        assertThat(ErrorCodes.classify(null, status)).isEqualTo(expected);
    }
}
