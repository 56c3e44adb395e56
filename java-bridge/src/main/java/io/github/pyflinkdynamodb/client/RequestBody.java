package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.ByteSink;
import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.JsonQuote;

import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

import software.amazon.awssdk.http.async.SdkHttpContentPublisher;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Body of a call: read once by the signer, and once by the HTTP client in pieces.
 *
 * <p>A small body is one piece. In a large one, large write requests are pieces of their own and
 * are not copied, so that a full batch does not lie in memory twice. Once delivered it is empty.
 */
final class RequestBody implements SdkHttpContentPublisher {
    private static final int ONE_PIECE = 64 * 1024;

    // Every piece costs the HTTP client a write to the socket, which is dearer than this much copy.
    private static final int COPIED = 8 * 1024;

    private static final byte[] END = {']', '}', '}'};

    private final List<ByteBuffer> pieces;
    private final long length;

    private RequestBody(List<ByteBuffer> pieces, long length) {
        this.pieces = pieces;
        this.length = length;
    }

    static RequestBody batchWrite(
            String table, List<EncodedWriteRequest> batch, boolean reportConsumedCapacity) {
        byte[] head =
                ((reportConsumedCapacity ? "{\"ReturnConsumedCapacity\":\"TOTAL\"," : "{")
                                + "\"RequestItems\":{"
                                + JsonQuote.of(table)
                                + ":[")
                        .getBytes(StandardCharsets.UTF_8);
        long length = head.length + (long) END.length + Math.max(0, batch.size() - 1);
        for (EncodedWriteRequest request : batch) {
            length += request.bytes().length;
        }
        int copied = length <= ONE_PIECE ? Integer.MAX_VALUE : COPIED;
        List<ByteBuffer> pieces = new ArrayList<>();
        ByteSink piece = new ByteSink((int) Math.min(length, ONE_PIECE));
        piece.append(head);
        for (int i = 0; i < batch.size(); i++) {
            byte[] bytes = batch.get(i).bytes();
            if (i > 0) {
                piece.append(',');
            }
            if (bytes.length <= copied) {
                piece.append(bytes);
            } else {
                pieces.add(ByteBuffer.wrap(piece.array(), 0, piece.length()));
                pieces.add(ByteBuffer.wrap(bytes));
                piece = new ByteSink(64);
            }
        }
        piece.append(END);
        pieces.add(ByteBuffer.wrap(piece.array(), 0, piece.length()));
        return new RequestBody(pieces, length);
    }

    static RequestBody of(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return new RequestBody(new ArrayList<>(List.of(ByteBuffer.wrap(bytes))), bytes.length);
    }

    /** Adds all bytes to a digest; before they are delivered. */
    void digest(MessageDigest digest) {
        for (ByteBuffer piece : pieces) {
            digest.update(piece.duplicate());
        }
    }

    long length() {
        return length;
    }

    @Override
    public Optional<Long> contentLength() {
        return Optional.of(length);
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
        subscriber.onSubscribe(new Delivery(subscriber));
    }

    /** Hands out the pieces as they are asked for. The HTTP client asks from one thread only. */
    private final class Delivery implements Subscription {
        private final Subscriber<? super ByteBuffer> subscriber;
        private int next;
        private long demand;
        private boolean delivering;
        private boolean over;

        Delivery(Subscriber<? super ByteBuffer> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long count) {
            demand = demand + count < 0 ? Long.MAX_VALUE : demand + count;
            // A subscriber may ask for more from within onNext.
            if (delivering) {
                return;
            }
            delivering = true;
            while (!over && demand > 0) {
                demand--;
                subscriber.onNext(pieces.get(next++));
                if (!over && next == pieces.size()) {
                    end();
                    subscriber.onComplete();
                }
            }
            delivering = false;
        }

        @Override
        public void cancel() {
            end();
        }

        private void end() {
            over = true;
            // An idle connection holds on to its last request.
            pieces.clear();
        }
    }
}
