package io.github.pyflinkdynamodb.client;

import software.amazon.awssdk.endpoints.Endpoint;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.endpoints.DynamoDbEndpointProvider;
import software.amazon.awssdk.services.dynamodb.streams.endpoints.DynamoDbStreamsEndpointProvider;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The two services behind one signing name, each with its own endpoint and operations. */
public enum Service {
    DYNAMODB("DynamoDB", "DynamoDB_20120810.", "table", "AWS_ENDPOINT_URL_DYNAMODB") {
        @Override
        CompletableFuture<Endpoint> endpoint(Region region, boolean fips, boolean dualStack) {
            return DynamoDbEndpointProvider.defaultProvider()
                    .resolveEndpoint(
                            parameters ->
                                    parameters
                                            .region(region)
                                            .useFips(fips)
                                            .useDualStack(dualStack));
        }
    },
    STREAMS(
            "DynamoDB Streams",
            "DynamoDBStreams_20120810.",
            "stream",
            "AWS_ENDPOINT_URL_DYNAMODB_STREAMS") {
        @Override
        CompletableFuture<Endpoint> endpoint(Region region, boolean fips, boolean dualStack) {
            return DynamoDbStreamsEndpointProvider.defaultProvider()
                    .resolveEndpoint(
                            parameters ->
                                    parameters
                                            .region(region)
                                            .useFips(fips)
                                            .useDualStack(dualStack));
        }
    };

    private final String title;
    private final String targetPrefix;
    private final String subject;
    private final String endpointVariable;

    Service(String title, String targetPrefix, String subject, String endpointVariable) {
        this.title = title;
        this.targetPrefix = targetPrefix;
        this.subject = subject;
        this.endpointVariable = endpointVariable;
    }

    /** The service's name, for messages. */
    String title() {
        return title;
    }

    /** What stands before an operation's name in the header that names it. */
    String targetPrefix() {
        return targetPrefix;
    }

    /** What the calls are about, for messages: a table or a stream. */
    String subject() {
        return subject;
    }

    /** Environment variables that may hold its endpoint, the first one first. */
    List<String> endpointVariables() {
        return List.of(endpointVariable, "AWS_ENDPOINT_URL");
    }

    /** The region's own endpoint. */
    abstract CompletableFuture<Endpoint> endpoint(Region region, boolean fips, boolean dualStack);
}
