package io.github.pyflinkdynamodb.testing;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.net.BindException;

import javax.annotation.Nullable;

/**
 * Runs DynamoDB Local on the loopback interface alone, in memory or with its data in a directory.
 *
 * <p>DynamoDB Local has no option for the address it listens on and takes all of them, so that a
 * test on a shared network would be open to it. This class sets the address on its server before
 * the start. It finds DynamoDB Local by reflection: the connector does not depend on it.
 *
 * <p>The first argument is the port, 0 for a free one; a second one is the directory of the data,
 * which must exist. Standard output carries one line, {@code port=<number>}, once connections are
 * accepted; everything else goes to standard error. The process ends when its standard input does,
 * so that nothing stays behind when the parent is killed.
 */
final class LoopbackDynamoDbLocal {

    private static final String LOOPBACK = "127.0.0.1";
    private static final String MAIN = "software.amazon.dynamodb.services.local.main.";
    private static final int OLDEST_JAVA = 17;

    private LoopbackDynamoDbLocal() {}

    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        // DynamoDB Local's log writes on standard output.
        System.setOut(System.err);
        int java = Runtime.version().feature();
        if (java < OLDEST_JAVA) {
            exit(
                    String.format(
                            "DynamoDB Local needs Java %d or newer; %s is Java %d",
                            OLDEST_JAVA, System.getProperty("java.home"), java));
        }
        int port = Integer.parseInt(args[0]);
        try {
            out.println("port=" + start(port, args.length > 1 ? args[1] : null));
        } catch (ReflectiveOperationException e) {
            if (isBindFailure(e)) {
                exit("port " + port + " of " + LOOPBACK + " is taken");
            }
            e.printStackTrace();
            exit("DynamoDB Local cannot be started: see the exception above");
        }
        while (System.in.read() != -1) {
            // Nothing is expected; only the end counts.
        }
        System.exit(0);
    }

    /** Starts the server and returns the port it listens on. */
    private static int start(int port, @Nullable String directory)
            throws ReflectiveOperationException {
        Class<?> optionsClass = Class.forName(MAIN + "CommandLineInput");
        String[] options =
                directory == null
                        ? new String[] {"-inMemory", "-sharedDb", "-disableTelemetry"}
                        : new String[] {"-dbPath", directory, "-sharedDb", "-disableTelemetry"};
        Object parsed = optionsClass.getConstructor(String[].class).newInstance((Object) options);
        call(parsed, "init");
        Object proxy =
                Class.forName(MAIN + "ServerRunner")
                        .getMethod("createServer", optionsClass)
                        .invoke(null, parsed);
        Field serverField = proxy.getClass().getDeclaredField("server");
        serverField.setAccessible(true);
        Object connector = ((Object[]) call(serverField.get(proxy), "getConnectors"))[0];
        connector.getClass().getMethod("setHost", String.class).invoke(connector, LOOPBACK);
        // Here, not among the options: those refuse 0.
        connector.getClass().getMethod("setPort", int.class).invoke(connector, port);
        // Not start(): that one reports to AWS, and swallows a port that is taken.
        call(proxy, "safeStart");
        return (Integer) call(connector, "getLocalPort");
    }

    private static Object call(Object target, String method) throws ReflectiveOperationException {
        return target.getClass().getMethod(method).invoke(target);
    }

    private static boolean isBindFailure(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof BindException) {
                return true;
            }
        }
        return false;
    }

    private static void exit(String sentence) {
        System.err.println(sentence);
        System.exit(1);
    }
}
