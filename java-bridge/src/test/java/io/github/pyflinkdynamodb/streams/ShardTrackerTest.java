package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.client.ShardDescription;
import io.github.pyflinkdynamodb.client.StreamDescription;
import io.github.pyflinkdynamodb.streams.KnownShard.Status;
import io.github.pyflinkdynamodb.streams.StreamsOptions.InitialPosition;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

class ShardTrackerTest {
    private static final String ARN = "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/1";
    private static final String NEWER_ARN = ARN.replace("/stream/1", "/stream/2");
    private static final long NOW = 1_795_268_040_000L;
    private static final String YOUNG = id(NOW - 3_600_000);
    private static final String OLD = id(NOW - ShardListing.RETENTION_MILLIS);

    private ShardTracker tracker = tracker(InitialPosition.TRIM_HORIZON, null);

    @Test
    void positionsOfTheFirstListAndOfLaterOnes() {
        for (InitialPosition initial : InitialPosition.values()) {
            tracker = tracker(initial, null);
            list("ENABLED", open("a", null));
            list("ENABLED", open("a", null), open("b", null));
            ShardPosition first =
                    initial == InitialPosition.LATEST
                            ? ShardPosition.latest(NOW, "at a")
                            : initial == InitialPosition.AT_TIMESTAMP
                                    ? ShardPosition.atTimestamp(NOW - 5)
                                    : ShardPosition.trimHorizon();

            assertThat(tracker.ready())
                    .extracting(ShardSplit::position)
                    .containsExactly(first, ShardPosition.trimHorizon());
        }
    }

    @Test
    void waitingShardThatIsNoLongerListedIsALoss() {
        list("ENABLED", open("a", null), open(OLD, null));

        assertThat(list("ENABLED"))
                .hasSize(2)
                .allMatch(loss -> loss.contains("no longer listed, and was not read to its end"));
        assertThat(tracker.ready()).isEmpty();
        assertThat(list("ENABLED")).isEmpty();
    }

    @Test
    void shardThatIsTooYoungToBeTrimmedIsLeftToItsReader() {
        list("ENABLED", open(YOUNG, null));

        assertThat(list("ENABLED")).isEmpty();
        assertThat(readyIds()).containsExactly(YOUNG);
    }

    @Test
    void assignedShardThatIsNoLongerListedIsItsReadersBusiness() {
        list("ENABLED", open("a", null));
        tracker.assign("a", 0);

        assertThat(list("ENABLED")).isEmpty();
    }

    @Test
    void missingParentIsNoObstacleInTheFirstListAndALossLater() {
        assertThat(list("ENABLED", open("b", "a"))).isEmpty();

        assertThat(list("ENABLED", open("b", "a"), open("d", "c"), open("e", "c")))
                .singleElement()
                .asString()
                .contains("Shard c of " + ARN)
                .contains("trimmed before it was found");
        assertThat(readyIds()).containsExactly("b", "d", "e");
    }

    @Test
    void closedShardWithoutAChildIsInDoubtOnceAndThenALoss() {
        ShardListing listing = listing("ENABLED", closed("a", null), closed(OLD, null));
        ShardListing.Doubts doubts = tracker.doubts(listing);

        assertThat(doubts.childless).containsExactly("a");
        assertThat(tracker.goOnInDoubt(doubts)).singleElement().asString().contains("shard a ");
        assertThat(tracker.doubts(listing).isEmpty()).isTrue();
    }

    @Test
    void closedShardOfADisabledStreamNeedsNoChild() {
        assertThat(tracker.doubts(listing("DISABLED", closed("a", null))).isEmpty()).isTrue();
    }

    @Test
    void shardThatHasBeenReadWaitsForItsChildWithoutALoss() {
        list("ENABLED", open("a", null));
        tracker.assign("a", 0);
        tracker.finish("a", Status.ENDED, 0);
        ShardListing.Doubts doubts = tracker.doubts(listing("ENABLED", open("a", null)));

        assertThat(doubts.childless).containsExactly("a");
        assertThat(tracker.goOnInDoubt(doubts)).isEmpty();
    }

    @Test
    void newStreamIsOneLossAndFollowsWhenTheOldOneIsReadToItsEnd() {
        list("DISABLED", closed("a", null));
        assertThat(tracker.follow(NEWER_ARN)).contains(ARN).contains(NEWER_ARN);
        assertThat(tracker.follow(NEWER_ARN)).isNull();
        assertThat(tracker(InitialPosition.LATEST, tracker.snapshot(1)).follow(NEWER_ARN)).isNull();
        assertThat(tracker.switchStream()).isFalse();
        tracker.assign("a", 0);
        tracker.finish("a", Status.ENDED, 0);
        list("DISABLED", closed("a", null));

        assertThat(tracker.switchStream()).isTrue();
        assertThat(list("ENABLED", open("n", "unknown"))).isEmpty();
        assertThat(tracker.ready())
                .containsExactly(
                        new ShardSplit(
                                NEWER_ARN, "n", ShardPosition.trimHorizon(), ShardSplit.UNBOUNDED));

        // Its reader fails before a checkpoint has the end of the old stream.
        tracker.resetReader(0, List.of());
        assertThat(tracker.ready()).isEmpty();
    }

