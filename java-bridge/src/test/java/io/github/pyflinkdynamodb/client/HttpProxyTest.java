package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Map;

class HttpProxyTest {
    private static final URI TLS = URI.create("https://dynamodb.eu-west-1.amazonaws.com");
    private static final URI PLAIN = URI.create("http://dynamodb.internal:8000");

    @Test
    void isThatOfTheEndpointsScheme() {
        Map<String, String> both =
                Map.of("HTTPS_PROXY", "http://tls.example:1", "HTTP_PROXY", "http://plain.example");

        assertThat(HttpProxy.of(TLS, both)).hasToString("tls.example:1");
        assertThat(HttpProxy.of(PLAIN, both)).hasToString("plain.example:80");
        assertThat(HttpProxy.of(TLS, Map.of("HTTP_PROXY", "http://plain.example"))).isNull();
        assertThat(HttpProxy.of(PLAIN, Map.of("HTTPS_PROXY", "http://tls.example"))).isNull();
        assertThat(HttpProxy.of(TLS, Map.of())).isNull();
        assertThat(HttpProxy.of(TLS, Map.of("HTTPS_PROXY", " "))).isNull();
    }

    @Test
    void smallLettersCountFirst() {
        Map<String, String> both =
                Map.of("HTTPS_PROXY", "http://big.example", "https_proxy", "http://small.example");

        assertThat(HttpProxy.of(TLS, both)).hasToString("small.example:80");
        Map<String, String> switchedOff =
                Map.of("HTTPS_PROXY", "http://big.example", "https_proxy", "");
        assertThat(HttpProxy.of(TLS, switchedOff)).isNull();
    }

    @Test
    void mayWantALoginAndTls() {
        HttpProxy proxy =
                HttpProxy.of(
                        TLS, Map.of("HTTPS_PROXY", "https://a%40b:p%3Aw+d%25@proxy.example:3128/"));

        assertThat(proxy.scheme()).isEqualTo("https");
        assertThat(proxy.host()).isEqualTo("proxy.example");
        assertThat(proxy.port()).isEqualTo(3128);
        assertThat(proxy.user()).isEqualTo("a@b");
        assertThat(proxy.password()).isEqualTo("p:w+d%");
        assertThat(proxy).hasToString("proxy.example:3128");
    }

    @Test
    void needsNoScheme() {
        assertThat(HttpProxy.of(TLS, Map.of("HTTPS_PROXY", "proxy.example:3128")))
                .hasToString("proxy.example:3128");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dynamodb.eu-west-1.amazonaws.com | true",
                "DynamoDB.eu-west-1.amazonaws.com | true",
                "amazonaws.com | true",
                ".amazonaws.com | true",
                "*.amazonaws.com | true",
                "localhost, amazonaws.com | true",
                "* | true",
                "localhost,* | true",
                "dynamodb.eu-west-1.amazonaws.com:8443 | true",
                "amazonaws.com:8443 | true",
                "dynamodb.eu-west-1.amazonaws.com:443 | false",
                "aws.com | false",
                "eu-west-1 | false",
                "localhost,127.0.0.1 | false",
                "'' | false",
                ", | false",
                ". | false",
            })
    void leavesOutWhatNoProxyNames(String exempt, boolean direct) {
        URI endpoint = URI.create("https://dynamodb.eu-west-1.amazonaws.com:8443");
        HttpProxy proxy =
                HttpProxy.of(
                        endpoint,
                        Map.of("HTTPS_PROXY", "http://proxy.example", "NO_PROXY", exempt));

        assertThat(proxy == null).isEqualTo(direct);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"})
    void isNeverAskedForThisMachine(String endpoint) {
        assertThat(HttpProxy.of(URI.create(endpoint), Map.of("HTTP_PROXY", "http://proxy.example")))
                .isNull();
    }

    @Test
    void propertiesOfTheJvmComeFirst() {
        Map<String, String> environment = Map.of("HTTPS_PROXY", "http://other.example");
        Map<String, String> properties =
                Map.of(
                        "https.proxyHost", "jvm.example",
                        "https.proxyPort", "8080",
                        "https.proxyUser", "me",
                        "https.proxyPassword", "secret");
        properties.forEach(System::setProperty);
        try {
            HttpProxy proxy = HttpProxy.of(TLS, environment);
            assertThat(proxy).hasToString("jvm.example:8080");
            assertThat(proxy.user()).isEqualTo("me");
            assertThat(proxy.password()).isEqualTo("secret");
            System.setProperty("http.nonProxyHosts", "*.amazonaws.com");
            assertThat(HttpProxy.of(TLS, environment)).isNull();
        } finally {
            properties.keySet().forEach(System::clearProperty);
            System.clearProperty("http.nonProxyHosts");
        }
    }

    /** The JDK gives a login to nobody but the service at the tunnel's end. */
    @Test
    void loginIsNotGivenToSts() {
        URI sts = URI.create("https://sts.eu-west-1.amazonaws.com");
        Map<String, String> properties =
                Map.of(
                        "https.proxyHost", "jvm.example",
                        "https.proxyUser", "me",
                        "https.proxyPassword", "hunter2");
        properties.forEach(System::setProperty);
        try {
            assertThatThrownBy(() -> HttpProxy.connection(sts))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("jvm.example:443")
                    .hasMessageContaining("NO_PROXY")
                    .hasMessageNotContaining("hunter2");
            System.clearProperty("https.proxyUser");
            HttpURLConnection connection = HttpProxy.connection(sts);
            assertThat(connection.usingProxy()).isTrue();
            assertThat(connection.getConnectTimeout()).isPositive();
            assertThat(connection.getReadTimeout()).isPositive();
            assertThat(HttpProxy.connection(URI.create("http://127.0.0.1")).usingProxy()).isFalse();
        } finally {
            properties.keySet().forEach(System::clearProperty);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://",
                "http://me:hunter2@squid_proxy:3128",
                "socks5://hunter2@proxy.example",
                "http://me:hunter2 @proxy.example",
                "http://me:hunter2%@proxy.example",
                "http://me:hunter2@proxy example"
            })
    void addressThatIsNoneIsRefusedWithoutBeingShown(String address) {
        assertThatThrownBy(() -> HttpProxy.of(TLS, Map.of("HTTPS_PROXY", address)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HTTPS_PROXY")
                .hasMessageContaining("NO_PROXY")
                .hasMessageNotContaining("hunter2");
    }
}
