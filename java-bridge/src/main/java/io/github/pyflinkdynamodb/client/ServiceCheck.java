package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.JsonQuote;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;
import io.github.pyflinkdynamodb.request.RejectedRequest;
import io.github.pyflinkdynamodb.request.WriteRequestScanner;

import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

import javax.annotation.Nullable;

/**
 * Says what a writer would find if it ran on this machine: settings, credentials, the table, and
 * whether it may be written to. A program of its own, started by {@code pyflink-dynamodb doctor}.
 *
 * <p>Standard input holds names and values, each ended by a zero byte: the properties of the
 * client; {@code check.region} and {@code check.endpoint}, what Python would add to them; {@code
 * check.table}; {@code check.write}, if the permission to write shall be tried. Standard output
 * carries a JSON object a line. It holds no secret, and of an access key its last four characters.
 *
 * <p>The permission is tried by the call that the sink makes, with one delete of a key of 128
 * random bits. No item has it, so the call changes nothing and leaves no stream record; it costs
 * one write unit.
 */
final class ServiceCheck {
    // Enough for a far region; a person waits.
    private static final long REQUEST_TIMEOUT_MS = 10_000;
    private static final long MAX_ITEM_SIZE = 400 * 1024;

    private final PrintStream out;

    private ServiceCheck(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
        // A logger without configuration writes on standard output.
        System.setOut(System.err);
        new ServiceCheck(out).run(read(System.in.readAllBytes()));
        System.exit(0);
    }

    private void run(Map<String, String> input) {
        String region = input.remove("check.region");
        String endpoint = input.remove("check.endpoint");
        String table = input.remove("check.table");
        boolean write = input.remove("check.write") != null;
        say("java", "version", System.getProperty("java.version"), "home", home());
        try {
            ClientSettings own = ClientSettings.of(input);
            String at = own.endpoint() == null ? "" : own.endpoint().toString();
            say("settings", "region", own.region(), "endpoint", at);
        } catch (IllegalArgumentException e) {
            say("settings", "problem", e.getMessage());
        }
        putIfGiven(input, ClientSettings.REGION, region);
        putIfGiven(input, ClientSettings.ENDPOINT, endpoint);
        ClientSettings settings;
        try {
            settings = ClientSettings.of(input);
        } catch (IllegalArgumentException e) {
            return; // Python has said it, or it was said above.
        }
        if (checkCredentials(settings) && table != null) {
            checkTable(settings, table, write);
        }
    }

    private boolean checkCredentials(ClientSettings settings) {
        try (Credentials credentials = new Credentials(settings, getClass().getClassLoader())) {
            AwsCredentialsIdentity identity = credentials.resolve();
            String key = identity.accessKeyId();
            say(
                    "credentials",
                    "provider",
                    CredentialsFactory.type(settings.properties()).toString(),
                    "source",
                    identity.providerName().orElse(""),
                    "key",
                    key.substring(Math.max(key.length() / 2, key.length() - 4)));
            return true;
        } catch (ServiceFailure e) {
            say("credentials", "problem", e.getMessage());
            return false;
        }
    }

    private void checkTable(ClientSettings settings, String table, boolean write) {
        TableDescription found;
        try (TableClient client = TableClient.open(settings, REQUEST_TIMEOUT_MS)) {
            say("endpoint", "where", client.where());
            found = client.describe(table);
        } catch (ServiceFailure e) {
            say("table", "problem", e.getMessage(), "code", e.code());
            return;
        } catch (IllegalArgumentException e) {
            say("table", "problem", e.getMessage(), "code", "");
            return;
        }
        say("table", "status", found.status(), "key", found.keySchema().toString());
        if (write) {
            checkWrite(settings, table, found.keySchema());
        }
    }

    private void checkWrite(ClientSettings settings, String table, KeySchema schema) {
        try (BatchWriteClient client = BatchWriteClient.open(settings, 1, REQUEST_TIMEOUT_MS)) {
            BatchWriteResult result =
                    client.batchWrite(table, schema, deleteOfNothing(schema), false).get();
            say("write", "unprocessed", String.valueOf(result.unprocessed().size()));
        } catch (ExecutionException e) {
            ServiceFailure failure = (ServiceFailure) e.getCause();
            say("write", "problem", failure.getMessage(), "code", failure.code());
        } catch (InterruptedException | IOException e) {
            say("write", "problem", String.valueOf(e.getMessage()), "code", "");
        }
    }

    private static List<EncodedWriteRequest> deleteOfNothing(KeySchema schema)
            throws IOException, InterruptedException {
        StringBuilder key =
                new StringBuilder(attribute(schema.partitionKey(), schema.partitionType()));
        if (schema.sortKey() != null) {
            key.append(',').append(attribute(schema.sortKey(), schema.sortType()));
        }
        byte[] request =
                ("{\"DeleteRequest\":{\"Key\":{" + key + "}}}").getBytes(StandardCharsets.UTF_8);
        List<EncodedWriteRequest> batch = new ArrayList<>();
        new WriteRequestScanner(schema, MAX_ITEM_SIZE)
                .scan(
                        request,
                        new WriteRequestScanner.Handler() {
                            @Override
                            public void write(EncodedWriteRequest scanned) {
                                batch.add(scanned);
                            }

                            @Override
                            public void reject(RejectedRequest rejected) throws IOException {
                                throw new IOException("the key of the table cannot be written");
                            }
                        });
        return batch;
    }

    private static String attribute(String name, KeyType type) {
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        String value;
        switch (type) {
            case N:
                // 38 digits hold 126 bits.
                value = new BigInteger(1, random).shiftRight(2).toString();
                break;
            case B:
                value = Base64.getEncoder().encodeToString(random);
                break;
            default:
                value = "pyflink-dynamodb-doctor-" + new BigInteger(1, random).toString(16);
        }
        return JsonQuote.of(name) + ":{\"" + type + "\":" + JsonQuote.of(value) + "}";
    }

    private void say(String check, String... members) {
        StringBuilder line = new StringBuilder("{\"check\":").append(JsonQuote.of(check));
        for (int i = 0; i < members.length; i += 2) {
            line.append(',').append(JsonQuote.of(members[i])).append(':');
            line.append(JsonQuote.of(members[i + 1]));
        }
        out.println(line.append('}'));
    }

    private static Map<String, String> read(byte[] input) {
        String[] parts = new String(input, StandardCharsets.UTF_8).split("\0", -1);
        Map<String, String> found = new TreeMap<>();
        for (int i = 0; i + 1 < parts.length; i += 2) {
            found.put(parts[i], parts[i + 1]);
        }
        return found;
    }

    private static void putIfGiven(
            Map<String, String> properties, String name, @Nullable String value) {
        if (value != null) {
            properties.put(name, value);
        }
    }

    private static String home() {
        return System.getProperty("java.home");
    }
}
