package io.github.pyflinkdynamodb.client;

import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.services.sts.auth.StsWebIdentityTokenFileCredentialsProvider;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/**
 * The credentials provider that the properties ask for.
 *
 * <p>The keys are those of Flink's Java connector. {@code role.provider} names the provider of the
 * credentials that assume the role, and has the same kin as the outer one, once.
 */
final class CredentialsFactory {

    enum Type {
        AUTO,
        BASIC,
        ENV_VAR,
        SYS_PROP,
        PROFILE,
        ASSUME_ROLE,
        WEB_IDENTITY_TOKEN,
        CUSTOM
    }

    static final String PROVIDER = "aws.credentials.provider";

    private static final String ROLE_PROVIDER = ".role.provider";
    private static final String ACCESS_KEY_ID = ".basic.accesskeyid";
    private static final String SECRET_KEY = ".basic.secretkey";
    private static final String SESSION_TOKEN = ".basic.sessiontoken";
    private static final String PROFILE_PATH = ".profile.path";
    private static final String PROFILE_NAME = ".profile.name";
    private static final String ROLE_ARN = ".role.arn";
    private static final String ROLE_SESSION_NAME = ".role.sessionName";
    private static final String ROLE_EXTERNAL_ID = ".role.externalId";
    private static final String ROLE_STS_ENDPOINT = ".role.stsEndpoint";
    private static final String WEB_IDENTITY_TOKEN_FILE = ".webIdentityToken.file";
    private static final String CUSTOM_CLASS = ".custom.class";
    private static final List<String> KIN =
            List.of(
                    "",
                    ACCESS_KEY_ID,
                    SECRET_KEY,
                    SESSION_TOKEN,
                    PROFILE_PATH,
                    PROFILE_NAME,
                    ROLE_ARN,
                    ROLE_SESSION_NAME,
                    ROLE_EXTERNAL_ID,
                    ROLE_STS_ENDPOINT,
                    WEB_IDENTITY_TOKEN_FILE,
                    CUSTOM_CLASS);

    private final Map<String, String> properties;
    private final String region;
    private final ClassLoader classLoader;
    private final Deque<AutoCloseable> toClose;

    /**
     * @param classLoader where a custom provider's class is looked for first
     * @param toClose receives what the providers hold open, the last opened first
     */
    CredentialsFactory(
            Map<String, String> properties,
            String region,
            ClassLoader classLoader,
            Deque<AutoCloseable> toClose) {
        this.properties = properties;
        this.region = region;
        this.classLoader = classLoader;
        this.toClose = toClose;
    }

    static Set<String> knownProperties() {
        Set<String> names = new TreeSet<>();
        for (String kin : KIN) {
            names.add(PROVIDER + kin);
            names.add(PROVIDER + ROLE_PROVIDER + kin);
        }
        return names;
    }

    static void check(Map<String, String> properties, List<String> problems) {
        if (checkProvider(properties, PROVIDER, problems) == Type.ASSUME_ROLE) {
            checkProvider(properties, PROVIDER + ROLE_PROVIDER, problems);
        }
    }

    static Type type(Map<String, String> properties) {
        return type(properties, PROVIDER);
    }

    AwsCredentialsProvider create() throws ReflectiveOperationException {
        return create(PROVIDER);
    }

    private static Type type(Map<String, String> properties, String prefix) {
        String name = properties.get(prefix);
        if (name != null) {
            return Type.valueOf(name);
        }
        return properties.containsKey(prefix + ACCESS_KEY_ID)
                        && properties.containsKey(prefix + SECRET_KEY)
                ? Type.BASIC
                : Type.AUTO;
    }

