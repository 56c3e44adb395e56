package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.request.EncodedWriteRequest;

import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class RequestBodyTest {

    @Test
    void piecesComeInOrderThoughTheNextIsAskedForFirst() throws Exception {
        List<EncodedWriteRequest> batch = batch(25, 20_000);
        RequestBody body = RequestBody.batchWrite("orders", batch, false);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        body.digest(digest);
        Collected collected = new Collected(1);
        body.subscribe(collected);

        List<String> requests = new ArrayList<>();
        for (EncodedWriteRequest request : batch) {
            requests.add(new String(request.bytes(), StandardCharsets.UTF_8));
        }
        byte[] expected =
                ("{\"RequestItems\":{\"orders\":[" + String.join(",", requests) + "]}}")
                        .getBytes(StandardCharsets.UTF_8);
        byte[] delivered = String.join("", collected.texts).getBytes(StandardCharsets.UTF_8);
        assertThat(Arrays.equals(delivered, expected)).isTrue();
        assertThat(body.length()).isEqualTo(expected.length);
        assertThat(digest.digest())
                .isEqualTo(MessageDigest.getInstance("SHA-256").digest(expected));
        assertThat(collected.completions).isEqualTo(1);
    }

    @Test
    void largeRequestsAreNotCopiedAndSmallOnesAreJoined() throws Exception {
        Collected large = new Collected(Long.MAX_VALUE);
        List<EncodedWriteRequest> batch = batch(4, 20_000);
        RequestBody.batchWrite("orders", batch, false).subscribe(large);
        assertThat(large.arrays)
                .hasSize(9)
                .contains(batch.get(0).bytes(), batch.get(3).bytes())
                .anyMatch(array -> array == batch.get(3).bytes());

        Collected small = new Collected(Long.MAX_VALUE);
        RequestBody.batchWrite("orders", batch(25, 1_000), false).subscribe(small);
        assertThat(small.arrays).hasSize(1);
    }

    @Test
    void cancelledDeliveryStops() throws Exception {
        Collected collected =
                new Collected(1) {
                    @Override
                    public void onNext(ByteBuffer piece) {
                        subscription.cancel();
                        super.onNext(piece);
                    }
                };
        RequestBody.batchWrite("orders", batch(25, 20_000), false).subscribe(collected);
        assertThat(collected.arrays).hasSize(1);
        assertThat(collected.completions).isZero();
    }

    private static List<EncodedWriteRequest> batch(int count, int size) throws Exception {
        String[] texts = new String[count];
        for (int i = 0; i < count; i++) {
            texts[i] =
                    "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"k"
                            + i
                            + "\"},\"t\":{\"S\":\""
                            + "x".repeat(size)
                            + "\"}}}}";
        }
        return ScannedRequests.of(texts);
    }

    /** Asks for the next piece before it takes the one at hand. */
    private static class Collected implements Subscriber<ByteBuffer> {
        final List<byte[]> arrays = new ArrayList<>();
        final List<String> texts = new ArrayList<>();
        int completions;
        Subscription subscription;
        private final long atOnce;

        Collected(long atOnce) {
            this.atOnce = atOnce;
        }

        @Override
        public void onSubscribe(Subscription given) {
            subscription = given;
            given.request(atOnce);
        }

        @Override
        public void onNext(ByteBuffer piece) {
            subscription.request(atOnce);
            arrays.add(piece.array());
            texts.add(StandardCharsets.UTF_8.decode(piece).toString());
        }

        @Override
        public void onError(Throwable fault) {
            throw new AssertionError(fault);
        }

        @Override
        public void onComplete() {
            completions++;
        }
    }
}
