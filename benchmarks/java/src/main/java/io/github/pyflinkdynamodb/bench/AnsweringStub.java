package io.github.pyflinkdynamodb.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Answers BatchWriteItem, PutItem and DescribeTable as a DynamoDB that never refuses and takes a
 * set time, and counts the items. It stores nothing and checks no signature: one thread answers
 * more calls than the jobs beside it can make.
 *
 * <p>Its first line says on which port it takes orders: {@code GET /open?delay=5} opens an endpoint
 * that answers after 5 ms, {@code GET /figures?port=N} tells what has come in there. It ends with
 * its standard input.
 */
public final class AnsweringStub {
    private static final byte[] BATCH_ANSWER = answer("{\"UnprocessedItems\":{}}").array();
    private static final String DESCRIPTION =
            "{\"Table\":{\"TableName\":\"bench\",\"TableStatus\":\"ACTIVE\",\"KeySchema\":["
                    + "{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}],\"AttributeDefinitions\":["
                    + "{\"AttributeName\":\"id\",\"AttributeType\":\"S\"}]}}";

    private final Selector selector = Selector.open();
    private final Map<Integer, StubEndpoint> endpoints = new HashMap<>();
    private final ByteBuffer shared = ByteBuffer.allocate(1 << 18);

    private AnsweringStub() throws IOException {}

    public static void main(String[] arguments) throws IOException {
        AnsweringStub stub = new AnsweringStub();
        System.out.println("port=" + stub.listen(new StubEndpoint(0)));
        System.out.flush();
        ExitWithInput.start();
        stub.run();
    }

    static ByteBuffer batchAnswer() {
        return ByteBuffer.wrap(BATCH_ANSWER);
    }

    private void run() throws IOException {
        while (true) {
            long now = System.nanoTime();
            long left = Long.MAX_VALUE;
            for (StubEndpoint endpoint : endpoints.values()) {
                left = Math.min(left, endpoint.sendDue(now));
            }
            if (left == Long.MAX_VALUE) {
                selector.select();
            } else {
                selector.select(Math.max(1, (left + 500_000) / 1_000_000));
            }
            Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
            while (keys.hasNext()) {
                SelectionKey key = keys.next();
                keys.remove();
                if (key.isValid()) {
                    serve(key);
                }
            }
        }
    }

    private void serve(SelectionKey key) throws IOException {
        if (key.isAcceptable()) {
            accept(key);
            return;
        }
        StubConnection connection = (StubConnection) key.attachment();
        boolean open;
        try {
            open = connection.read(shared, this::handle);
        } catch (IOException e) {
            open = false; // reset by a job that was ended
        }
        if (!open) {
            connection.close();
        }
    }

    private void accept(SelectionKey key) throws IOException {
        SocketChannel channel = ((ServerSocketChannel) key.channel()).accept();
        if (channel == null) {
            return;
        }
        StubEndpoint endpoint = (StubEndpoint) key.attachment();
        endpoint.connections++;
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.register(selector, SelectionKey.OP_READ, new StubConnection(channel, endpoint));
    }

    private int listen(StubEndpoint endpoint) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT, endpoint);
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        endpoints.put(port, endpoint);
        return port;
    }

    private ByteBuffer handle(StubConnection connection, String line, String target, byte[] body) {
        if (target.endsWith(".PutItem")) {
            connection.endpoint.received(1, body.length);
            connection.endpoint.answer(connection, answer("{}"));
            return null;
        }
        if (target.endsWith(".DescribeTable")) {
            return answer(DESCRIPTION);
        }
        try {
            if (line.startsWith("GET /open?delay=")) {
                return answer(
                        "{\"port\":" + listen(new StubEndpoint(number(line, "delay="))) + "}");
            }
            if (line.startsWith("GET /figures?port=")) {
                return answer(endpoints.get((int) number(line, "port=")).figures());
            }
        } catch (IOException | RuntimeException e) {
            return answer("{\"error\":\"" + e.getClass().getSimpleName() + "\"}");
        }
        return answer("{}");
    }

    private static long number(String line, String name) {
        int from = line.indexOf(name) + name.length();
        return Long.parseLong(line.substring(from, line.indexOf(' ', from)));
    }

    private static ByteBuffer answer(String json) {
        String head =
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
                        + "x-amzn-RequestId: 0\r\nContent-Length: ";
        return ByteBuffer.wrap(
                (head + json.length() + "\r\n\r\n" + json).getBytes(StandardCharsets.US_ASCII));
    }
}
