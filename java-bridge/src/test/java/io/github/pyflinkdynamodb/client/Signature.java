package io.github.pyflinkdynamodb.client;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * AWS Signature Version 4 as a service checks it, written from the "Create a signed AWS API
 * request" page of the IAM User Guide, without the SDK's signer.
 */
final class Signature {
    private Signature() {}

    /** The Authorization header that the request should carry. */
    static String expected(
            LoopbackService.Request request, String accessKeyId, String secretKey, String region)
            throws GeneralSecurityException {
        Map<String, String> headers = request.headers;
        List<String> signed =
                Arrays.asList(
                        headers.get("Authorization")
                                .replaceAll(".*SignedHeaders=([^,]*),.*", "$1")
                                .split(";"));
        StringBuilder canonical =
                new StringBuilder(request.method + "\n" + request.path + "\n" + "\n");
        for (String name : signed) {
            canonical.append(name + ":" + headers.get(name).trim() + "\n");
        }
        canonical.append("\n" + String.join(";", signed) + "\n" + sha256(request.body));

        String time = headers.get("X-Amz-Date");
        String scope = time.substring(0, 8) + "/" + region + "/dynamodb/aws4_request";
        byte[] key = ("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8);
        for (String part : scope.split("/")) {
            key = hmac(key, part);
        }
        String toSign =
                "AWS4-HMAC-SHA256\n"
                        + time
                        + "\n"
                        + scope
                        + "\n"
                        + sha256(canonical.toString().getBytes(StandardCharsets.UTF_8));
        return "AWS4-HMAC-SHA256 Credential="
                + accessKeyId
                + "/"
                + scope
                + ", SignedHeaders="
                + String.join(";", signed)
                + ", Signature="
                + hex(hmac(key, toSign));
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String sha256(byte[] bytes) throws GeneralSecurityException {
        return hex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static String hex(byte[] bytes) {
        StringBuilder hex = new StringBuilder();
        for (byte b : bytes) {
            hex.append(String.format("%02x", b));
        }
        return hex.toString();
    }
}
