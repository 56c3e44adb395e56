package io.github.pyflinkdynamodb.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A proxy on 127.0.0.1 that makes a tunnel to one port there, wherever it is asked to go. */
final class TunnelingProxy implements AutoCloseable {
    final List<String> asked = new CopyOnWriteArrayList<>();

    private final ServerSocket server;
    private final int target;

    TunnelingProxy(int target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        inBackground(
                () -> {
                    while (true) {
                        Socket client = server.accept();
                        inBackground(() -> serve(client));
                    }
                });
    }

    int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private void serve(Socket client) throws IOException {
        // The client sends nothing more before the answer, so the reader takes nothing ahead.
        BufferedReader head =
                new BufferedReader(
                        new InputStreamReader(
                                client.getInputStream(), StandardCharsets.ISO_8859_1));
        String first = head.readLine();
        String login = "";
        for (String line = head.readLine(); line != null && !line.isEmpty(); ) {
            if (line.toLowerCase().startsWith("proxy-authorization:")) {
                login = line.substring(line.indexOf(':') + 1);
            }
            line = head.readLine();
        }
        asked.add(first + login);
        try (Socket service = new Socket(InetAddress.getLoopbackAddress(), target);
                client) {
            client.getOutputStream()
                    .write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            inBackground(() -> pass(service, client));
            pass(client, service);
        }
    }

    private static void pass(Socket from, Socket to) throws IOException {
        InputStream in = from.getInputStream();
        in.transferTo(to.getOutputStream());
        to.shutdownOutput();
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void inBackground(Task task) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                task.run();
                            } catch (IOException e) {
                                // The other end is gone, or the test is over.
                            }
                        });
        thread.setDaemon(true);
        thread.start();
    }
}
