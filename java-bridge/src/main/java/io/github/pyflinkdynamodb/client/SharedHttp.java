package io.github.pyflinkdynamodb.client;

import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.ProxyConfiguration;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.utils.AttributeMap;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import javax.annotation.Nullable;

/**
 * Connections, threads and credentials: one set for all clients in this JVM that have the same
 * settings, such as a sink's subtasks on one task manager. The last one to leave closes it.
 *
 * <p>Thread-safe.
 */
final class SharedHttp {
    private static final long CLOSE_TIMEOUT_MS = 2_000;
    private static final long MAX_CONNECT_TIMEOUT_MS = 10_000;
    private static final int MAX_THREADS = 8;

    private static final Map<Key, SharedHttp> OPEN = new HashMap<>();

    private final Key key;
    private final Credentials credentials;
    private final ExecutorService workers;
    private final SdkEventLoopGroup eventLoops;
    private final SdkAsyncHttpClient http;

    // Guarded by OPEN.
    private int users;

    /**
     * Takes part in what there is for these settings, or opens it; neither connects nor resolves.
     */
    static SharedHttp join(
            ClientSettings settings, @Nullable HttpProxy proxy, long requestTimeoutMs) {
        Key key =
                new Key(
                        settings,
                        proxy,
                        requestTimeoutMs,
                        Thread.currentThread().getContextClassLoader());
        synchronized (OPEN) {
            SharedHttp shared = OPEN.computeIfAbsent(key, SharedHttp::new);
            shared.users++;
            return shared;
        }
    }

    private SharedHttp(Key key) {
        this.key = key;
        ClientSettings settings = key.settings;
        this.credentials = new Credentials(settings, key.classLoader);
        int cores = Runtime.getRuntime().availableProcessors();
        int threads = Math.max(1, Math.min(MAX_THREADS, cores / 2));
        this.workers = Executors.newFixedThreadPool(threads, threads("sign"));
        this.eventLoops =
                SdkEventLoopGroup.builder()
                        .numberOfThreads(threads)
                        .threadFactory(threads("http"))
                        .build();
        Duration timeout = Duration.ofMillis(key.requestTimeoutMs);
        this.http =
                NettyNioAsyncHttpClient.builder()
                        .eventLoopGroup(eventLoops)
                        .protocol(Protocol.HTTP1_1)
                        .proxyConfiguration(proxyConfiguration(key.proxy))
                        // Who calls bounds the calls; how many will take part, nobody knows here.
                        .maxConcurrency(settings.maxConcurrency(Integer.MAX_VALUE))
                        .maxPendingConnectionAcquires(Integer.MAX_VALUE)
                        .connectionTimeout(
                                Duration.ofMillis(
                                        Math.min(key.requestTimeoutMs, MAX_CONNECT_TIMEOUT_MS)))
                        .connectionAcquisitionTimeout(timeout)
                        // Every call has its time limit; these would be two more timers for it.
                        .writeTimeout(Duration.ZERO)
                        .readTimeout(Duration.ofMillis(settings.readTimeoutMs(0)))
                        .tcpKeepAlive(true)
                        .buildWithDefaults(
                                AttributeMap.builder()
                                        .put(
                                                SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES,
                                                settings.trustAllCertificates())
                                        .build());
    }

    /** May block; on a worker thread only. */
    AwsCredentialsIdentity identity() throws ServiceFailure {
        return credentials.resolve();
    }

    /** Makes the next call resolve its credentials anew. Never blocks. */
    void refreshCredentials() {
        credentials.refresh();
    }

    /** Runs a task on a worker thread, where it may block. */
    void work(Runnable task) {
        workers.execute(task);
    }

    CompletableFuture<Void> send(AsyncExecuteRequest request) {
        return http.execute(request);
    }

    /** Runs a short task later, on an event loop. */
    void schedule(Runnable task, long delayMs) {
        eventLoops.eventLoopGroup().schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }

    /** Runs a short task again and again, on an event loop, until it is cancelled. */
    Future<?> scheduleEvery(Runnable task, long periodMs) {
        return eventLoops
                .eventLoopGroup()
                .scheduleWithFixedDelay(task, periodMs, periodMs, TimeUnit.MILLISECONDS);
    }

    /** Ends the part of one who joined, once; the last one waits for the threads' end, not long. */
    void leave() {
        synchronized (OPEN) {
            users--;
            if (users > 0) {
                return;
            }
            OPEN.remove(key);
        }
        // A cancelled task is interrupted, and would skip what waits below.
        boolean interrupted = Thread.interrupted();
        credentials.giveUp();
        workers.execute(credentials::close);
        workers.shutdown();
        try {
            if (!workers.awaitTermination(CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)) {
                workers.shutdownNow();
            }
        } catch (InterruptedException e) {
            interrupted = true;
            workers.shutdownNow();
        }
        http.close();
        eventLoops
                .eventLoopGroup()
                .shutdownGracefully(0, CLOSE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_TIMEOUT_MS);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static ProxyConfiguration proxyConfiguration(@Nullable HttpProxy proxy) {
        ProxyConfiguration.Builder builder =
                ProxyConfiguration.builder()
                        .useSystemPropertyValues(false)
                        .useEnvironmentVariableValues(false);
        if (proxy != null) {
            builder.scheme(proxy.scheme())
                    .host(proxy.host())
                    .port(proxy.port())
                    .username(proxy.user())
                    .password(proxy.password());
        }
        return builder.build();
    }

    private ThreadFactory threads(String role) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread =
                    new Thread(task, "pyflink-dynamodb-" + role + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(key.classLoader);
            return thread;
        };
    }

    /** What must be equal. The class loader is the job's: it finds a credentials provider. */
    private static final class Key {
        private final ClientSettings settings;
        @Nullable private final HttpProxy proxy;
        private final long requestTimeoutMs;
        private final ClassLoader classLoader;

        Key(
                ClientSettings settings,
                @Nullable HttpProxy proxy,
                long requestTimeoutMs,
                ClassLoader classLoader) {
            this.settings = settings;
            this.proxy = proxy;
            this.requestTimeoutMs = requestTimeoutMs;
            this.classLoader = classLoader;
        }

        @Override
        public boolean equals(Object other) {
            if (!(other instanceof Key)) {
                return false;
            }
            Key that = (Key) other;
            return requestTimeoutMs == that.requestTimeoutMs
                    && classLoader == that.classLoader
                    && settings.equals(that.settings)
                    && Objects.equals(proxy, that.proxy);
        }

        @Override
        public int hashCode() {
            return Objects.hash(settings, proxy, requestTimeoutMs, classLoader);
        }
    }
}
