package io.github.pyflinkdynamodb.client;

import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

import javax.annotation.Nullable;

/** A stream as DescribeStream tells it, all pages of the answer together. Cannot be changed. */
public final class StreamDescription {
    private final String status;
    private final String viewType;
    private final List<String> keyNames;
    private final List<ShardDescription> shards;
    private final long serviceTimeMillis;
    @Nullable private final String lastEvaluatedShardId;

    /**
     * @param status ENABLING, ENABLED, DISABLING or DISABLED
     * @param viewType KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES
     * @param keyNames of the table, partition key first
     * @param serviceTimeMillis the service's clock as the first page was answered
     */
    public StreamDescription(
            String status,
            String viewType,
            List<String> keyNames,
            List<ShardDescription> shards,
            long serviceTimeMillis) {
        this(status, viewType, keyNames, shards, serviceTimeMillis, null);
    }

    private StreamDescription(
            String status,
            String viewType,
            List<String> keyNames,
            List<ShardDescription> shards,
            long serviceTimeMillis,
            @Nullable String lastEvaluatedShardId) {
        this.status = status;
        this.viewType = viewType;
        this.keyNames = List.copyOf(keyNames);
        this.shards = Collections.unmodifiableList(new ArrayList<>(shards));
        this.serviceTimeMillis = serviceTimeMillis;
        this.lastEvaluatedShardId = lastEvaluatedShardId;
    }

    /** ENABLING, ENABLED, DISABLING or DISABLED. */
    public String status() {
        return status;
    }

    /** Whether records still come. */
    public boolean isEnabled() {
        return !Set.of("DISABLING", "DISABLED").contains(status);
    }

    /** KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES. */
    public String viewType() {
        return viewType;
    }

    /** Key attributes of the table, partition key first. */
    public List<String> keyNames() {
        return keyNames;
    }

    public List<ShardDescription> shards() {
        return shards;
    }

    /** The service's clock in milliseconds since 1970, as the first page was answered. */
    public long serviceTimeMillis() {
        return serviceTimeMillis;
    }

    /** The shard after which the next page begins; null on the last page. */
    @Nullable
    String lastEvaluatedShardId() {
        return lastEvaluatedShardId;
    }

    /** This page and the one after it, as one. */
    StreamDescription followedBy(StreamDescription next) {
        List<ShardDescription> all = new ArrayList<>(shards);
        all.addAll(next.shards);
        return new StreamDescription(
                next.status,
                next.viewType,
                next.keyNames,
                all,
                serviceTimeMillis,
                next.lastEvaluatedShardId);
    }

    static StreamDescription read(byte[] body, SdkHttpResponse head) throws IOException {
        JsonNode stream = JsonNode.parser().parse(body).field("StreamDescription").orElse(null);
        if (stream == null || !stream.isObject()) {
            throw new IOException("no StreamDescription");
        }
        List<ShardDescription> shards = new ArrayList<>();
        for (JsonNode shard : list(stream, "Shards")) {
            boolean closed =
                    shard.field("SequenceNumberRange")
                            .flatMap(range -> range.field("EndingSequenceNumber"))
                            .filter(JsonNode::isString)
                            .isPresent();
            String shardId = text(shard, "ShardId");
            if (shardId == null) {
                throw new IOException("a shard without ShardId");
            }
            shards.add(new ShardDescription(shardId, text(shard, "ParentShardId"), closed));
        }
        List<String> keyNames = new ArrayList<>();
        for (JsonNode key : list(stream, "KeySchema")) {
            keyNames.add(
                    "HASH".equals(text(key, "KeyType")) ? 0 : keyNames.size(),
                    String.valueOf(text(key, "AttributeName")));
        }
        return new StreamDescription(
                String.valueOf(text(stream, "StreamStatus")),
                String.valueOf(text(stream, "StreamViewType")),
                keyNames,
                shards,
                serviceTime(head).toEpochMilli(),
                text(stream, "LastEvaluatedShardId"));
    }

    /** The service's clock, to the second; this machine's where the answer has no date. */
    static Instant serviceTime(SdkHttpResponse head) {
        try {
            return ZonedDateTime.parse(
                            head.firstMatchingHeader("Date").orElse(""),
                            DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
        } catch (DateTimeException e) {
            return Instant.now();
        }
    }

    private static List<JsonNode> list(JsonNode json, String name) {
        return json.field(name).filter(JsonNode::isArray).map(JsonNode::asArray).orElse(List.of());
    }

    @Nullable
    private static String text(JsonNode json, String name) {
        return json.field(name).filter(JsonNode::isString).map(JsonNode::asString).orElse(null);
    }
}
