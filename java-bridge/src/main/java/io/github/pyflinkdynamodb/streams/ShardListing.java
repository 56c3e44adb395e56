package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.client.ShardDescription;
import io.github.pyflinkdynamodb.client.StreamDescription;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One discovery: a stream's list of shards, and what was asked for because it was not in it. */
final class ShardListing {

    /** How long the service keeps records. Source: developer guide, DynamoDB Streams. */
    static final long RETENTION_MILLIS = 24L * 60 * 60 * 1000;

    /** As the service and DynamoDB Local name shards: the time of creation comes first. */
    private static final Pattern SHARD_ID = Pattern.compile("shardId-(\\d{20})-.*");

    /** What a list of shards leaves open, which may be settled a moment later. */
    static final class Doubts {
        /** Ids of shards that have come to an end, and what follows them is not listed. */
        final Set<String> childless = new HashSet<>();

        /** Ids of shards whose parents nobody knows. */
        final Set<String> orphans = new HashSet<>();

        boolean isEmpty() {
            return childless.isEmpty() && orphans.isEmpty();
        }

        /** Whether one of these is among the other ones. */
        boolean overlaps(Doubts other) {
            return childless.stream().anyMatch(other.childless::contains)
                    || orphans.stream().anyMatch(other.orphans::contains);
        }
    }

    private final Map<String, ShardDescription> shards = new LinkedHashMap<>();
    private final Set<String> listed = new HashSet<>();
    private final Set<String> parents = new HashSet<>();
    private final boolean enabled;
    private final long timeMillis;
    private final long mark;

    /**
     * @param mark {@link ShardTracker#mark} from before the list was asked for
     */
    ShardListing(StreamDescription stream, long mark) {
        this.enabled = stream.isEnabled();
        this.timeMillis = stream.serviceTimeMillis();
        this.mark = mark;
        add(stream);
        listed.addAll(shards.keySet());
    }

    /** Adds what a question for the children of a shard brought. */
    void add(StreamDescription children) {
        for (ShardDescription shard : children.shards()) {
            shards.putIfAbsent(shard.shardId(), shard);
            if (shard.parentShardId() != null) {
                parents.add(shard.parentShardId());
            }
        }
    }

    Collection<ShardDescription> shards() {
        return shards.values();
    }

    boolean has(String shardId) {
        return shards.containsKey(shardId);
    }

    /** Whether the list itself has a shard, not only the answer to a question. */
    boolean isListed(String shardId) {
        return listed.contains(shardId);
    }

    boolean hasChildOf(String shardId) {
        return parents.contains(shardId);
    }

    boolean isEnabled() {
        return enabled;
    }

    /** The service's clock. */
    long timeMillis() {
        return timeMillis;
    }

    long mark() {
        return mark;
    }

    /** Whether a shard's name says that none of its records can have been trimmed yet. */
    boolean isYoung(String shardId) {
        return timeMillis - createdMillis(shardId, Long.MIN_VALUE / 2) < RETENTION_MILLIS;
    }

    /** Whether a shard's name says that it was created so long ago that it may be gone. */
    boolean isOld(String shardId) {
        return timeMillis - createdMillis(shardId, Long.MAX_VALUE / 2) >= RETENTION_MILLIS;
    }

    /**
     * When a shard was created.
     *
     * @param otherwise if its name does not say so
     */
    static long createdMillis(String shardId, long otherwise) {
        Matcher name = SHARD_ID.matcher(shardId);
        // Twenty digits may be more than a long holds; times never are.
        return name.matches() && name.group(1).startsWith("00")
                ? Long.parseLong(name.group(1))
                : otherwise;
    }
}
