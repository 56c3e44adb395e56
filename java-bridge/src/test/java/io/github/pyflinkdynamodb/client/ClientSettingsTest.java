package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

class ClientSettingsTest {
    @TempDir private Path home;

    @Test
    void allProblemsComeInOneMessage() {
        assertThatThrownBy(
                        () ->
                                settings(
                                        Map.of(
                                                "aws.regoin", "eu-west-1",
                                                "aws.endpoint", "127.0.0.1:8000",
                                                "aws.trust.all.certificates", "yes",
                                                "aws.http-client.max-concurrency", "0",
                                                "aws.http-client.read-timeout", "1s",
                                                "aws.http.protocol.version", "HTTP2",
                                                "aws.credentials.provider", "ASSUME_ROLE"),
                                        Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "there is no property aws.regoin; did you mean aws.region?",
                        "no region: set aws.region",
                        "aws.endpoint must be like http://127.0.0.1:8000",
                        "aws.trust.all.certificates must be true or false, not yes",
                        "aws.http-client.max-concurrency must be a whole number from 1, not 0",
                        "aws.http-client.read-timeout must be a whole number from 1, not 1s",
                        "aws.http.protocol.version must be HTTP1_1, not HTTP2",
                        "aws.credentials.provider.role.arn is missing");
    }

    @ParameterizedTest
    @CsvSource({
        "aws.Region, aws.region",
        "aws.endpoint.url, aws.endpoint",
        "aws.credentials.basic.accesskeyid, aws.credentials.provider.basic.accesskeyid",
        "aws.credentials.provider.basic.secretKey, aws.credentials.provider.basic.secretkey",
        "aws.http-client.max-concurency, aws.http-client.max-concurrency",
    })
    void unknownPropertyNamesTheNearestKnownOne(String unknown, String nearest) {
        assertThatThrownBy(() -> settings(Map.of("aws.region", "r", unknown, "x"), Map.of()))
                .hasMessageContaining(
                        "there is no property " + unknown + "; did you mean " + nearest + "?");
    }

    @Test
    void credentialsProviderIsCaseSensitiveAsInTheJavaConnector() {
        assertThatThrownBy(
                        () ->
                                settings(
                                        Map.of(
                                                "aws.region",
                                                "r",
                                                "aws.credentials.provider",
                                                "basic"),
                                        Map.of()))
                .hasMessageContainingAll(
                        "aws.credentials.provider must be one of", "BASIC", "basic");
    }

    @ParameterizedTest
    @CsvSource({
        "BASIC, basic.accesskeyid",
        "BASIC, basic.secretkey",
        "ASSUME_ROLE, role.arn",
        "CUSTOM, custom.class",
    })
    void providerNamesThePropertyItLacks(String provider, String property) {
        assertThatThrownBy(
                        () ->
                                settings(
                                        Map.of(
                                                "aws.region",
                                                "r",
                                                "aws.credentials.provider",
                                                provider),
                                        Map.of()))
                .hasMessageContaining("aws.credentials.provider." + property + " is missing");
    }

    @Test
    void oneKeyOfTwoIsAProblemThoughTheProviderIsNotNamed() {
        assertThatThrownBy(
                        () ->
                                settings(
                                        Map.of(
                                                "aws.region", "r",
                                                "aws.credentials.provider.basic.accesskeyid", "a"),
                                        Map.of()))
                .hasMessageContaining("aws.credentials.provider.basic.secretkey is missing");
    }

    @Test
    void providerBehindAnAssumedRoleIsCheckedToo() {
        assertThatThrownBy(
                        () ->
                                settings(
                                        Map.of(
                                                "aws.region", "r",
                                                "aws.credentials.provider", "ASSUME_ROLE",
                                                "aws.credentials.provider.role.arn", "arn",
                                                "aws.credentials.provider.role.stsEndpoint", "sts",
                                                "aws.credentials.provider.role.provider", "CUSTOM"),
                                        Map.of()))
                .hasMessageContainingAll(
                        "aws.credentials.provider.role.stsEndpoint must be like",
                        "aws.credentials.provider.role.provider.custom.class is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  "})
    void emptyValueIsAProblem(String empty) {
        assertThatThrownBy(() -> settings(Map.of("aws.region", empty), Map.of("AWS_REGION", "r")))
                .hasMessageContaining("aws.region is empty");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://user:secret-word@127.0.0.1",
                "http://127.0.0.1/?token=secret-word",
                "ftp://secret-word",
                "http://secret word",
                "secret-word"
            })
    void badEndpointIsRefusedWithoutBeingShown(String endpoint) {
        assertThatThrownBy(
                        () ->
                                settings(
                                        Map.of("aws.region", "r", "aws.endpoint", endpoint),
                                        Map.of()))
                .hasMessageContaining("aws.endpoint must be like")
                .hasMessageNotContaining("secret");
    }

