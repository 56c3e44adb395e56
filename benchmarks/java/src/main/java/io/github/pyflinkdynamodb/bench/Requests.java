package io.github.pyflinkdynamodb.bench;

import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;
import io.github.pyflinkdynamodb.request.RejectedRequest;
import io.github.pyflinkdynamodb.request.WriteRequestScanner;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Scanned write requests of the flat record. */
public final class Requests {
    /** The key of every table of the benchmarks. */
    public static final KeySchema KEY = new KeySchema("id", KeyType.S, null, null);

    private Requests() {}

    /** One request each for so many keys. */
    public static List<EncodedWriteRequest> flat(int keys) throws Exception {
        WriteRequestScanner scanner = new WriteRequestScanner(KEY, 400 * 1024);
        List<EncodedWriteRequest> requests = new ArrayList<>(keys);
        WriteRequestScanner.Handler handler =
                new WriteRequestScanner.Handler() {
                    @Override
                    public void write(EncodedWriteRequest request) {
                        requests.add(request);
                    }

                    @Override
                    public void reject(RejectedRequest request) {
                        throw new IllegalStateException("A request of the benchmark is faulty.");
                    }
                };
        for (int key = 0; key < keys; key++) {
            scanner.scan(element(key), handler);
        }
        return requests;
    }

    private static byte[] element(int key) {
        String json =
                "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"o-"
                        + key
                        + "\"},\"customer\":{\"S\":\"customer-99\"},\"quantity\":{\"N\":\"7\"},"
                        + "\"price\":{\"N\":\"12.50\"},\"paid\":{\"BOOL\":true}}}}";
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
