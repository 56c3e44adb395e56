package io.github.pyflinkdynamodb.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32;

import javax.net.ServerSocketFactory;

/** An HTTP server on 127.0.0.1 that answers as a test says, wrongly if need be. */
public final class LoopbackService implements AutoCloseable {

    /** What the service does with a request. */
    public interface Script {
        Answer answer(Request request) throws Exception;
    }

    public static final class Request {
        final String method;
        final String path;
        public final Map<String, String> headers;
        final byte[] body;
        private final InputStream connection;

        private Request(
                String method,
                String path,
                Map<String, String> headers,
                byte[] body,
                InputStream connection) {
            this.method = method;
            this.path = path;
            this.headers = headers;
            this.body = body;
            this.connection = connection;
        }

        /** Waits until the client closes the connection. */
        void awaitEndOfConnection() {
            try {
                while (connection.read() >= 0) {}
            } catch (IOException e) {
                // Reset is an end, too.
            }
        }

        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    public static final class Answer {
        private final int status;
        private final byte[] body;
        private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private boolean reset;
        private int missingBytes;

        private Answer(int status, byte[] body) {
            this.status = status;
            this.body = body;
            CRC32 crc = new CRC32();
            crc.update(body);
            headers.put("x-amz-crc32", Long.toString(crc.getValue()));
            headers.put("Content-Type", "application/x-amz-json-1.0");
        }

        public static Answer of(int status, String body) {
            return new Answer(status, body.getBytes(StandardCharsets.UTF_8));
        }

        public static Answer ok(String body) {
            return of(200, body);
        }

        public static Answer error(String code, String message) {
            return of(
                    400,
                    "{\"__type\":\"com.amazonaws.dynamodb.v20120810#"
                            + code
                            + "\",\"message\":\""
                            + message
                            + "\"}");
        }

        /** The connection is reset instead of answering. */
        public static Answer reset() {
            Answer answer = ok("");
            answer.reset = true;
            return answer;
        }

        Answer with(String header, String value) {
            headers.put(header, value);
            return this;
        }

        /** The connection is closed before the last bytes of the body. */
        Answer cutShortBy(int bytes) {
            missingBytes = bytes;
            return this;
        }
    }

    public final List<Request> requests = new CopyOnWriteArrayList<>();
    final AtomicInteger openConnections = new AtomicInteger();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final String scheme;
    private final ServerSocket server;
    private volatile Script script;

    public LoopbackService(Script script) throws IOException {
        this("http", ServerSocketFactory.getDefault(), script);
    }

    LoopbackService(String scheme, ServerSocketFactory factory, Script script) throws IOException {
        this.scheme = scheme;
        this.script = script;
        this.server = factory.createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        start("accept", this::accept);
    }

    public URI endpoint() {
        return URI.create(scheme + "://127.0.0.1:" + server.getLocalPort());
    }

    /** Connections so far, closed ones included. */
    int connections() {
        return sockets.size();
    }

    public void answer(Script next) {
        script = next;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                sockets.add(socket);
                start("connection", () -> serve(socket));
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private void serve(Socket socket) {
        openConnections.incrementAndGet();
        try (Socket open = socket) {
            open.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(open.getInputStream());
            while (true) {
                Request request = read(in);
                requests.add(request);
                Answer answer = script.answer(request);
                if (answer.reset) {
                    // Closing with linger 0 sends RST.
                    open.setSoLinger(true, 0);
                    return;
                }
                write(open, answer);
                if (answer.missingBytes > 0) {
                    return;
                }
            }
        } catch (EOFException | SocketException e) {
            // The client closed the connection.
        } catch (Exception e) {
            // A client that does not trust this service ends the handshake.
        } finally {
            openConnections.decrementAndGet();
        }
    }

    private static Request read(InputStream in) throws IOException {
        String[] first = line(in).split(" ");
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(line.substring(0, colon), line.substring(colon + 1).trim());
        }
        int length = Integer.parseInt(headers.get("Content-Length"));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException();
        }
        return new Request(first[0], first[1], headers, body, in);
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    private static void write(Socket socket, Answer answer) throws IOException {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status + " Whatever\r\n");
        answer.headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        head.append("Content-Length: " + answer.body.length + "\r\n\r\n");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
        all.write(answer.body, 0, answer.body.length - answer.missingBytes);
        all.writeTo(socket.getOutputStream());
        socket.getOutputStream().flush();
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, "loopback-service-" + name);
        thread.setDaemon(true);
        thread.start();
    }
}
