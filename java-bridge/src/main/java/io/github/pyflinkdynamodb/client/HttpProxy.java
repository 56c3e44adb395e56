package io.github.pyflinkdynamodb.client;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.http.SdkHttpConfigurationOption;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import javax.annotation.Nullable;

/**
 * The proxy on the way to an endpoint.
 *
 * <p>Properties of the JVM come first ({@code https.proxyHost} and its kin), then the environment,
 * by the rules of boto3: HTTPS_PROXY or HTTP_PROXY after the endpoint's scheme, NO_PROXY with names
 * and their domains. The SDK's HTTP client by itself looks at HTTP_PROXY alone, whatever the scheme
 * is. No proxy is asked for this machine's loopback interface, which it could not reach.
 */
final class HttpProxy {
    private static final Logger LOG = LoggerFactory.getLogger(HttpProxy.class);

    private final String scheme;
    private final String host;
    private final int port;
    @Nullable private final String user;
    @Nullable private final String password;

    private HttpProxy(
            String scheme,
            String host,
            int port,
            @Nullable String user,
            @Nullable String password) {
        this.scheme = scheme;
        this.host = host;
        this.port = port;
        this.user = user;
        this.password = password;
    }

    /**
     * The proxy to be used for an endpoint, or null.
     *
     * @throws IllegalArgumentException if the environment names one that cannot be
     */
    @Nullable
    static HttpProxy of(URI endpoint) {
        HttpProxy proxy = of(endpoint, System.getenv());
        if (proxy != null) {
            LOG.info("Calls of {} go through the proxy {}.", endpoint.getHost(), proxy);
        }
        return proxy;
    }

    @Nullable
    static HttpProxy of(URI endpoint, Map<String, String> environment) {
        if (PlainHttp.isLoopback(endpoint.getHost())) {
            return null;
        }
        if (System.getProperty(endpoint.getScheme() + ".proxyHost") != null) {
            return ofProperties(endpoint);
        }
        String variable = endpoint.getScheme() + "_proxy";
        String address = either(environment, variable);
        if (address == null || isExempt(endpoint, either(environment, "no_proxy"))) {
            return null;
        }
        return ofAddress(address, variable.toUpperCase(Locale.ROOT));
    }

    /**
     * A connection by the JDK's own client, which STS is called with.
     *
     * @throws IllegalArgumentException if the proxy wants what that client cannot do
     */
    static HttpURLConnection connection(URI endpoint) {
        HttpProxy proxy = of(endpoint);
        boolean tls = "https".equals(endpoint.getScheme());
        // It would give a login to the service instead, through the tunnel.
        if (proxy != null && tls && (proxy.user != null || !proxy.scheme.equals("http"))) {
            throw new IllegalArgumentException(
                    "STS cannot be called through the proxy "
                            + proxy
                            + ", which wants a login or TLS; leave "
                            + endpoint.getHost()
                            + " out with NO_PROXY, or name a proxy that does without.");
        }
        try {
            HttpURLConnection connection =
                    (HttpURLConnection)
                            endpoint.toURL()
                                    .openConnection(
                                            proxy == null ? Proxy.NO_PROXY : proxy.ofTheJdk());
            connection.setConnectTimeout(millis(SdkHttpConfigurationOption.CONNECTION_TIMEOUT));
            connection.setReadTimeout(millis(SdkHttpConfigurationOption.READ_TIMEOUT));
            if (proxy != null && proxy.user != null) {
                connection.setRequestProperty("Proxy-Authorization", proxy.login());
            }
            return connection;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String scheme() {
        return scheme;
    }

    String host() {
        return host;
    }

    int port() {
        return port;
    }

    @Nullable
    String user() {
        return user;
    }

    @Nullable
    String password() {
        return password;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof HttpProxy)) {
            return false;
        }
        HttpProxy that = (HttpProxy) other;
        return scheme.equals(that.scheme)
                && host.equals(that.host)
                && port == that.port
                && Objects.equals(user, that.user)
                && Objects.equals(password, that.password);
    }

    @Override
    public int hashCode() {
        return Objects.hash(scheme, host, port, user, password);
    }

    /** Neither user nor password. */
    @Override
    public String toString() {
        return host + ":" + port;
    }

    private static int millis(SdkHttpConfigurationOption<Duration> option) {
        return (int) SdkHttpConfigurationOption.GLOBAL_HTTP_DEFAULTS.get(option).toMillis();
    }

    private Proxy ofTheJdk() {
        return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(host, port));
    }

    private String login() {
        String login = user + ":" + (password == null ? "" : password);
        return "Basic "
                + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    }

    /** The JVM knows how to read its own properties, http.nonProxyHosts included. */
    @Nullable
    private static HttpProxy ofProperties(URI endpoint) {
        for (Proxy proxy : ProxySelector.getDefault().select(endpoint)) {
            if (proxy.type() == Proxy.Type.HTTP) {
                InetSocketAddress address = (InetSocketAddress) proxy.address();
                String prefix = endpoint.getScheme() + ".proxy";
                return new HttpProxy(
                        "http",
                        address.getHostString(),
                        address.getPort(),
                        System.getProperty(prefix + "User"),
                        System.getProperty(prefix + "Password"));
            }
        }
        return null;
    }

    private static HttpProxy ofAddress(String address, String variable) {
        String whole = address.contains("://") ? address : "http://" + address;
        try {
            URI uri = new URI(whole);
            boolean tls = "https".equals(uri.getScheme());
            if (uri.getHost() != null && (tls || "http".equals(uri.getScheme()))) {
                String[] login =
                        uri.getRawUserInfo() == null
                                ? new String[0]
                                : uri.getRawUserInfo().split(":", 2);
                return new HttpProxy(
                        uri.getScheme(),
                        uri.getHost(),
                        uri.getPort() < 0 ? (tls ? 443 : 80) : uri.getPort(),
                        login.length > 0 ? decoded(login[0]) : null,
                        login.length > 1 ? decoded(login[1]) : null);
            }
        } catch (URISyntaxException e) {
            // Reported below. The text stays out of the message, it may hold a password.
        }
        throw new IllegalArgumentException(
                "The environment variable "
                        + variable
                        + " is not the address of a proxy, like http://proxy.example.com:3128; a"
                        + " user's name or password in it is percent-encoded, and the host's name"
                        + " has no underscore. Correct it, or leave this endpoint out with"
                        + " NO_PROXY.");
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** As boto3 does it; "*." before a domain and "*" among others count here, too. */
    private static boolean isExempt(URI endpoint, @Nullable String exempt) {
        if (exempt == null) {
            return false;
        }
        String host = endpoint.getHost().toLowerCase(Locale.ROOT);
        for (String entry : exempt.toLowerCase(Locale.ROOT).split(",")) {
            String name = entry.trim();
            if (name.equals("*")) {
                return true;
            }
            name = name.replaceFirst("^\\*?\\.", "");
            for (String known : List.of(host, host + ":" + endpoint.getPort())) {
                if (known.equals(name) || (!name.isEmpty() && known.endsWith("." + name))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Both ways of writing it are in use; the small letters count first, empty ones too. */
    @Nullable
    private static String either(Map<String, String> environment, String variable) {
        return ClientSettings.set(
                environment,
                environment.containsKey(variable) ? variable : variable.toUpperCase(Locale.ROOT));
    }
}
