package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.pyflinkdynamodb.client.LoopbackService.Answer;

import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

class CredentialsTest {
    private static final String PREFIX = "aws.credentials.provider";

    private final Map<String, String> environment = new HashMap<>(System.getenv());
    @TempDir private Path directory;
    private Credentials credentials;

    @BeforeEach
    void keepOutOfTheNetwork() {
        System.setProperty("aws.disableEc2Metadata", "true");
    }

    @AfterEach
    void restore() {
        CommonTestUtils.setEnv(environment);
        for (String name : new String[] {"accessKeyId", "secretAccessKey", "sessionToken"}) {
            System.clearProperty("aws." + name);
        }
        System.clearProperty("aws.disableEc2Metadata");
        if (credentials != null) {
            credentials.close();
        }
    }

    @Test
    void basicKeysWithSessionToken() throws Exception {
        AwsCredentialsIdentity identity =
                resolve(
                        PREFIX + ".basic.accesskeyid", "id",
                        PREFIX + ".basic.secretkey", "key",
                        PREFIX + ".basic.sessiontoken", "token");
        assertIdentity(identity, "id", "key", "token");
    }

    @Test
    void environmentVariables() throws Exception {
        setEnvironment(
                "AWS_ACCESS_KEY_ID", "env-id",
                "AWS_SECRET_ACCESS_KEY", "env-key",
                "AWS_SESSION_TOKEN", "env-token");
        assertIdentity(resolve(PREFIX, "ENV_VAR"), "env-id", "env-key", "env-token");
        assertIdentity(resolve(), "env-id", "env-key", "env-token");
    }

    @Test
    void systemProperties() throws Exception {
        System.setProperty("aws.accessKeyId", "prop-id");
        System.setProperty("aws.secretAccessKey", "prop-key");
        assertIdentity(resolve(PREFIX, "SYS_PROP"), "prop-id", "prop-key", null);
        assertIdentity(resolve(PREFIX, "AUTO"), "prop-id", "prop-key", null);
    }

    @Test
    void profileOfAFile() throws Exception {
        Path file = directory.resolve("credentials");
        Files.writeString(
                file,
                "[default]\naws_access_key_id=d-id\naws_secret_access_key=d-key\n"
                        + "[p]\naws_access_key_id=p-id\naws_secret_access_key=p-key\n");
        String path = file.toString();
        assertIdentity(
                resolve(PREFIX, "PROFILE", PREFIX + ".profile.path", path), "d-id", "d-key", null);
        assertIdentity(
                resolve(
                        PREFIX,
                        "PROFILE",
                        PREFIX + ".profile.path",
                        path,
                        PREFIX + ".profile.name",
                        "p"),
                "p-id",
                "p-key",
                null);
        setEnvironment("AWS_SHARED_CREDENTIALS_FILE", path);
        assertIdentity(
                resolve(PREFIX, "PROFILE", PREFIX + ".profile.name", "p"), "p-id", "p-key", null);
    }

    @Test
    void missingProfileIsNamedAsTheCause() {
        ServiceFailure failure = failure(PREFIX, "PROFILE", PREFIX + ".profile.path", "/no/file");
        assertThat(failure.code()).isEqualTo(ErrorCodes.CREDENTIALS_UNAVAILABLE);
        assertThat(failure.errorClass()).isEqualTo(ErrorClass.FATAL);
        assertThat(failure).hasMessageContainingAll("provider PROFILE in region eu-west-1");
    }

