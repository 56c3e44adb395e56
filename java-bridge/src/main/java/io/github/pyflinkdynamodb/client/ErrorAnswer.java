package io.github.pyflinkdynamodb.client;

import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import javax.annotation.Nullable;

/** Makes a {@link ServiceFailure} of an answer that is not a success. */
final class ErrorAnswer {
    private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(4);
    private static final int MIN_SECRET_LENGTH = 16;
    private static final Set<String> CLOCK_CODES =
            Set.of(
                    "InvalidSignatureException",
                    "SignatureDoesNotMatch",
                    "RequestTimeTooSkewed",
                    "RequestExpired",
                    "RequestInTheFuture");
    // What is not of this form is no code, and may be anything.
    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_.-]{1,100}");

    private ErrorAnswer() {}

    /**
     * @param where what the operation was called for, for the message
     * @param here this machine's time
     * @param identity what signed the call, so that the message can be kept free of it
     */
    static ServiceFailure read(
            String operation,
            String where,
            SdkHttpResponse response,
            byte[] body,
            Instant here,
            AwsCredentialsIdentity identity) {
        JsonNode json = parse(body);
        int status = response.statusCode();
        String code =
                response.firstMatchingHeader("x-amzn-errortype")
                        .flatMap(ErrorAnswer::code)
                        .or(() -> text(json, "__type").flatMap(ErrorAnswer::code))
                        .or(() -> text(json, "code").flatMap(ErrorAnswer::code))
                        .orElse(null);
        StringBuilder detail = new StringBuilder();
        text(json, "message")
                .or(() -> text(json, "Message"))
                .ifPresent(message -> detail.append(SafeText.of(redacted(message, identity))));
        Set<String> reasons = throttlingReasons(json);
        if (!reasons.isEmpty()) {
            separate(detail).append("reasons: ").append(String.join(", ", reasons));
        }
        if (code != null && CLOCK_CODES.contains(code)) {
            clocks(response, here).ifPresent(separate(detail)::append);
        }
        if (code == null) {
            separate(detail).append("no error code in ").append(kind(response, json, body));
            code = "HTTP" + status;
        }
        return failure(operation, where, code, status, detail.toString(), null);
    }

    static ServiceFailure failure(
            String operation,
            String where,
            String code,
            int status,
            String detail,
            @Nullable Throwable cause) {
        String reason = reason(operation, code);
        return new ServiceFailure(
                code,
                status,
                operation
                        + " on "
                        + where
                        + ": "
                        + code
                        + (status == 0 ? "" : ", HTTP " + status)
                        + (detail.isEmpty() ? "" : ": " + detail)
                        + (reason == null ? "" : " (" + reason + ")"),
                cause);
    }

    /** What the table of codes says, unless it is about writes only and this is none. */
    @Nullable
    private static String reason(String operation, String code) {
        if (!"BatchWriteItem".equals(operation)) {
            if (code.startsWith("AccessDenied")) {
                return "the credentials may not do this; allow dynamodb:" + operation;
            }
            if (ErrorCodes.classify(code, 0) == ErrorClass.INVALID_RECORD) {
                return null;
            }
        }
        return ErrorCodes.reason(code);
    }

    @Nullable
    private static JsonNode parse(byte[] body) {
        try {
            JsonNode json = JsonNode.parser().parse(body);
            return json.isObject() ? json : null;
        } catch (RuntimeException e) {
            return null;
        }
    }

    /** Strips the namespace before a # and the address after a colon. */
    private static Optional<String> code(String text) {
        String code = text.substring(text.indexOf('#') + 1);
        int colon = code.indexOf(':');
        if (colon >= 0) {
            code = code.substring(0, colon);
        }
        return Optional.of(code.trim()).filter(word -> WORD.matcher(word).matches());
    }

    private static Optional<String> text(@Nullable JsonNode json, String field) {
        return json == null
                ? Optional.empty()
                : json.field(field).filter(JsonNode::isString).map(JsonNode::asString);
    }

    private static Set<String> throttlingReasons(@Nullable JsonNode json) {
        Set<String> reasons = new TreeSet<>();
        if (json != null) {
            json.field("ThrottlingReasons")
                    .or(() -> json.field("throttlingReasons"))
                    .filter(JsonNode::isArray)
                    .ifPresent(
                            list ->
                                    list.asArray().stream()
                                            .filter(JsonNode::isObject)
                                            .flatMap(entry -> text(entry, "reason").stream())
                                            .filter(reason -> WORD.matcher(reason).matches())
                                            .forEach(reasons::add));
        }
        return reasons;
    }

    private static Optional<String> clocks(SdkHttpResponse response, Instant here) {
        Instant there;
        try {
            there =
                    ZonedDateTime.parse(
                                    response.firstMatchingHeader("Date").orElse(""),
                                    DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant();
        } catch (DateTimeException e) {
            return Optional.empty();
        }
        if (Duration.between(there, here).abs().compareTo(CLOCK_TOLERANCE) <= 0) {
            return Optional.empty();
        }
        return Optional.of(
                "this machine's clock says "
                        + here.truncatedTo(ChronoUnit.SECONDS)
                        + ", the service's says "
                        + there
                        + "; set this machine's clock");
    }

    private static String kind(SdkHttpResponse response, @Nullable JsonNode json, byte[] body) {
        if (body.length == 0) {
            return "an empty answer";
        }
        String type =
                response.firstMatchingHeader("Content-Type")
                        .map(value -> value.replaceAll("[^A-Za-z0-9/.+-].*", ""))
                        .orElse("unknown type");
        return "an answer of " + body.length + " bytes, " + (json == null ? type : "JSON");
    }

    private static String redacted(String message, AwsCredentialsIdentity identity) {
        String text = without(message, identity.secretAccessKey());
        return identity instanceof AwsSessionCredentialsIdentity
                ? without(text, ((AwsSessionCredentialsIdentity) identity).sessionToken())
                : text;
    }

    private static String without(String text, String secret) {
        // Made-up keys for an emulator are short words, which a message may well use itself.
        return secret.length() < MIN_SECRET_LENGTH ? text : text.replace(secret, "***");
    }

    private static StringBuilder separate(StringBuilder text) {
        return text.length() == 0 ? text : text.append("; ");
    }
}
