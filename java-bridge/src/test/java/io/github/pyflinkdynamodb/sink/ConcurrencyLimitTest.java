package io.github.pyflinkdynamodb.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConcurrencyLimitTest {

    private static final int MAX = 1_000;

    private final ConcurrencyLimit limit = new ConcurrencyLimit(MAX);

    private static void succeed(ConcurrencyLimit limit, int times) {
        for (int i = 0; i < times; i++) {
            limit.succeeded();
        }
    }

    @Test
    void itStartsAtTheMaximum() {
        assertThat(limit.current()).isEqualTo(MAX);
        assertThat(new ConcurrencyLimit(1).current()).isEqualTo(1);
    }

    @Test
    void successDoesNotPassTheMaximum() {
        succeed(limit, 10 * MAX);

        assertThat(limit.current()).isEqualTo(MAX);

        limit.throttled(limit.start(), 1);
        assertThat(limit.current()).as("no credit was saved").isEqualTo(MAX / 2);
    }

    @Test
    void aBatchThatIsThrottledWholeHalvesTheLimit() {
        limit.throttled(limit.start(), 1);
        assertThat(limit.current()).isEqualTo(500);

        limit.throttled(limit.start(), 1);
        assertThat(limit.current()).isEqualTo(250);
    }

    @Test
    void theCutIsProportionalToTheShareThrottled() {
        limit.throttled(limit.start(), 0.1);
        assertThat(limit.current()).isEqualTo(950);

        limit.throttled(limit.start(), 0.5);
        assertThat(limit.current()).isBetween(712, 713);
    }

    @Test
    void itNeverFallsBelowOne() {
        ConcurrencyLimit small = new ConcurrencyLimit(2);
        for (int i = 0; i < 100; i++) {
            small.throttled(small.start(), 1);
            assertThat(small.current()).isEqualTo(1);
        }

        succeed(small, 2);
        assertThat(small.current()).as("comes back from the bottom").isEqualTo(2);
    }

    @Test
    void itGrowsByOneForEachRoundOfAnswers() {
        limit.throttled(limit.start(), 1);
        for (int round = 0; round < 20; round++) {
            int before = limit.current();
            int answers = 0;
            while (limit.current() == before && answers < 2 * MAX) {
                limit.succeeded();
                answers++;
            }
            assertThat(limit.current()).isEqualTo(before + 1);
            assertThat(answers).isBetween(before - 1, before + 2);
        }
    }

    @Test
    void itGrowsBackToTheMaximum() {
        ConcurrencyLimit small = new ConcurrencyLimit(10);
        small.throttled(small.start(), 1);

        succeed(small, 100);

        assertThat(small.current()).isEqualTo(10);
    }

    @Test
    void requestsThatWereOpenAtACutDoNotCutAgain() {
        long first = limit.start();
        long second = limit.start();
        long third = limit.start();

        limit.throttled(second, 1);
        limit.throttled(first, 1);
        limit.throttled(third, 1);
        limit.throttled(second, 1);
        assertThat(limit.current()).isEqualTo(500);

        long afterTheCut = limit.start();
        limit.throttled(third, 1);
        assertThat(limit.current()).as("still one from before").isEqualTo(500);
        limit.throttled(afterTheCut, 1);
        assertThat(limit.current()).isEqualTo(250);
        limit.throttled(afterTheCut, 1);
        assertThat(limit.current()).isEqualTo(250);
    }

    @Test
    void theNextTicketIsTheOneThatStartGives() {
        for (int i = 0; i < 3; i++) {
            long expected = limit.nextTicket();
            assertThat(limit.nextTicket()).as("asking does not use it up").isEqualTo(expected);
            assertThat(limit.start()).isEqualTo(expected);
            assertThat(limit.nextTicket()).isGreaterThan(expected);
        }
    }
}
