package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

class RetryPolicyTest {

    private static final double ALMOST_ONE = Math.nextDown(1.0);

    @Test
    void theBoundDoublesWithEachAttemptUpToTheLongestDelay() {
        long bound = RetryPolicy.BASE_DELAY_MS;
        for (int attempts = 1; attempts <= 200; attempts++) {
            long expected = Math.min(bound, RetryPolicy.MAX_DELAY_MS);
            assertThat(RetryPolicy.delayMs(attempts, ALMOST_ONE))
                    .as("attempt %d", attempts)
                    .isBetween(expected - 1, expected);
            assertThat(RetryPolicy.delayMs(attempts, 0.5))
                    .as("attempt %d", attempts)
                    .isBetween(expected / 2 - 1, expected / 2 + 1);
            bound = expected * 2;
        }
    }

    @Test
    void theFirstRetryCanBeAtOnce() {
        for (int attempts : List.of(1, 2, 8, 9, 100)) {
            assertThat(RetryPolicy.delayMs(attempts, 0)).isZero();
        }
    }

    @Test
    void theDelayIsUniform() {
        int[] thirds = new int[3];
        int draws = 3_000;
        for (int i = 0; i < draws; i++) {
            long delay = RetryPolicy.delayMs(4, (double) i / draws);
            thirds[(int) Math.min(2, delay * 3 / (RetryPolicy.BASE_DELAY_MS * 8))]++;
        }

        for (int third : thirds) {
            assertThat(third).isBetween(980, 1_020);
        }
    }

    @Test
    void manyAttemptsDoNotOverflow() {
        for (int attempts : List.of(31, 32, 33, 57, 58, 63, 64, 65, 1_000, Integer.MAX_VALUE)) {
            assertThat(RetryPolicy.delayMs(attempts, ALMOST_ONE))
                    .as("attempt %d", attempts)
                    .isBetween(RetryPolicy.MAX_DELAY_MS - 1, RetryPolicy.MAX_DELAY_MS);
        }
    }
}
