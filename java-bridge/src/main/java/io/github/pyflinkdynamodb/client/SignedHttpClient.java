package io.github.pyflinkdynamodb.client;

import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

import software.amazon.awssdk.awscore.endpoint.DualstackEnabledProvider;
import software.amazon.awssdk.awscore.endpoint.FipsEnabledProvider;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.regions.Region;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.zip.CRC32;

/**
 * Signed calls to DynamoDB over the SDK's HTTP client, without the SDK's pipeline.
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

    private final Set<Call<?>> open = ConcurrentHashMap.newKeySet();

    /** One for each worker thread that signs at the same time. */
    private final Queue<RequestSigner> idleSigners = new ConcurrentLinkedQueue<>();

    private final Service service;
    private final String region;
    private final URI endpoint;
    private final int maxInFlight;
    private final long requestTimeoutMs;
    private final SharedHttp http;
    private final Future<?> overdue;

    /** Calls that wait for one of those in flight to end. */
    private final Queue<Call<?>> waiting = new ArrayDeque<>();

    // Guarded by waiting, as is whether a call has started.
    private int inFlight;

    private final AtomicBoolean closed = new AtomicBoolean();

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
        // More would wait for a connection, and their time would run out in that.
        this.maxInFlight = Math.min(maxInFlight, settings.maxConcurrency(maxInFlight));
        this.requestTimeoutMs = requestTimeoutMs;
        this.http = SharedHttp.join(settings, HttpProxy.of(endpoint), requestTimeoutMs);
        // One look at all open calls now and then costs less than a timer for each.
        long tick = Math.max(1, Math.min(1_000, requestTimeoutMs / 20));
        try {
            this.overdue = http.scheduleEvery(this::endOverdue, tick);
        } catch (RuntimeException | Error e) {
            http.leave();
            throw e;
        }
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
        CompletableFuture<T> answer = new CompletableFuture<>();
        Call<T> call = new Call<>(operation, name, body, reader, answer);
        open.add(call);
        if (closed.get()) {
            call.end(closed(call));
            return answer;
        }
        synchronized (waiting) {
            // One that ended before it started gives no place back.
            if (call.ended.get()) {
                return answer;
            }
            if (inFlight == maxInFlight) {
                waiting.add(call);
                return answer;
            }
            inFlight++;
            call.begin();
        }
        start(call);
        return answer;
    }

    private void start(Call<?> call) {
        try {
            http.work(call::send);
        } catch (RejectedExecutionException e) {
            call.end(closed(call));
        } catch (Throwable e) {
            // Thrown on, it would leave the call that made room for this one without an end.
            call.end(failure(call, ErrorCodes.CLIENT_FAULT, e.getClass().getName(), e));
        }
    }

    /**
     * Runs a short task later, on an event loop; never once the client is closed.
     *
     * @throws RejectedExecutionException if the client is closed
     */
    void schedule(Runnable task, long delayMs) {
        if (closed.get()) {
            throw new RejectedExecutionException("the client is closed");
        }
        http.schedule(
                () -> {
                    if (!closed.get()) {
                        task.run();
                    }
                },
                delayMs);
    }

    void refreshCredentials() {
        http.refreshCredentials();
    }

    String describe() {
        return "region " + region + ", endpoint " + endpoint;
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        for (Call<?> call : open) {
            call.end(closed(call));
        }
        overdue.cancel(false);
        http.leave();
    }

    private void endOverdue() {
        long now = System.nanoTime();
        for (Call<?> call : open) {
            try {
                if (call.isOverdue(now)) {
                    String text =
                            "no answer within "
                                    + requestTimeoutMs
                                    + " ms, the connection is closed";
                    call.end(failure(call, ErrorCodes.REQUEST_TIMEOUT, text, null));
                }
            } catch (Throwable e) {
                // Thrown on, it would end the watch over all calls. This one's turn comes again.
                continue;
            }
        }
    }

    /** Gives the place of a call that has ended to the next one. */
    private void makeRoom(Call<?> call) {
        Call<?> next;
        synchronized (waiting) {
            if (!call.started) {
                return;
            }
            do {
                next = closed.get() ? null : waiting.poll();
            } while (next != null && next.ended.get());
            if (next == null) {
                inFlight--;
                return;
            }
            next.begin();
        }
        start(next);
    }

    private ServiceFailure closed(Call<?> call) {
        return failure(call, ErrorCodes.CLIENT_CLOSED, "the client was closed", null);
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

    /** One call, from the moment it is asked for until its future is completed. */
    private final class Call<T> implements SdkAsyncHttpResponseHandler, Subscriber<ByteBuffer> {
        private final String operation;
        private final String name;
        private final AnswerReader<T> reader;
        private final AtomicBoolean ended = new AtomicBoolean();

        // Guarded by waiting when written.
        private volatile boolean started;

        private volatile long startNanos;
        private volatile CompletableFuture<Void> exchange;

        // An idle connection holds on to its last call, which lets go of these when it ends.
        private CompletableFuture<T> future;
        private volatile Supplier<RequestBody> bodyMaker;
        private volatile ByteArrayOutputStream answer = new ByteArrayOutputStream(256);

        private AwsCredentialsIdentity identity;
        private SdkHttpResponse response;

        Call(
                String operation,
                String name,
                Supplier<RequestBody> bodyMaker,
                AnswerReader<T> reader,
                CompletableFuture<T> future) {
            this.future = future;
            this.operation = operation;
            this.name = name;
            this.bodyMaker = bodyMaker;
            this.reader = reader;
        }

        /** Its time runs from now on: what waits for its turn waits for calls whose time runs. */
        void begin() {
            startNanos = System.nanoTime();
            started = true;
        }

        boolean isOverdue(long now) {
            return started && now - startNanos >= TimeUnit.MILLISECONDS.toNanos(requestTimeoutMs);
        }

        /** On a worker thread. */
        void send() {
            Supplier<RequestBody> maker = bodyMaker;
            // Its time may be over already, spent in the queue behind slow credentials.
            if (maker == null || ended.get()) {
                return;
            }
            try {
                identity = http.identity();
                RequestBody body = maker.get();
                bodyMaker = null;
                SdkHttpRequest signed = sign(body);
                if (ended.get()) {
                    return;
                }
                exchange =
                        http.send(
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
            RequestSigner signer = idleSigners.poll();
            if (signer == null) {
                signer = new RequestSigner(endpoint, region);
            }
            String target = service.targetPrefix() + operation;
            SdkHttpRequest signed = signer.sign(target, body, identity, Instant.now());
            idleSigners.add(signer);
            return signed;
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
            ByteArrayOutputStream received = answer;
            if (received != null) {
                byte[] piece = new byte[bytes.remaining()];
                bytes.get(piece);
                received.write(piece, 0, piece.length);
            }
        }

        @Override
        public void onComplete() {
            ByteArrayOutputStream received = answer;
            if (received == null || ended.get()) {
                return;
            }
            try {
                T result = read(received.toByteArray());
                CompletableFuture<T> over = finish();
                if (over != null) {
                    over.complete(result);
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
            CompletableFuture<T> over = finish();
            if (over != null) {
                // First, for the caller may send the same writes again at once.
                abort();
                over.completeExceptionally(failure);
            }
        }

        /** Ends the call with an answer that is a failure; the connection can be used again. */
        private void fail(ServiceFailure failure) {
            CompletableFuture<T> over = finish();
            if (over != null) {
                over.completeExceptionally(failure);
            }
        }

        /** Gives the future to the one that may complete it, and null to all others. */
        private CompletableFuture<T> finish() {
            if (!ended.compareAndSet(false, true)) {
                return null;
            }
            CompletableFuture<T> over = future;
            future = null;
            bodyMaker = null;
            answer = null;
            open.remove(this);
            makeRoom(this);
            return over;
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
