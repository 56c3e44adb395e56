package io.github.pyflinkdynamodb.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeriodicNoticeTest {

    private static final long MINUTE = 60_000;
    private static final long NOW = 1_000_000;

    private final PeriodicNotice notice = new PeriodicNotice(MINUTE);

    @Test
    void theFirstEventIsMentionedAtOnce() {
        assertThat(notice.due(NOW)).isEqualTo(1);
    }

    @Test
    void eventsWithinTheIntervalAreMentionedTogetherAtItsEnd() {
        notice.due(NOW);

        assertThat(notice.due(NOW)).isZero();
        assertThat(notice.due(NOW + 1)).isZero();
        assertThat(notice.due(NOW + MINUTE - 1)).isZero();
        assertThat(notice.due(NOW + MINUTE)).isEqualTo(4);
        assertThat(notice.due(NOW + MINUTE)).isZero();
    }

    @Test
    void theNextIntervalBeginsWithTheNotice() {
        notice.due(NOW);
        assertThat(notice.due(NOW + 10 * MINUTE)).as("after a quiet time").isEqualTo(1);

        assertThat(notice.due(NOW + 11 * MINUTE - 1)).isZero();
        assertThat(notice.due(NOW + 11 * MINUTE)).isEqualTo(2);
    }

    @Test
    void eachEventIsMentionedOnce() {
        long mentioned = 0;
        int events = 10_000;
        int notices = 0;
        for (int i = 1; i <= events; i++) {
            long due = notice.due(NOW + i * 100L);
            mentioned += due;
            notices += due > 0 ? 1 : 0;
        }
        mentioned += notice.due(NOW + events * 100L + MINUTE);

        assertThat(mentioned).isEqualTo(events + 1);
        assertThat(notices).isEqualTo(17);
    }
}
