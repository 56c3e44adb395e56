package io.github.pyflinkdynamodb.client;

import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

/**
 * The credentials in use, and the provider behind them.
 *
 * <p>{@link #resolve} may block: a provider reads files and asks other services. {@link #refresh}
 * never does.
 */
final class Credentials implements AutoCloseable {
    private final ClientSettings settings;
    private final ClassLoader classLoader;

    private volatile boolean stale;

    // Guarded by this.
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private AwsCredentialsProvider provider;
    private boolean resolvedBefore;
    private volatile boolean closed;

    Credentials(ClientSettings settings, ClassLoader classLoader) {
        this.settings = settings;
        this.classLoader = classLoader;
    }

    synchronized AwsCredentialsIdentity resolve() throws ServiceFailure {
        if (closed) {
            throw failure(ErrorCodes.CLIENT_CLOSED, 0, "the client was closed");
        }
        try {
            if (stale) {
                stale = false;
                closeProvider();
            }
            if (provider == null) {
                provider =
                        new CredentialsFactory(
                                        settings.properties(), settings.region(), classLoader, open)
                                .create();
            }
            AwsCredentialsIdentity identity =
                    Objects.requireNonNull(provider.resolveCredentials(), "no credentials");
            resolvedBefore = true;
            return identity;
        } catch (Exception | LinkageError e) {
            ServiceFailure failure = failure(e);
            if (provider == null) {
                closeProvider();
            }
            throw failure;
        } finally {
            // Whoever waits to close it may not live to do so.
            if (closed) {
                closeProvider();
            }
        }
    }

    /** Makes the next {@link #resolve} start from nothing. */
    void refresh() {
        stale = true;
    }

    /** Lets a {@link #resolve} that is under way be the last. Never blocks. */
    void giveUp() {
        closed = true;
    }

    @Override
    public synchronized void close() {
        closed = true;
        closeProvider();
    }

    private void closeProvider() {
        provider = null;
        while (!open.isEmpty()) {
            try {
                open.pop().close();
            } catch (Exception e) {
                // The provider is given up anyway, and there is nobody to mend it.
            }
        }
    }

    private ServiceFailure failure(Throwable fault) {
        if (fault instanceof AwsServiceException) {
            AwsServiceException refused = (AwsServiceException) fault;
            String code =
                    refused.awsErrorDetails() == null
                            ? null
                            : refused.awsErrorDetails().errorCode();
            ErrorClass errorClass = ErrorCodes.classify(code, refused.statusCode());
            // A refused call of STS says nothing of the records.
            if (code != null && errorClass != ErrorClass.INVALID_RECORD) {
                String text = refused.awsErrorDetails().errorMessage();
                return failure(
                        code,
                        refused.statusCode(),
                        code + (text == null ? "" : ", " + SafeText.of(text)));
            }
        }
        return failure(
                resolvedBefore
                        ? ErrorCodes.CREDENTIALS_REFRESH_FAILED
                        : ErrorCodes.CREDENTIALS_UNAVAILABLE,
                0,
                reason(fault));
    }

    private String reason(Throwable fault) {
        switch (CredentialsFactory.type(settings.properties())) {
            case AUTO:
                return "neither system properties, environment, web identity, profile, container"
                        + " nor instance gave any";
            case CUSTOM:
                return customReason(fault);
            default:
                return fault.getMessage() == null
                        ? fault.getClass().getName()
                        : SafeText.of(fault.getMessage());
        }
    }

    /** Names the fault's class only: text from the user's own class may hold a secret. */
    private String customReason(Throwable fault) {
        if (provider != null) {
            return "it threw " + fault.getClass().getName();
        }
        if (fault instanceof InvocationTargetException) {
            return "its constructor threw " + fault.getCause().getClass().getName();
        }
        return "the class cannot be used, "
                + fault.getClass().getSimpleName()
                + "; it must be on the class path and have a constructor without parameters or with"
                + " java.util.Properties, and a method resolveCredentials()";
    }

    private ServiceFailure failure(String code, int httpStatus, String text) {
        String reason = ErrorCodes.reason(code);
        return new ServiceFailure(
                code,
                httpStatus,
                "No credentials from provider "
                        + CredentialsFactory.type(settings.properties())
                        + " in region "
                        + settings.region()
                        + ": "
                        + text
                        + (reason == null ? "" : " (" + reason + ")")
                        + ".",
                null);
    }
}
