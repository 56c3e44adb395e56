package io.github.pyflinkdynamodb.client;

import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

import software.amazon.awssdk.awscore.endpoint.DualstackEnabledProvider;
import software.amazon.awssdk.awscore.endpoint.FipsEnabledProvider;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.utils.AttributeMap;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.zip.CRC32;

/**
 * Signed calls to DynamoDB over the SDK's signer and HTTP client, without the SDK's pipeline.
 *
 * <p>Every call ends: with an answer, a {@link ServiceFailure}, its time limit, or the client being
 * closed. A call that ran out of time before it was sent is not sent later.
 *
 * <p>Threads: worker threads make the body, resolve credentials (which may block) and sign; the
 * HTTP client's event loops send, receive, read the answer and complete the future.
 */
final class SignedHttpClient implements AutoCloseable {

    /** Reads the body of a successful answer, on an event loop. */
    interface AnswerReader<T> {
        T read(byte[] body, SdkHttpResponse head) throws IOException;
    }

    private static final long CLOSE_TIMEOUT_MS = 2_000;
    private static final long MAX_CONNECT_TIMEOUT_MS = 10_000;

    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();
    private final Set<Call<?>> open = ConcurrentHashMap.newKeySet();
    private final Service service;
    private final String region;
    private final URI endpoint;
    private final long requestTimeoutMs;
    private final Credentials credentials;
    private final ExecutorService workers;
    private final SdkEventLoopGroup eventLoops;
    private final SdkAsyncHttpClient http;

    private volatile boolean closed;

    /**
     * Opens no connection and resolves no credentials yet.
     *
     * @throws IllegalArgumentException if the region has no endpoint
     */
    static SignedHttpClient open(
            Service service, ClientSettings settings, int maxInFlight, long requestTimeoutMs) {
        URI endpoint =
                settings.endpoint() == null
                        ? endpointOf(service, settings.region())
                        : settings.endpoint();
        PlainHttp.warnOnce(endpoint);
        return new SignedHttpClient(service, settings, endpoint, maxInFlight, requestTimeoutMs);
    }

    private SignedHttpClient(
            Service service,
            ClientSettings settings,
            URI endpoint,
            int maxInFlight,
            long requestTimeoutMs) {
        this.service = service;
        this.region = settings.region();
        this.endpoint = endpoint;
        this.requestTimeoutMs = requestTimeoutMs;
        ClassLoader classLoader = Thread.currentThread().getContextClassLoader();
        this.credentials = new Credentials(settings, classLoader);
        int threads = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
        this.workers = Executors.newFixedThreadPool(threads, threads("sign", classLoader));
        this.eventLoops =
                SdkEventLoopGroup.builder()
                        .numberOfThreads(threads)
                        .threadFactory(threads("http", classLoader))
                        .build();
        Duration timeout = Duration.ofMillis(requestTimeoutMs);
        this.http =
                NettyNioAsyncHttpClient.builder()
                        .eventLoopGroup(eventLoops)
                        .protocol(Protocol.HTTP1_1)
                        .maxConcurrency(settings.maxConcurrency(maxInFlight))
                        .connectionTimeout(
                                Duration.ofMillis(
                                        Math.min(requestTimeoutMs, MAX_CONNECT_TIMEOUT_MS)))
                        .connectionAcquisitionTimeout(timeout)
                        .writeTimeout(timeout)
                        .readTimeout(Duration.ofMillis(settings.readTimeoutMs(requestTimeoutMs)))
                        .tcpKeepAlive(true)
                        .buildWithDefaults(
                                AttributeMap.builder()
                                        .put(
                                                SdkHttpConfigurationOption.TRUST_ALL_CERTIFICATES,
                                                settings.trustAllCertificates())
                                        .build());
        // One look at all open calls now and then costs less than a timer for each.
        long tick = Math.max(1, Math.min(1_000, requestTimeoutMs / 20));
        eventLoops
                .eventLoopGroup()
                .scheduleWithFixedDelay(this::endOverdue, tick, tick, TimeUnit.MILLISECONDS);
    }