    private static Type checkProvider(
            Map<String, String> properties, String prefix, List<String> problems) {
        String name = properties.get(prefix);
        if (name != null && Arrays.stream(Type.values()).noneMatch(t -> t.name().equals(name))) {
            problems.add(
                    prefix + " must be one of " + Arrays.toString(Type.values()) + ", not " + name);
            return Type.AUTO;
        }
        Type type = type(properties, prefix);
        boolean anyBasic =
                properties.containsKey(prefix + ACCESS_KEY_ID)
                        || properties.containsKey(prefix + SECRET_KEY)
                        || properties.containsKey(prefix + SESSION_TOKEN);
        if (type == Type.BASIC || (name == null && anyBasic)) {
            require(properties, prefix + ACCESS_KEY_ID, "for credentials given as keys", problems);
            require(properties, prefix + SECRET_KEY, "for credentials given as keys", problems);
        } else if (type == Type.ASSUME_ROLE) {
            require(properties, prefix + ROLE_ARN, "for " + type, problems);
        } else if (type == Type.CUSTOM) {
            require(properties, prefix + CUSTOM_CLASS, "for " + type, problems);
        }
        String stsEndpoint = properties.get(prefix + ROLE_STS_ENDPOINT);
        if (stsEndpoint != null && !stsEndpoint.matches("https?://[^/@?#\\s]+/?")) {
            problems.add(
                    prefix + ROLE_STS_ENDPOINT + " must be like https://host or https://host:port");
        }
        return type;
    }

    private static void require(
            Map<String, String> properties, String name, String what, List<String> problems) {
        if (!properties.containsKey(name)) {
            problems.add(name + " is missing; it is needed " + what);
        }
    }

    private AwsCredentialsProvider create(String prefix) throws ReflectiveOperationException {
        AwsCredentialsProvider provider = createProvider(prefix);
        if (provider instanceof AutoCloseable) {
            toClose.push((AutoCloseable) provider);
        }
        return provider;
    }

    private AwsCredentialsProvider createProvider(String prefix)
            throws ReflectiveOperationException {
        switch (type(properties, prefix)) {
            case BASIC:
                return StaticCredentialsProvider.create(basic(prefix));
            case ENV_VAR:
                return EnvironmentVariableCredentialsProvider.create();
            case SYS_PROP:
                return SystemPropertyCredentialsProvider.create();
            case PROFILE:
                return profile(prefix);
            case ASSUME_ROLE:
                return assumeRole(prefix);
            case WEB_IDENTITY_TOKEN:
                return webIdentity(prefix);
            case CUSTOM:
                return custom(properties.get(prefix + CUSTOM_CLASS));
            default:
                // The builder, not create(): that one hands out a shared provider, which keeps
                // credentials that have expired.
                return DefaultCredentialsProvider.builder().build();
        }
    }

    private AwsCredentials basic(String prefix) {
        String accessKeyId = properties.get(prefix + ACCESS_KEY_ID);
        String secretKey = properties.get(prefix + SECRET_KEY);
        String sessionToken = properties.get(prefix + SESSION_TOKEN);
        return sessionToken == null
                ? AwsBasicCredentials.create(accessKeyId, secretKey)
                : AwsSessionCredentials.create(accessKeyId, secretKey, sessionToken);
    }

    private AwsCredentialsProvider profile(String prefix) {
        ProfileCredentialsProvider.Builder builder = ProfileCredentialsProvider.builder();
        optional(prefix + PROFILE_NAME).ifPresent(builder::profileName);
        optional(prefix + PROFILE_PATH)
                .ifPresent(
                        path ->
                                builder.profileFile(
                                        ProfileFile.builder()
                                                .type(ProfileFile.Type.CREDENTIALS)
                                                .content(Path.of(path))
                                                .build()));
        return builder.build();
    }

    private AwsCredentialsProvider assumeRole(String prefix) throws ReflectiveOperationException {
        // Only one level deep: the source of a role that assumes a role is the default chain.
        AwsCredentialsProvider source =
                prefix.equals(PROVIDER)
                        ? create(PROVIDER + ROLE_PROVIDER)
                        : DefaultCredentialsProvider.builder().build();
        StsClient sts = sts(prefix, source);
        return StsAssumeRoleCredentialsProvider.builder()
                .stsClient(sts)
                .refreshRequest(
                        request ->
                                request.roleArn(properties.get(prefix + ROLE_ARN))
                                        .roleSessionName(
                                                optional(prefix + ROLE_SESSION_NAME)
                                                        .orElse("pyflink-dynamodb"))
                                        .externalId(properties.get(prefix + ROLE_EXTERNAL_ID)))
                .build();
    }