    @Test
    void readersThatBroughtShardsFromACheckpointCountAsLoaded() {
        list("ENABLED", open("a", null), open("b", null), open("c", null), open("d", null));
        List.of("a", "b", "c", "d").forEach(id -> tracker.assign(id, 0));
        tracker = tracker(InitialPosition.LATEST, tracker.snapshot(1));
        assertThat(tracker.load(List.of(0, 1), 2)).isEqualTo(Map.of(0, 2, 1, 2));

        tracker.finish("c", Status.ENDED, 1);

        assertThat(tracker.load(List.of(0, 1), 2)).isEqualTo(Map.of(0, 2, 1, 1));
    }

    @Test
    void boundedReadOfAStreamWithoutShardsWaitsForItsEnd() {
        tracker = new ShardTracker(InitialPosition.TRIM_HORIZON, 0, NOW + 1, null);
        tracker.follow(ARN);

        list("ENABLED");
        assertThat(tracker.isDone()).isFalse();
        list("DISABLED");
        assertThat(tracker.isDone()).isTrue();
    }

    @Test
    void boundedReadIsNotDoneByAListFromBeforeTheLastEnd() {
        tracker = new ShardTracker(InitialPosition.TRIM_HORIZON, 0, NOW, null);
        tracker.follow(ARN);
        list("ENABLED", open("a", null));
        tracker.assign("a", 0);
        ShardListing before = listing("ENABLED", open("a", null));

        tracker.finish("a", Status.ENDED, 0);
        tracker.apply(before, Map.of());
        assertThat(tracker.isDone()).isFalse();

        list("ENABLED", closed("a", null));
        assertThat(tracker.isDone()).isTrue();
    }

    @Test
    void endReportedByAReaderThatHasTheShardNoLongerCountsForNothing() {
        list("ENABLED", open("a", null), open("b", "a"));
        tracker.assign("a", 0);
        tracker.resetReader(0, List.of(new ShardSplit(ARN, "a", ShardPosition.trimHorizon(), 0)));
        tracker.assign("a", 1);

        tracker.finish("a", Status.ENDED, 0);
        assertThat(readyIds()).isEmpty();
        tracker.finish("a", Status.ENDED, 1);
        assertThat(readyIds()).containsExactly("b");
    }

    @Test
    void readerThatReportsWhatTheRestoredStateHasIsAcknowledgedAtOnce() {
        list("ENABLED", open("a", null));
        tracker.assign("a", 0);
        assertThat(tracker.finish("a", Status.ENDED, 0)).isFalse();

        tracker = tracker(InitialPosition.TRIM_HORIZON, tracker.snapshot(1));

        assertThat(tracker.finish("a", Status.ENDED, 1)).isTrue();
        assertThat(tracker.finish("forgotten", Status.ENDED, 1)).isTrue();
    }

    @Test
    void timeOfCreationIsReadFromNamesOfTheKnownForm() {
        assertThat(ShardListing.createdMillis(YOUNG, 0)).isEqualTo(NOW - 3_600_000);
        assertThat(ShardListing.createdMillis("shardId-99999999999999999999-a", 7)).isEqualTo(7);
        assertThat(ShardListing.createdMillis("shardId-1-a", 7)).isEqualTo(7);
    }

    private List<String> readyIds() {
        return tracker.ready().stream().map(ShardSplit::shardId).collect(Collectors.toList());
    }

    private List<String> list(String status, ShardDescription... shards) {
        ShardListing listing = listing(status, shards);
        Map<String, String> iterators =
                tracker.shardsToPin(listing).stream()
                        .collect(Collectors.toMap(id -> id, id -> "at " + id));
        return tracker.apply(listing, iterators);
    }

    private ShardListing listing(String status, ShardDescription... shards) {
        return new ShardListing(
                new StreamDescription(status, "", List.of(), List.of(shards), NOW), tracker.mark());
    }

    private static ShardTracker tracker(InitialPosition initial, StreamsState state) {
        ShardTracker tracker = new ShardTracker(initial, NOW - 5, ShardSplit.UNBOUNDED, state);
        tracker.pin(NOW);
        if (state == null) {
            tracker.follow(ARN);
        }
        return tracker;
    }

    private static ShardDescription open(String id, String parent) {
        return new ShardDescription(id, parent, false);
    }

    private static ShardDescription closed(String id, String parent) {
        return new ShardDescription(id, parent, true);
    }

    private static String id(long createdMillis) {
        return String.format("shardId-%020d-abc", createdMillis);
    }
}