    /**
     * Sends a call. Never blocks.
     *
     * @param name of the table or stream, for messages
     * @param body made on another thread
     * @return completed exceptionally with nothing else than a {@link ServiceFailure}
     */
    <T> CompletableFuture<T> call(
            String operation, String name, Supplier<RequestBody> body, AnswerReader<T> reader) {
        Call<T> call = new Call<>(operation, name, body, reader);
        open.add(call);
        if (closed) {
            call.end(failure(call, ErrorCodes.CLIENT_CLOSED, "the client was closed", null));
            return call.future;
        }
        try {
            workers.execute(call::send);
        } catch (RejectedExecutionException e) {
            call.end(failure(call, ErrorCodes.CLIENT_CLOSED, "the client was closed", null));
        }
        return call.future;
    }

    /**
     * Runs a short task later, on an event loop; never once the client is closed.
     *
     * @throws RejectedExecutionException if the client is closed
     */
    void schedule(Runnable task, long delayMs) {
        eventLoops.eventLoopGroup().schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }

    void refreshCredentials() {
        credentials.refresh();
    }

    String describe() {
        return "region " + region + ", endpoint " + endpoint;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (Call<?> call : open) {
            call.end(failure(call, ErrorCodes.CLIENT_CLOSED, "the client was closed", null));
        }
        // A cancelled task is interrupted, and would skip what waits below.
        boolean interrupted = Thread.interrupted();
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

    private void endOverdue() {
        long now = System.nanoTime();
        for (Call<?> call : open) {
            if (now - call.startNanos >= TimeUnit.MILLISECONDS.toNanos(requestTimeoutMs)) {
                call.end(
                        failure(
                                call,
                                ErrorCodes.REQUEST_TIMEOUT,
                                "no answer within "
                                        + requestTimeoutMs
                                        + " ms, the connection is closed",
                                null));
            }
        }
    }

    private ServiceFailure failure(Call<?> call, String code, String text, Throwable cause) {
        return ErrorAnswer.failure(call.operation, where(call), code, 0, text, cause);
    }

    private String where(Call<?> call) {
        return service.subject() + " " + call.name + ", " + describe();
    }

    private static URI endpointOf(Service service, String region) {
        // As the SDK's own clients decide it; without it, a wish for FIPS endpoints were ignored.
        boolean fips = FipsEnabledProvider.builder().build().isFipsEnabled().orElse(false);
        boolean dualStack =
                DualstackEnabledProvider.builder().build().isDualstackEnabled().orElse(false);
        try {
            return service.endpoint(Region.of(region), fips, dualStack)
                    .join()
                    .endpointUrl()
                    .toUri();
        } catch (CompletionException e) {
            throw new IllegalArgumentException(
                    "Region "
                            + region
                            + " has no endpoint for "
                            + service.title()
                            + "; set aws.endpoint.",
                    e);
        }
    }

    private static ThreadFactory threads(String role, ClassLoader classLoader) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread =
                    new Thread(task, "pyflink-dynamodb-" + role + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            thread.setContextClassLoader(classLoader);
            return thread;
        };
    }

    /** One call, from the moment it is asked for until its future is completed. */
    private final class Call<T> implements SdkAsyncHttpResponseHandler, Subscriber<ByteBuffer> {
        private final String operation;
        private final String name;
        private final AnswerReader<T> reader;
        private final CompletableFuture<T> future = new CompletableFuture<>();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final long startNanos = System.nanoTime();
        private final ByteArrayOutputStream answer = new ByteArrayOutputStream(256);

        private volatile CompletableFuture<Void> exchange;
        private Supplier<RequestBody> bodyMaker;
        private AwsCredentialsIdentity identity;
        private SdkHttpResponse response;

        Call(
                String operation,
                String name,
                Supplier<RequestBody> bodyMaker,
                AnswerReader<T> reader) {
            this.operation = operation;
            this.name = name;
            this.bodyMaker = bodyMaker;
            this.reader = reader;
        }

        /** On a worker thread. */
        void send() {
            // Its time may be over already, spent in the queue behind slow credentials.
            if (ended.get()) {
                return;
            }
            try {
                identity = credentials.resolve();
                RequestBody body = bodyMaker.get();
                // An idle connection holds on to its last call, and this to a whole batch.
                bodyMaker = null;
                SdkHttpRequest signed = sign(body);
                if (ended.get()) {
                    return;
                }
                exchange =
                        http.execute(
                                AsyncExecuteRequest.builder()
                                        .request(signed)
                                        .requestContentPublisher(body)
                                        .responseHandler(this)
                                        .build());
                exchange.whenComplete(
                        (nothing, fault) -> {
                            if (fault != null) {
                                onError(fault);
                            }
                        });
                if (ended.get()) {
                    abort();
                }
            } catch (ServiceFailure e) {
                end(e);
            } catch (Throwable e) {
                end(failure(this, ErrorCodes.CLIENT_FAULT, e.getClass().getName(), e));
            }
        }

