package io.github.pyflinkdynamodb.bench;

import java.io.IOException;

/** Ends this JVM when whoever started it has gone, whatever became of them. */
final class ExitWithInput {
    private ExitWithInput() {}

    static void start() {
        Thread thread = new Thread(ExitWithInput::read, "exit with input");
        thread.setDaemon(true);
        thread.start();
    }

    private static void read() {
        try {
            while (System.in.read() >= 0) {
                continue;
            }
        } catch (IOException e) {
            System.err.println("The standard input broke: " + e.getMessage());
        }
        Runtime.getRuntime().halt(0);
    }
}