    private AwsCredentialsProvider webIdentity(String prefix) {
        StsWebIdentityTokenFileCredentialsProvider.Builder builder =
                StsWebIdentityTokenFileCredentialsProvider.builder()
                        .stsClient(sts(prefix, AnonymousCredentialsProvider.create()));
        // What is not given comes from the environment variables that EKS sets.
        optional(prefix + ROLE_ARN).ifPresent(builder::roleArn);
        optional(prefix + ROLE_SESSION_NAME).ifPresent(builder::roleSessionName);
        optional(prefix + WEB_IDENTITY_TOKEN_FILE)
                .ifPresent(file -> builder.webIdentityTokenFile(Path.of(file)));
        return builder.build();
    }

    private StsClient sts(String prefix, AwsCredentialsProvider source) {
        StsClientBuilder builder =
                StsClient.builder()
                        .region(Region.of(region))
                        .credentialsProvider(source)
                        .httpClient(UrlConnectionHttpClient.create(HttpProxy::connection));
        optional(prefix + ROLE_STS_ENDPOINT)
                .ifPresent(endpoint -> builder.endpointOverride(URI.create(endpoint)));
        StsClient sts = builder.build();
        toClose.push(sts);
        return sts;
    }

    private AwsCredentialsProvider custom(String className) throws ReflectiveOperationException {
        Object instance = instantiate(load(className));
        if (instance instanceof AwsCredentialsProvider) {
            return (AwsCredentialsProvider) instance;
        }
        if (instance instanceof AutoCloseable) {
            toClose.push((AutoCloseable) instance);
        }
        return new ForeignProvider(instance);
    }

    private Class<?> load(String className) throws ClassNotFoundException {
        try {
            return Class.forName(className, true, classLoader);
        } catch (ClassNotFoundException e) {
            return Class.forName(className);
        }
    }

    private Object instantiate(Class<?> type) throws ReflectiveOperationException {
        Constructor<?> constructor;
        Object[] arguments = {};
        try {
            constructor = type.getDeclaredConstructor(Properties.class);
            Properties all = new Properties();
            all.putAll(properties);
            arguments = new Object[] {all};
        } catch (NoSuchMethodException e) {
            constructor = type.getDeclaredConstructor();
        }
        constructor.setAccessible(true);
        return constructor.newInstance(arguments);
    }

    private Optional<String> optional(String name) {
        return Optional.ofNullable(properties.get(name));
    }

    /**
     * A provider written against the plain AWS SDK. The SDK in this connector's jar is relocated,
     * so the two have no interface in common: same names, other packages.
     */
    private static final class ForeignProvider implements AwsCredentialsProvider {
        private final Object provider;
        private final Method resolve;

        ForeignProvider(Object provider) throws NoSuchMethodException {
            this.provider = provider;
            this.resolve = provider.getClass().getMethod("resolveCredentials");
            resolve.setAccessible(true);
        }

        @Override
        public AwsCredentials resolveCredentials() {
            try {
                Object credentials = resolve.invoke(provider);
                String accessKeyId = text(credentials, "accessKeyId");
                String secretKey = text(credentials, "secretAccessKey");
                try {
                    return AwsSessionCredentials.create(
                            accessKeyId, secretKey, text(credentials, "sessionToken"));
                } catch (NoSuchMethodException e) {
                    return AwsBasicCredentials.create(accessKeyId, secretKey);
                }
            } catch (InvocationTargetException e) {
                throw e.getCause() instanceof RuntimeException
                        ? (RuntimeException) e.getCause()
                        : new IllegalStateException(e);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        private static String text(Object credentials, String method)
                throws ReflectiveOperationException {
            Method getter = credentials.getClass().getMethod(method);
            getter.setAccessible(true);
            return (String) getter.invoke(credentials);
        }
    }
}