        private SdkHttpRequest sign(RequestBody body) {
            SdkHttpRequest unsigned =
                    SdkHttpFullRequest.builder()
                            .method(SdkHttpMethod.POST)
                            .uri(endpoint)
                            .putHeader("Content-Type", "application/x-amz-json-1.0")
                            .putHeader("Content-Length", Long.toString(body.length()))
                            .putHeader("X-Amz-Target", service.targetPrefix() + operation)
                            .putHeader("User-Agent", "pyflink-dynamodb")
                            .build();
            return signer.sign(
                            request ->
                                    request.identity(identity)
                                            .request(unsigned)
                                            .payload(body)
                                            .putProperty(
                                                    AwsV4HttpSigner.SERVICE_SIGNING_NAME,
                                                    "dynamodb")
                                            .putProperty(AwsV4HttpSigner.REGION_NAME, region))
                    .request();
        }

        @Override
        public void onHeaders(SdkHttpResponse headers) {
            response = headers;
        }

        @Override
        public void onStream(Publisher<ByteBuffer> stream) {
            stream.subscribe(this);
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ByteBuffer bytes) {
            byte[] piece = new byte[bytes.remaining()];
            bytes.get(piece);
            answer.write(piece, 0, piece.length);
        }

        @Override
        public void onComplete() {
            if (ended.get()) {
                return;
            }
            try {
                T result = read(answer.toByteArray());
                if (finish()) {
                    future.complete(result);
                }
            } catch (ServiceFailure e) {
                fail(e);
            } catch (Throwable e) {
                fail(failure(this, ErrorCodes.CLIENT_FAULT, e.getClass().getName(), e));
            }
        }

        private T read(byte[] body) throws ServiceFailure {
            String checksum = response.firstMatchingHeader("x-amz-crc32").orElse(null);
            if (checksum != null && !checksum.equals(crc32(body))) {
                String text = "the answer does not match its checksum";
                throw failure(this, ErrorCodes.CHECKSUM_MISMATCH, text, null);
            }
            if (response.statusCode() != 200) {
                throw ErrorAnswer.read(
                        operation, where(this), response, body, Instant.now(), identity);
            }
            try {
                return reader.read(body, response);
            } catch (IOException | RuntimeException e) {
                String text = "an answer of " + body.length + " bytes cannot be read";
                // Only our own readers throw it; a parser's message may quote the answer.
                if (e instanceof IOException) {
                    text += ": " + e.getMessage();
                }
                throw failure(this, ErrorCodes.MALFORMED_RESPONSE, text, null);
            }
        }

        @Override
        public void onError(Throwable fault) {
            if (ended.get()) {
                return;
            }
            end(
                    failure(
                            this,
                            ErrorCodes.CONNECTION_FAULT,
                            fault.getMessage() == null
                                    ? fault.getClass().getName()
                                    : SafeText.of(fault.getMessage()),
                            fault));
        }

        /** Ends the call without an answer; the connection is closed if there is one. */
        void end(ServiceFailure failure) {
            if (finish()) {
                // First, for the caller may send the same writes again at once.
                abort();
                future.completeExceptionally(failure);
            }
        }

        /** Ends the call with an answer that is a failure; the connection can be used again. */
        private void fail(ServiceFailure failure) {
            if (finish()) {
                future.completeExceptionally(failure);
            }
        }

        /** True for the one that may complete the future. */
        private boolean finish() {
            if (!ended.compareAndSet(false, true)) {
                return false;
            }
            open.remove(this);
            return true;
        }

        private void abort() {
            CompletableFuture<Void> sent = exchange;
            if (sent != null) {
                sent.completeExceptionally(new IOException("the call was given up"));
            }
        }
    }

    private static String crc32(byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(body);
        return Long.toString(crc.getValue());
    }
}