    /** The SDK has them in modules of their own, which it looks for by name. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "sso_start_url=https://a.example\nsso_region=eu-west-1\n"
                        + "sso_account_id=123456789012\nsso_role_name=writer\n",
                "login_session=arn:aws:iam::123456789012:user/ada\nregion=eu-west-1\n"
            })
    void profileOfSomeoneWhoHasToSignInFirstIsUnderstood(String profile) throws Exception {
        Path file = directory.resolve("credentials");
        Files.writeString(file, "[default]\n" + profile);
        ServiceFailure failure =
                failure(PREFIX, "PROFILE", PREFIX + ".profile.path", file.toString());
        assertThat(failure.code()).isEqualTo(ErrorCodes.CREDENTIALS_UNAVAILABLE);
        assertThat(ExceptionUtils.stringifyException(failure)).doesNotContain("class path");
    }

    @Test
    void assumedRole() throws Exception {
        Map<String, String> form = new TreeMap<>();
        AtomicInteger calls = new AtomicInteger();
        try (LoopbackService sts =
                new LoopbackService(
                        request -> {
                            form.putAll(form(request));
                            form.put("Authorization", request.headers.get("Authorization"));
                            return assumed("AssumeRole", "role-" + calls.incrementAndGet());
                        })) {
            String[] properties = {
                PREFIX,
                "ASSUME_ROLE",
                PREFIX + ".role.arn",
                "arn:aws:iam::123456789012:role/writer",
                PREFIX + ".role.sessionName",
                "flights",
                PREFIX + ".role.externalId",
                "external",
                PREFIX + ".role.stsEndpoint",
                sts.endpoint().toString(),
                PREFIX + ".role.provider",
                "BASIC",
                PREFIX + ".role.provider.basic.accesskeyid",
                "source-id",
                PREFIX + ".role.provider.basic.secretkey",
                "source-key"
            };
            assertIdentity(resolve(properties), "role-1", "assumed-key", "assumed-token");
            assertThat(form)
                    .containsEntry("Action", "AssumeRole")
                    .containsEntry("RoleArn", "arn:aws:iam::123456789012:role/writer")
                    .containsEntry("RoleSessionName", "flights")
                    .containsEntry("ExternalId", "external");
            assertThat(form.get("Authorization")).contains("Credential=source-id/", "/eu-west-1/");

            // They are good for an hour, and asked for again only when told.
            assertThat(credentials.resolve().accessKeyId()).isEqualTo("role-1");
            credentials.refresh();
            assertThat(credentials.resolve().accessKeyId()).isEqualTo("role-2");
            assertThat(calls).hasValue(2);
        }
    }

    @Test
    void roleThatMayNotBeAssumedFailsWithTheCodeOfSts() throws Exception {
        try (LoopbackService sts =
                new LoopbackService(request -> refused("AccessDenied", "Not 'secret-word'"))) {
            ServiceFailure failure =
                    failure(
                            PREFIX,
                            "ASSUME_ROLE",
                            PREFIX + ".role.arn",
                            "arn:aws:iam::123456789012:role/writer",
                            PREFIX + ".role.stsEndpoint",
                            sts.endpoint().toString(),
                            PREFIX + ".role.provider.basic.accesskeyid",
                            "id",
                            PREFIX + ".role.provider.basic.secretkey",
                            "key");
            assertThat(failure.code()).isEqualTo("AccessDenied");
            assertThat(failure.errorClass()).isEqualTo(ErrorClass.FATAL);
            assertThat(failure)
                    .hasMessageContaining("No credentials from provider ASSUME_ROLE")
                    .hasMessageNotContaining("secret-word");
        }
    }

    @Test
    void refusalOfStsNeverBlamesARecord() throws Exception {
        try (LoopbackService sts =
                new LoopbackService(request -> refused("ValidationException", "x"))) {
            ServiceFailure failure =
                    failure(
                            PREFIX,
                            "ASSUME_ROLE",
                            PREFIX + ".role.arn",
                            "arn",
                            PREFIX + ".role.stsEndpoint",
                            sts.endpoint().toString(),
                            PREFIX + ".role.provider.basic.accesskeyid",
                            "id",
                            PREFIX + ".role.provider.basic.secretkey",
                            "key");
            assertThat(failure.errorClass()).isEqualTo(ErrorClass.FATAL);
        }
    }

    @Test
    void webIdentity() throws Exception {
        Path token = directory.resolve("token");
        Files.writeString(token, "web-token");
        Map<String, String> form = new TreeMap<>();
        try (LoopbackService sts =
                new LoopbackService(
                        request -> {
                            form.putAll(form(request));
                            return assumed("AssumeRoleWithWebIdentity", "web-id");
                        })) {
            assertIdentity(
                    resolve(
                            PREFIX,
                            "WEB_IDENTITY_TOKEN",
                            PREFIX + ".role.arn",
                            "arn:aws:iam::123456789012:role/web",
                            PREFIX + ".role.sessionName",
                            "session",
                            PREFIX + ".webIdentityToken.file",
                            token.toString(),
                            PREFIX + ".role.stsEndpoint",
                            sts.endpoint().toString()),
                    "web-id",
                    "assumed-key",
                    "assumed-token");
            assertThat(form)
                    .containsEntry("RoleArn", "arn:aws:iam::123456789012:role/web")
                    .containsEntry("RoleSessionName", "session")
                    .containsEntry("WebIdentityToken", "web-token");

            // As EKS sets them.
            setEnvironment(
                    "AWS_ROLE_ARN",
                    "arn:aws:iam::123456789012:role/eks",
                    "AWS_WEB_IDENTITY_TOKEN_FILE",
                    token.toString());
            resolve(
                    PREFIX,
                    "WEB_IDENTITY_TOKEN",
                    PREFIX + ".role.stsEndpoint",
                    sts.endpoint().toString());
            assertThat(form).containsEntry("RoleArn", "arn:aws:iam::123456789012:role/eks");
        }
    }

    @Test
    void customClassGetsAllProperties() throws Exception {
        assertIdentity(
                resolve(PREFIX, "CUSTOM", PREFIX + ".custom.class", Sdk.class.getName()),
                "eu-west-1",
                "custom-key",
                null);
    }

    @Test
    void customClassWrittenAgainstAnotherCopyOfTheSdk() throws Exception {
        assertIdentity(
                resolve(PREFIX, "CUSTOM", PREFIX + ".custom.class", Foreign.class.getName()),
                "foreign-id",
                "foreign-key",
                "foreign-token");
        credentials.close();
        assertThat(Foreign.closed).isTrue();
    }

    @Test
    void customClassIsLookedForInTheGivenLoaderThenInOurs() throws Exception {
        String[] asked = {null};
        ClassLoader loader =
                new ClassLoader(null) {
                    @Override
                    protected Class<?> findClass(String name) throws ClassNotFoundException {
                        asked[0] = name;
                        throw new ClassNotFoundException(name);
                    }
                };
        credentials =
                new Credentials(
                        settings(PREFIX, "CUSTOM", PREFIX + ".custom.class", Sdk.class.getName()),
                        loader);
        assertThat(credentials.resolve().secretAccessKey()).isEqualTo("custom-key");
        assertThat(asked[0]).isEqualTo(Sdk.class.getName());
    }

    @Test
    void customClassThatCannotBeUsedSaysWhy() {
        assertThat(failure(PREFIX, "CUSTOM", PREFIX + ".custom.class", "no.such.Class"))
                .hasMessageContainingAll("provider CUSTOM", "ClassNotFoundException", "class path");
        assertThat(failure(PREFIX, "CUSTOM", PREFIX + ".custom.class", "java.lang.Object"))
                .hasMessageContainingAll("provider CUSTOM", "NoSuchMethodException");
    }

    @Test
    void textOfACustomClassIsNotShown() {
        for (Class<?> type : new Class<?>[] {ThrowsInUse.class, ThrowsWhenMade.class}) {
            ServiceFailure failure =
                    failure(PREFIX, "CUSTOM", PREFIX + ".custom.class", type.getName());
            assertThat(failure)
                    .hasMessageContaining("java.lang.UnsupportedOperationException")
                    .hasMessageNotContaining("secret-word")
                    .hasNoCause();
        }
        assertThat(failure(PREFIX, "CUSTOM", PREFIX + ".custom.class", Empty.class.getName()))
                .hasMessageContaining("NullPointerException");
    }

    @Test
    void noCredentialsAnywhereIsFatalAtFirstAndPassingLater() throws Exception {
        setEnvironment("AWS_SHARED_CREDENTIALS_FILE", directory.resolve("none").toString());
        ServiceFailure failure = failure();
        assertThat(failure.code()).isEqualTo(ErrorCodes.CREDENTIALS_UNAVAILABLE);
        assertThat(failure.errorClass()).isEqualTo(ErrorClass.FATAL);
        assertThat(failure).hasMessageContaining("No credentials from provider AUTO");

        System.setProperty("aws.accessKeyId", "id");
        System.setProperty("aws.secretAccessKey", "key");
        assertThat(resolve().accessKeyId()).isEqualTo("id");
        System.clearProperty("aws.accessKeyId");
        credentials.refresh();
        ServiceFailure later =
                catchThrowableOfType(ServiceFailure.class, () -> credentials.resolve());
        assertThat(later.code()).isEqualTo(ErrorCodes.CREDENTIALS_REFRESH_FAILED);
        assertThat(later.errorClass()).isEqualTo(ErrorClass.TRANSIENT);
    }

    /** As the Java connector asks for: a constructor with all properties. */
    static final class Sdk implements AwsCredentialsProvider {
        private final Properties properties;

