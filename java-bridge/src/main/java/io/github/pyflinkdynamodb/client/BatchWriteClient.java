package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;
import io.github.pyflinkdynamodb.request.UnprocessedItems;
import io.github.pyflinkdynamodb.request.WriteRequestScanner;

import software.amazon.awssdk.awscore.endpoint.DualstackEnabledProvider;
import software.amazon.awssdk.awscore.endpoint.FipsEnabledProvider;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.endpoints.DynamoDbEndpointProvider;

import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Sends BatchWriteItem calls, each exactly once: repeating is the writer's business, which knows
 * what else waits for the same key.
 *
 * <p>Thread-safe. Futures are completed on the HTTP client's threads, which must not be held up.
 */
public final class BatchWriteClient implements AutoCloseable {
    private static final int DESCRIBE_ATTEMPTS = 5;
    private static final long DESCRIBE_BASE_DELAY_MS = 100;

    private final SignedHttpClient client;

    private BatchWriteClient(SignedHttpClient client) {
        this.client = client;
    }

    /**
     * Opens no connection and resolves no credentials yet.
     *
     * @param maxInFlight calls at the same time, and so connections, unless the settings say less
     * @param requestTimeoutMs from the call to the end of its answer
     * @throws IllegalArgumentException if the region has no endpoint
     */
    public static BatchWriteClient open(
            ClientSettings settings, int maxInFlight, long requestTimeoutMs) {
        URI endpoint =
                settings.endpoint() == null ? endpointOf(settings.region()) : settings.endpoint();
        return new BatchWriteClient(
                new SignedHttpClient(settings, endpoint, maxInFlight, requestTimeoutMs));
    }

    /**
     * Asks for a table's primary key. Blocks; repeats what may pass a few times.
     *
     * @throws ServiceFailure with the service's code, such as AccessDeniedException
     */
    public KeySchema describeKeySchema(String table) throws ServiceFailure {
        boolean refreshed = false;
        for (int attempt = 1; ; attempt++) {
            try {
                return client.call(
                                "DescribeTable",
                                table,
                                () -> RequestBody.describeTable(table),
                                BatchWriteClient::keySchema)
                        .get();
            } catch (ExecutionException e) {
                ServiceFailure failure = (ServiceFailure) e.getCause();
                switch (failure.errorClass()) {
                    case EXPIRED_CREDENTIALS:
                        if (refreshed) {
                            throw failure;
                        }
                        refreshed = true;
                        refreshCredentials();
                        break;
                    case THROTTLED:
                    case TRANSIENT:
                        if (attempt >= DESCRIBE_ATTEMPTS) {
                            throw failure;
                        }
                        pause(DESCRIBE_BASE_DELAY_MS << attempt, failure);
                        break;
                    default:
                        throw failure;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw ErrorAnswer.failure(
                        "DescribeTable on table " + table + ", " + describe(),
                        ErrorCodes.CLIENT_CLOSED,
                        0,
                        "interrupted",
                        null);
            }
        }
    }

    /**
     * Sends one call and returns at once.
     *
     * @param batch 1 to 25 requests, no two with the same key; must not change afterwards
     * @return completed exceptionally with nothing else than a {@link ServiceFailure}
     */
    public CompletableFuture<BatchWriteResult> batchWrite(
            String table,
            KeySchema schema,
            List<EncodedWriteRequest> batch,
            boolean reportConsumedCapacity) {
        return client.call(
                "BatchWriteItem",
                table,
                () -> RequestBody.batchWrite(table, batch, reportConsumedCapacity),
                body -> {
                    UnprocessedItems answer = WriteRequestScanner.scanResponse(body, schema);
                    return new BatchWriteResult(answer.keys(), answer.consumedCapacityUnits());
                });
    }

    /** Makes the next call resolve its credentials anew. Never blocks. */
    public void refreshCredentials() {
        client.refreshCredentials();
    }

    /** Region and endpoint, for messages. */
    public String describe() {
        return client.describe();
    }

    /** Ends the open calls with a failure, closes the connections and ends the threads. */
    @Override
    public void close() {
        client.close();
    }

    private static URI endpointOf(String region) {
        // As the SDK's own clients decide it; without it, a wish for FIPS endpoints were ignored.
        boolean fips = FipsEnabledProvider.builder().build().isFipsEnabled().orElse(false);
        boolean dualStack =
                DualstackEnabledProvider.builder().build().isDualstackEnabled().orElse(false);
        try {
            return DynamoDbEndpointProvider.defaultProvider()
                    .resolveEndpoint(
                            parameters ->
                                    parameters
                                            .region(Region.of(region))
                                            .useFips(fips)
                                            .useDualStack(dualStack))
                    .join()
                    .endpointUrl()
                    .toUri();
        } catch (CompletionException e) {
            throw new IllegalArgumentException(
                    "Region " + region + " has no endpoint for DynamoDB; set aws.endpoint.", e);
        }
    }

    private static KeySchema keySchema(byte[] body) throws IOException {
        JsonNode table = member(JsonNode.parser().parse(body), "Table");
        Map<String, KeyType> types = new HashMap<>();
        for (JsonNode attribute : member(table, "AttributeDefinitions").asArray()) {
            types.put(
                    member(attribute, "AttributeName").asString(),
                    KeyType.valueOf(member(attribute, "AttributeType").asString()));
        }
        String partitionKey = null;
        String sortKey = null;
        for (JsonNode key : member(table, "KeySchema").asArray()) {
            String name = member(key, "AttributeName").asString();
            if ("HASH".equals(member(key, "KeyType").asString())) {
                partitionKey = name;
            } else {
                sortKey = name;
            }
        }
        return new KeySchema(partitionKey, types.get(partitionKey), sortKey, types.get(sortKey));
    }

    private static JsonNode member(JsonNode json, String name) throws IOException {
        return json.field(name).orElseThrow(() -> new IOException("no member " + name));
    }

    private static void pause(long boundMs, ServiceFailure failure) throws ServiceFailure {
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(boundMs + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
