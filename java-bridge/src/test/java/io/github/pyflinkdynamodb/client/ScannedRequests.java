package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;
import io.github.pyflinkdynamodb.request.RejectedRequest;
import io.github.pyflinkdynamodb.request.WriteRequestScanner;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Write requests as the writer gets them, for a table with the partition key id. */
final class ScannedRequests {
    static final KeySchema SCHEMA = new KeySchema("id", KeyType.S, null, null);

    private ScannedRequests() {}

    static List<EncodedWriteRequest> of(String... texts) throws Exception {
        List<EncodedWriteRequest> requests = new ArrayList<>();
        new WriteRequestScanner(SCHEMA, 409_600)
                .scan(
                        String.join(",", texts).getBytes(StandardCharsets.UTF_8),
                        new WriteRequestScanner.Handler() {
                            @Override
                            public void write(EncodedWriteRequest request) {
                                requests.add(request);
                            }

                            @Override
                            public void reject(RejectedRequest request) {
                                throw new AssertionError(request.errorMessage());
                            }
                        });
        return requests;
    }
}