    @Test
    void regionIsTakenFromThePropertyThenTheEnvironmentThenTheProfile() throws Exception {
        Path config = home.resolve(".aws/config");
        Files.createDirectories(config.getParent());
        Files.writeString(
                config, "[default]\nregion = from-default\n[profile p]\nregion = from-profile\n");
        Path other = home.resolve("other");
        Files.writeString(other, "[default]\nregion = from-other\n");
        Map<String, String> environment =
                new HashMap<>(
                        Map.of(
                                "AWS_REGION", "from-region",
                                "AWS_DEFAULT_REGION", "from-default-region",
                                "AWS_PROFILE", "p",
                                "AWS_CONFIG_FILE", other.toString()));

        assertThat(settings(Map.of("aws.region", "from-property"), environment).region())
                .isEqualTo("from-property");
        assertThat(settings(Map.of(), environment).region()).isEqualTo("from-region");
        environment.put("AWS_REGION", "");
        assertThat(settings(Map.of(), environment).region()).isEqualTo("from-default-region");
        environment.remove("AWS_DEFAULT_REGION");
        assertThatThrownBy(() -> settings(Map.of(), environment)).hasMessageContaining("no region");
        environment.remove("AWS_PROFILE");
        assertThat(settings(Map.of(), environment).region()).isEqualTo("from-other");
        environment.put("AWS_CONFIG_FILE", "~/.aws/config");
        assertThat(settings(Map.of(), environment).region()).isEqualTo("from-default");
        environment.remove("AWS_CONFIG_FILE");
        environment.put("AWS_PROFILE", "p");
        assertThat(settings(Map.of(), environment).region()).isEqualTo("from-profile");
    }

    @Test
    void brokenConfigurationFileIsReportedWithoutItsText() throws Exception {
        Path config = home.resolve(".aws/config");
        Files.createDirectories(config.getParent());
        Files.writeString(config, "[default\naws_secret_access_key secret-word\n");
        assertThatThrownBy(() -> settings(Map.of(), Map.of()))
                .hasMessageContaining("cannot be read")
                .hasMessageNotContaining("secret-word");
    }

    @Test
    void regionThatCannotBeOneIsRefused() {
        assertThatThrownBy(() -> settings(Map.of(), Map.of("AWS_REGION", "eu west/1")))
                .hasMessageContaining("the region in AWS_REGION is not a region's name");
    }

    @Test
    void endpointIsTakenFromThePropertyThenTheEnvironment() {
        Map<String, String> environment =
                new HashMap<>(
                        Map.of(
                                "AWS_REGION", "r",
                                "AWS_ENDPOINT_URL", "http://general",
                                "AWS_ENDPOINT_URL_DYNAMODB", "http://special"));

        assertThat(settings(Map.of("aws.endpoint", "http://property"), environment).endpoint())
                .isEqualTo(URI.create("http://property"));
        assertThat(settings(Map.of(), environment).endpoint())
                .isEqualTo(URI.create("http://special"));
        environment.remove("AWS_ENDPOINT_URL_DYNAMODB");
        assertThat(settings(Map.of(), environment).endpoint())
                .isEqualTo(URI.create("http://general"));
        environment.put("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        assertThat(settings(Map.of(), environment).endpoint()).isNull();
        assertThat(settings(Map.of("aws.endpoint", "http://property"), environment).endpoint())
                .isEqualTo(URI.create("http://property"));
    }

    @Test
    void textShowsNoSecretAndSettingsSurviveSerialization() throws Exception {
        ClientSettings settings =
                settings(
                        Map.of(
                                "aws.region", "eu-west-1",
                                "aws.endpoint", "http://127.0.0.1:8000",
                                "aws.http-client.max-concurrency", "3",
                                "aws.credentials.provider.basic.accesskeyid", "secret-id",
                                "aws.credentials.provider.basic.secretkey", "secret-key",
                                "aws.credentials.provider.basic.sessiontoken", "secret-token"),
                        Map.of());
        assertThat(settings.toString())
                .contains("eu-west-1", "http://127.0.0.1:8000", "basic.sessiontoken")
                .doesNotContain("secret-");

        ClientSettings copy = InstantiationUtil.clone(settings);
        assertThat(copy.toString()).isEqualTo(settings.toString());
        assertThat(copy.maxConcurrency(50)).isEqualTo(3);
        assertThat(copy.readTimeoutMs(70)).isEqualTo(70);
    }

    @Test
    void everyKnownPropertyIsAccepted() {
        Map<String, String> all = new HashMap<>();
        for (String name : ClientSettings.knownProperties()) {
            all.put(name, "1");
        }
        all.put("aws.region", "r");
        all.put("aws.endpoint", "http://h");
        all.put("aws.trust.all.certificates", "true");
        all.put("aws.http.protocol.version", "HTTP1_1");
        all.put("aws.credentials.provider", "ASSUME_ROLE");
        all.put("aws.credentials.provider.role.stsEndpoint", "https://h:1");
        all.put("aws.credentials.provider.role.provider", "WEB_IDENTITY_TOKEN");
        all.put("aws.credentials.provider.role.provider.role.stsEndpoint", "http://h/");
        assertThat(settings(all, Map.of()).trustAllCertificates()).isTrue();
        assertThat(ClientSettings.knownProperties()).hasSize(30);
    }

    private ClientSettings settings(
            Map<String, String> properties, Map<String, String> environment) {
        return ClientSettings.of(properties, environment, home);
    }
}
