package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.ByteSink;

import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs the calls of one endpoint with AWS Signature Version 4.
 *
 * <p>A test holds its requests to be those of the SDK's signer, which does the same for any
 * request: it derives the key anew for each and takes three quarters of what a call allocates.
 *
 * <p>Source: IAM User Guide, "Create a signed AWS API request". Not thread-safe.
 */
final class RequestSigner {
    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String CONTENT_TYPE = "application/x-amz-json-1.0";
    private static final String SIGNING_NAME = "dynamodb";
    private static final String MAC = "HmacSHA256";
    private static final String SIGNED_HEADERS =
            "content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target";
    private static final String SIGNED_HEADERS_WITH_TOKEN =
            SIGNED_HEADERS.replace("x-amz-target", "x-amz-security-token;x-amz-target");
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final URI endpoint;
    private final String region;
    private final String host;
    private final String canonicalPath;
    private final MessageDigest sha256;
    private final Mac mac;

    /** What is hashed next. */
    private final ByteSink text = new ByteSink(1024);

    // A key is good for a day and a secret.
    private long signingDay = Long.MIN_VALUE;
    private String signingSecret;
    private String date;
    private String scope;
    private SecretKeySpec signingKey;

    RequestSigner(URI endpoint, String region) {
        this.endpoint = endpoint;
        this.region = region;
        // What the HTTP client's request makes of the endpoint is what has to be signed.
        SdkHttpRequest request = request(endpoint).build();
        this.host =
                SdkHttpUtils.isUsingStandardPort(request.protocol(), request.port())
                        ? request.host()
                        : request.host() + ":" + request.port();
        String path = URI.create(request.encodedPath()).normalize().getRawPath();
        this.canonicalPath = path.isEmpty() ? "/" : SdkHttpUtils.urlEncodeIgnoreSlashes(path);
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
            this.mac = Mac.getInstance(MAC);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This JVM lacks what every JVM has to have.", e);
        }
    }

    /**
     * @param target the operation with its service's prefix
     * @param now what the service's clock says, within some minutes
     */
    SdkHttpRequest sign(
            String target, RequestBody body, AwsCredentialsIdentity identity, Instant now) {
        String secret = identity.secretAccessKey().trim();
        String token = sessionToken(identity);
        long second = now.getEpochSecond();
        prepareKey(secret, Math.floorDiv(second, 86_400L));
        String time = time(Math.floorMod(second, 86_400L));
        String length = Long.toString(body.length());
        body.digest(sha256);
        String bodyHash = hex(sha256.digest());

        String signedHeaders = token == null ? SIGNED_HEADERS : SIGNED_HEADERS_WITH_TOKEN;
        text.clear();
        add("POST\n").add(canonicalPath).add("\n\n");
        add("content-length:").add(length).add("\n");
        add("content-type:" + CONTENT_TYPE + "\n");
        add("host:").add(host).add("\n");
        add("x-amz-content-sha256:").add(bodyHash).add("\n");
        add("x-amz-date:").add(time).add("\n");
        if (token != null) {
            add("x-amz-security-token:").add(token).add("\n");
        }
        add("x-amz-target:").add(target).add("\n\n");
        add(signedHeaders).add("\n").add(bodyHash);
        sha256.update(text.array(), 0, text.length());
        String canonicalHash = hex(sha256.digest());

        text.clear();
        add(ALGORITHM + "\n").add(time).add("\n").add(scope).add("\n").add(canonicalHash);
        String authorization =
                ALGORITHM
                        + " Credential="
                        + identity.accessKeyId().trim()
                        + '/'
                        + scope
                        + ", SignedHeaders="
                        + signedHeaders
                        + ", Signature="
                        + hex(authenticate(signingKey));

        SdkHttpFullRequest.Builder request =
                request(endpoint)
                        .putHeader("Host", host)
                        .putHeader("Content-Type", CONTENT_TYPE)
                        .putHeader("Content-Length", length)
                        .putHeader("X-Amz-Target", target)
                        .putHeader("User-Agent", "pyflink-dynamodb")
                        .putHeader("X-Amz-Date", time)
                        .putHeader("x-amz-content-sha256", bodyHash)
                        .putHeader("Authorization", authorization);
        if (token != null) {
            request.putHeader("X-Amz-Security-Token", token);
        }
        return request.build();
    }

    private static SdkHttpFullRequest.Builder request(URI endpoint) {
        return SdkHttpFullRequest.builder().method(SdkHttpMethod.POST).uri(endpoint);
    }

    private static String sessionToken(AwsCredentialsIdentity identity) {
        return identity instanceof AwsSessionCredentialsIdentity
                ? ((AwsSessionCredentialsIdentity) identity).sessionToken().trim()
                : null;
    }

    private void prepareKey(String secret, long day) {
        if (day == signingDay && secret.equals(signingSecret)) {
            return;
        }
        date = DateTimeFormatter.BASIC_ISO_DATE.format(LocalDate.ofEpochDay(day));
        scope = date + "/" + region + "/" + SIGNING_NAME + "/aws4_request";
        SecretKeySpec key = key(("AWS4" + secret).getBytes(StandardCharsets.UTF_8));
        for (String part : new String[] {date, region, SIGNING_NAME, "aws4_request"}) {
            text.clear();
            key = key(add(part).authenticate(key));
        }
        signingKey = key;
        signingDay = day;
        signingSecret = secret;
    }

    /** As in 20261121T093000Z. */
    private String time(long secondOfDay) {
        int second = (int) secondOfDay;
        StringBuilder time = new StringBuilder(16).append(date).append('T');
        for (int part : new int[] {second / 3600, second / 60 % 60, second % 60}) {
            time.append((char) ('0' + part / 10)).append((char) ('0' + part % 10));
        }
        return time.append('Z').toString();
    }

    private static SecretKeySpec key(byte[] bytes) {
        return new SecretKeySpec(bytes, MAC);
    }

    /** The code of the text that was added. */
    private byte[] authenticate(SecretKeySpec key) {
        try {
            mac.init(key);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("No key of this MAC is refused.", e);
        }
        mac.update(text.array(), 0, text.length());
        return mac.doFinal();
    }

    private RequestSigner add(String ascii) {
        text.appendAscii(ascii);
        return this;
    }

    private static String hex(byte[] bytes) {
        char[] text = new char[2 * bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            text[2 * i] = HEX[bytes[i] >>> 4 & 0xf];
            text[2 * i + 1] = HEX[bytes[i] & 0xf];
        }
        return new String(text);
    }
}
