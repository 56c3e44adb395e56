package io.github.pyflinkdynamodb.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** One HTTP/1.1 connection: takes requests apart as their bytes come in. One thread. */
final class StubConnection {
    /**
     * Called with each request; what it returns is the answer, or null for one that comes later.
     */
    interface Handler {
        ByteBuffer handle(StubConnection connection, String line, String target, byte[] body);
    }

    private static final byte[] BATCH_WRITE = "BatchWriteItem".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] LENGTH = "content-length:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TARGET = "x-amz-target:".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel channel;
    final StubEndpoint endpoint;
    private final TokenCount items = new TokenCount("PutRequest\"");
    private byte[] head = new byte[4096];
    private int headLength;
    private boolean inBody;
    private boolean isBatch;
    private long bodyLength;
    private long bodyLeft;
    private String target = "";
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    StubConnection(SocketChannel channel, StubEndpoint endpoint) {
        this.channel = channel;
        this.endpoint = endpoint;
    }

    /** Reads what is there. False once the other side has closed. */
    boolean read(ByteBuffer shared, Handler handler) throws IOException {
        shared.clear();
        int count = channel.read(shared);
        if (count < 0) {
            return false;
        }
        byte[] bytes = shared.array();
        int at = 0;
        while (at < count) {
            at = inBody ? readBody(bytes, at, count) : readHead(bytes, at, count);
            if (inBody && bodyLeft == 0) {
                finish(handler);
            }
        }
        return true;
    }

    void write(ByteBuffer answer) {
        try {
            while (answer.hasRemaining()) {
                channel.write(answer); // some hundred bytes: they fit
            }
        } catch (IOException e) {
            close();
        }
    }

    void close() {
        try {
            channel.close();
        } catch (IOException e) {
            System.err.println("A connection could not be closed: " + e.getMessage());
        }
    }

    private void finish(Handler handler) {
        inBody = false;
        headLength = 0;
        if (isBatch) {
            endpoint.received(items.found(), bodyLength);
            endpoint.answer(this, AnsweringStub.batchAnswer());
            return;
        }
        String line = new String(head, 0, Math.min(80, head.length), StandardCharsets.US_ASCII);
        ByteBuffer answer = handler.handle(this, line, target, body.toByteArray());
        if (answer != null) {
            write(answer);
        }
    }

    private int readBody(byte[] bytes, int from, int to) {
        int take = (int) Math.min(bodyLeft, to - from);
        if (isBatch) {
            items.add(bytes, from, from + take);
        } else {
            body.write(bytes, from, take);
        }
        bodyLeft -= take;
        return from + take;
    }

    private int readHead(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            if (headLength == head.length) {
                head = java.util.Arrays.copyOf(head, 2 * headLength);
            }
            head[headLength++] = bytes[at];
            if (bytes[at] == '\n' && headLength >= 4 && head[headLength - 3] == '\n') {
                parseHead();
                return at + 1;
            }
        }
        return to;
    }

    private void parseHead() {
        bodyLength = 0;
        isBatch = false;
        target = "";
        int from = 0;
        for (int at = 0; at < headLength; at++) {
            if (head[at] == '\n') {
                if (startsWith(from, LENGTH)) {
                    bodyLength = number(from + LENGTH.length, at);
                } else if (startsWith(from, TARGET)) {
                    isBatch = endsWith(at, BATCH_WRITE);
                    target = isBatch ? "" : text(from + TARGET.length, at);
                }
                from = at + 1;
            }
        }
        inBody = true;
        bodyLeft = bodyLength;
        items.reset();
        body.reset();
    }

    private boolean startsWith(int from, byte[] name) {
        for (int i = 0; i < name.length; i++) {
            int at = head[from + i];
            if ((at >= 'A' && at <= 'Z' ? at + 32 : at) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean endsWith(int lineEnd, byte[] word) {
        int from = lineEnd - 1 - word.length;
        return java.util.Arrays.equals(head, from, from + word.length, word, 0, word.length);
    }

    private long number(int from, int to) {
        return Long.parseLong(text(from, to));
    }

    private String text(int from, int to) {
        return new String(head, from, to - from, StandardCharsets.US_ASCII).trim();
    }
}
