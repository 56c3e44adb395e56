package io.github.pyflinkdynamodb.client;

import software.amazon.awssdk.profiles.ProfileFile;

import java.io.Serializable;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

import javax.annotation.Nullable;

/**
 * Where DynamoDB is and with which credentials it is called, from the property keys of Flink's Java
 * connector.
 *
 * <p>Everything that can be checked without a network is checked here. Credentials are resolved
 * where the writer runs, which may be another machine.
 */
public final class ClientSettings implements Serializable {
    private static final long serialVersionUID = 1L;

    static final String REGION = "aws.region";
    static final String ENDPOINT = "aws.endpoint";
    static final String TRUST_ALL_CERTIFICATES = "aws.trust.all.certificates";
    static final String MAX_CONCURRENCY = "aws.http-client.max-concurrency";
    static final String READ_TIMEOUT_MS = "aws.http-client.read-timeout";
    static final String PROTOCOL_VERSION = "aws.http.protocol.version";

    // Host names are made of it.
    private static final Pattern REGION_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9-]{0,62}");

    private final TreeMap<String, String> properties;
    private final String region;
    @Nullable private final URI endpoint;

    private ClientSettings(
            TreeMap<String, String> properties, String region, @Nullable URI endpoint) {
        this.properties = properties;
        this.region = region;
        this.endpoint = endpoint;
    }

    /**
     * Reads and checks properties.
     *
     * <p>Region: the property, then AWS_REGION, AWS_DEFAULT_REGION, then the profile of the AWS
     * configuration file. Endpoint: the property, then AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL.
     *
     * @throws IllegalArgumentException naming every problem at once
     */
    public static ClientSettings of(Map<String, String> properties) {
        return of(Service.DYNAMODB, properties);
    }

    /**
     * As {@link #of(Map)}, for the endpoint of another service.
     *
     * @throws IllegalArgumentException naming every problem at once
     */
    public static ClientSettings of(Service service, Map<String, String> properties) {
        return of(service, properties, System.getenv(), Path.of(System.getProperty("user.home")));
    }

    static ClientSettings of(
            Map<String, String> properties, Map<String, String> environment, Path home) {
        return of(Service.DYNAMODB, properties, environment, home);
    }

    static ClientSettings of(
            Service service,
            Map<String, String> properties,
            Map<String, String> environment,
            Path home) {
        List<String> problems = new ArrayList<>();
        TreeMap<String, String> known = new TreeMap<>();
        Set<String> names = knownProperties();
        // Python's map may hold anything, whatever the declared type says.
        for (Map.Entry<?, ?> entry : new TreeMap<>(properties).entrySet()) {
            String name = String.valueOf(entry.getKey());
            if (!names.contains(name)) {
                problems.add(
                        "there is no property "
                                + name
                                + "; did you mean "
                                + NearestName.of(name, names)
                                + "?");
            } else if (!(entry.getValue() instanceof String)) {
                problems.add(name + " must be a string");
            } else if (((String) entry.getValue()).isBlank()) {
                problems.add(name + " is empty; give a value or leave it out");
            } else {
                known.put(name, ((String) entry.getValue()).trim());
            }
        }
        String region = region(known, environment, home, problems);
        URI endpoint = endpoint(service, known, environment, problems);
        oneOf(known, TRUST_ALL_CERTIFICATES, List.of("true", "false"), problems);
        oneOf(known, PROTOCOL_VERSION, List.of("HTTP1_1"), problems);
        positive(known, MAX_CONCURRENCY, problems);
        positive(known, READ_TIMEOUT_MS, problems);
        CredentialsFactory.check(known, problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(
                    "The DynamoDB properties cannot be used:\n  - "
                            + String.join("\n  - ", problems));
        }
        return new ClientSettings(known, region, endpoint);
    }

    /** Every property key there is. */
    public static Set<String> knownProperties() {
        Set<String> names = new TreeSet<>(CredentialsFactory.knownProperties());
        Collections.addAll(
                names,
                REGION,
                ENDPOINT,
                TRUST_ALL_CERTIFICATES,
                MAX_CONCURRENCY,
                READ_TIMEOUT_MS,
                PROTOCOL_VERSION);
        return Collections.unmodifiableSet(names);
    }

    public String region() {
        return region;
    }

    /** The endpoint that was configured; null for the region's own. */
    @Nullable
    public URI endpoint() {
        return endpoint;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClientSettings
                && properties.equals(((ClientSettings) other).properties)
                && isSameService((ClientSettings) other);
    }

    @Override
    public int hashCode() {
        return Objects.hash(properties, region, endpoint);
    }

    /** Whether a table's name means the same table with both. */
    public boolean isSameService(ClientSettings other) {
        return region.equals(other.region) && Objects.equals(endpoint, other.endpoint);
    }

    boolean trustAllCertificates() {
        return "true".equals(properties.get(TRUST_ALL_CERTIFICATES));
    }

    int maxConcurrency(int otherwise) {
        String value = properties.get(MAX_CONCURRENCY);
        return value == null ? otherwise : Integer.parseInt(value);
    }

    long readTimeoutMs(long otherwise) {
        String value = properties.get(READ_TIMEOUT_MS);
        return value == null ? otherwise : Integer.parseInt(value);
    }

    /** Holds secrets. */
    Map<String, String> properties() {
        return Collections.unmodifiableMap(properties);
    }

    /** Names the properties that are set, without their values: some are secrets. */
    @Override
    public String toString() {
        return "ClientSettings{region="
                + region
                + ", endpoint="
                + endpoint
                + ", properties="
                + properties.keySet()
                + "}";
    }

    @Nullable
    private static String region(
            Map<String, String> properties,
            Map<String, String> environment,
            Path home,
            List<String> problems) {
        String source = REGION;
        String region = properties.get(REGION);
        for (String variable : List.of("AWS_REGION", "AWS_DEFAULT_REGION")) {
            if (region == null) {
                source = variable;
                region = set(environment, variable);
            }
        }
        if (region == null) {
            source = "the AWS configuration file";
            region = regionOfProfile(environment, home, problems);
        }
        if (region == null) {
            problems.add(
                    "no region: set aws.region, the environment variable AWS_REGION, or a region"
                            + " in the AWS configuration file");
        } else if (!REGION_NAME.matcher(region).matches()) {
            problems.add("the region in " + source + " is not a region's name, like eu-west-1");
        }
        return region;
    }

    @Nullable
    private static String regionOfProfile(
            Map<String, String> environment, Path home, List<String> problems) {
        String configured = set(environment, "AWS_CONFIG_FILE");
        Path file;
        if (configured == null) {
            file = home.resolve(".aws").resolve("config");
        } else if (configured.startsWith("~/")) {
            file = home.resolve(configured.substring(2));
        } else {
            file = Path.of(configured);
        }
        if (!Files.isReadable(file)) {
            return null;
        }
        String profile = set(environment, "AWS_PROFILE");
        try {
            return ProfileFile.builder()
                    .type(ProfileFile.Type.CONFIGURATION)
                    .content(file)
                    .build()
                    .profile(profile == null ? "default" : profile)
                    .flatMap(found -> found.property("region"))
                    .orElse(null);
        } catch (RuntimeException e) {
            // Not its message: a broken line of such a file may hold a secret.
            problems.add("the AWS configuration file " + file + " cannot be read; mend it");
            return null;
        }
    }

    @Nullable
    private static URI endpoint(
            Service service,
            Map<String, String> properties,
            Map<String, String> environment,
            List<String> problems) {
        String source = ENDPOINT;
        String endpoint = properties.get(ENDPOINT);
        if (!"true".equalsIgnoreCase(set(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"))) {
            for (String variable : service.endpointVariables()) {
                if (endpoint == null) {
                    source = variable;
                    endpoint = set(environment, variable);
                }
            }
        }
        if (endpoint == null) {
            return null;
        }
        try {
            URI uri = new URI(endpoint);
            boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (http
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getFragment() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            // Reported below. The text stays out of the message, it may hold a password.
        }
        problems.add(
                source
                        + " must be like http://127.0.0.1:8000: http or https, a host, perhaps a"
                        + " port and a path, without user name and query");
        return null;
    }

    private static void oneOf(
            Map<String, String> properties,
            String name,
            List<String> allowed,
            List<String> problems) {
        String value = properties.get(name);
        if (value != null && !allowed.contains(value)) {
            problems.add(name + " must be " + String.join(" or ", allowed) + ", not " + value);
        }
    }

    private static void positive(
            Map<String, String> properties, String name, List<String> problems) {
        String value = properties.get(name);
        if (value == null) {
            return;
        }
        try {
            if (Integer.parseInt(value) > 0) {
                return;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        problems.add(name + " must be a whole number from 1, not " + value);
    }

    @Nullable
    static String set(Map<String, String> environment, String variable) {
        String value = environment.get(variable);
        return value == null || value.isBlank() ? null : value.trim();
    }
}
