package io.github.pyflinkdynamodb.client;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Endpoints without TLS that another machine may answer. Python has the same rule (`_aws`); what is
 * said there reaches whoever builds the job, what is said here the log of the task managers.
 */
final class PlainHttp {
    private static final Logger LOG = LoggerFactory.getLogger(PlainHttp.class);
    private static final Set<String> WARNED = ConcurrentHashMap.newKeySet();

    // Anything else is a name, and looking one up could block.
    private static final Pattern ADDRESS =
            Pattern.compile("[0-9]+(\\.[0-9]+){3}|\\[[0-9a-fA-F:.]+]");

    private PlainHttp() {}

    /** Logs a line, once for each endpoint and process. */
    static void warnOnce(URI endpoint) {
        if (isExposed(endpoint) && WARNED.add(endpoint.getHost())) {
            LOG.warn(
                    "The endpoint http://{} is not on this machine and has no TLS: records and"
                            + " session tokens travel unencrypted. Use https:// (aws.endpoint,"
                            + " AWS_ENDPOINT_URL).",
                    endpoint.getHost());
        }
    }

    static boolean isExposed(URI endpoint) {
        return "http".equals(endpoint.getScheme()) && !isLoopback(endpoint.getHost());
    }

    /** Whether a host certainly is this machine. */
    static boolean isLoopback(String host) {
        if ("localhost".equals(host) || host.endsWith(".localhost")) {
            return true;
        }
        try {
            return ADDRESS.matcher(host).matches()
                    && InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
