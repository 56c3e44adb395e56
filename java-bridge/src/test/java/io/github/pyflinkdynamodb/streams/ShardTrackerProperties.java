package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Random streams, readers, failures and checkpoints, played against {@link ShardTracker} and judged
 * by {@link ShardWorld}, which knows what really has been read.
 */
class ShardTrackerProperties {

    @Property(tries = 3_000)
    void everyShardIsReadOnceAndAfterItsParent(@ForAll("plays") List<Integer> play) {
        play(play);
    }

    /** What the property is worth: the plays must lead to everything that may happen. */
    @Property(tries = 1)
    void playsMeetEverything() {
        Random random = new Random(42);
        ShardWorld.MET.clear();
        for (int round = 0; round < 500; round++) {
            play(random.ints(120, 0, 1_000_000).boxed().collect(Collectors.toList()));
        }
        assertThat(ShardWorld.MET).containsExactlyInAnyOrder(ShardWorld.Event.values());
    }

    private static void play(List<Integer> play) {
        ShardWorld world = new ShardWorld(play.get(0));
        try {
            for (int step : play.subList(1, play.size())) {
                world.play(step);
            }
            world.playToTheEnd();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(e.getMessage() + " after:\n" + world.story(), e);
        }
    }

    @Provide
    Arbitrary<List<Integer>> plays() {
        return Arbitraries.integers()
                .between(0, 999_999)
                .withoutEdgeCases()
                .list()
                .ofMinSize(20)
                .ofMaxSize(150);
    }
}