        Sdk(Properties properties) {
            this.properties = properties;
        }

        @Override
        public AwsCredentials resolveCredentials() {
            return AwsBasicCredentials.create(properties.getProperty("aws.region"), "custom-key");
        }
    }

    /** Has the methods, and no interface in common with ours. */
    static final class Foreign implements AutoCloseable {
        static boolean closed;

        public Keys resolveCredentials() {
            return new Keys();
        }

        @Override
        public void close() {
            closed = true;
        }

        static final class Keys {
            public String accessKeyId() {
                return "foreign-id";
            }

            public String secretAccessKey() {
                return "foreign-key";
            }

            public String sessionToken() {
                return "foreign-token";
            }
        }
    }

    static final class ThrowsInUse {
        public Object resolveCredentials() {
            throw new UnsupportedOperationException("secret-word");
        }
    }

    static final class ThrowsWhenMade {
        ThrowsWhenMade() {
            throw new UnsupportedOperationException("secret-word");
        }
    }

    static final class Empty {
        public Object resolveCredentials() {
            return null;
        }
    }

    private AwsCredentialsIdentity resolve(String... properties) throws ServiceFailure {
        credentials = new Credentials(settings(properties), getClass().getClassLoader());
        return credentials.resolve();
    }

    private ServiceFailure failure(String... properties) {
        return catchThrowableOfType(ServiceFailure.class, () -> resolve(properties));
    }

    private ClientSettings settings(String... properties) {
        Map<String, String> map = new HashMap<>();
        map.put("aws.region", "eu-west-1");
        for (int i = 0; i < properties.length; i += 2) {
            map.put(properties[i], properties[i + 1]);
        }
        return ClientSettings.of(map, Map.of(), directory);
    }

    private void setEnvironment(String... variables) {
        Map<String, String> changed = new HashMap<>(environment);
        for (int i = 0; i < variables.length; i += 2) {
            changed.put(variables[i], variables[i + 1]);
        }
        CommonTestUtils.setEnv(changed);
    }

    private static void assertIdentity(
            AwsCredentialsIdentity identity, String accessKeyId, String secretKey, String token) {
        assertThat(identity.accessKeyId()).isEqualTo(accessKeyId);
        assertThat(identity.secretAccessKey()).isEqualTo(secretKey);
        assertThat(
                        identity instanceof AwsSessionCredentialsIdentity
                                ? ((AwsSessionCredentialsIdentity) identity).sessionToken()
                                : null)
                .isEqualTo(token);
    }

    private static Map<String, String> form(LoopbackService.Request request) throws IOException {
        Map<String, String> form = new TreeMap<>();
        for (String field : request.text().split("&")) {
            String[] parts = field.split("=", 2);
            form.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return form;
    }

    private static Answer assumed(String action, String accessKeyId) {
        return Answer.ok(
                        String.format(
                                "<%1$sResponse><%1$sResult><Credentials>"
                                        + "<AccessKeyId>%2$s</AccessKeyId>"
                                        + "<SecretAccessKey>assumed-key</SecretAccessKey>"
                                        + "<SessionToken>assumed-token</SessionToken>"
                                        + "<Expiration>2999-01-01T00:00:00Z</Expiration>"
                                        + "</Credentials></%1$sResult></%1$sResponse>",
                                action, accessKeyId))
                .with("Content-Type", "text/xml");
    }

    private static Answer refused(String code, String message) {
        return Answer.of(
                        403,
                        "<ErrorResponse><Error><Type>Sender</Type><Code>"
                                + code
                                + "</Code><Message>"
                                + message
                                + "</Message></Error></ErrorResponse>")
                .with("Content-Type", "text/xml");
    }
}
