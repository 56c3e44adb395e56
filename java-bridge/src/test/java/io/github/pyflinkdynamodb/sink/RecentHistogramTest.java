package io.github.pyflinkdynamodb.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.apache.flink.metrics.HistogramStatistics;
import org.junit.jupiter.api.Test;

import java.util.stream.LongStream;

class RecentHistogramTest {

    private final RecentHistogram histogram = new RecentHistogram();

    private HistogramStatistics of(long... values) {
        for (long value : values) {
            histogram.update(value);
        }
        return histogram.getStatistics();
    }

    @Test
    void withoutValuesEveryStatisticIsZero() {
        HistogramStatistics statistics = histogram.getStatistics();

        assertThat(histogram.getCount()).isZero();
        assertThat(statistics.size()).isZero();
        assertThat(statistics.getValues()).isEmpty();
        assertThat(statistics.getMin()).isZero();
        assertThat(statistics.getMax()).isZero();
        assertThat(statistics.getMean()).isZero();
        assertThat(statistics.getStdDev()).isZero();
        assertThat(statistics.getQuantile(0.5)).isZero();
    }

    @Test
    void oneValueIsEveryStatistic() {
        HistogramStatistics statistics = of(-7);

        assertThat(statistics.size()).isEqualTo(1);
        assertThat(statistics.getMin()).isEqualTo(-7);
        assertThat(statistics.getMax()).isEqualTo(-7);
        assertThat(statistics.getMean()).isEqualTo(-7);
        assertThat(statistics.getStdDev()).isZero();
        for (double quantile : new double[] {0, 0.5, 0.99, 1}) {
            assertThat(statistics.getQuantile(quantile)).isEqualTo(-7);
        }
    }

    @Test
    void statisticsDoNotDependOnTheOrderOfTheValues() {
        HistogramStatistics statistics = of(9, 2, 4, 5, 4, 7, 5, 4);

        assertThat(statistics.getMin()).isEqualTo(2);
        assertThat(statistics.getMax()).isEqualTo(9);
        assertThat(statistics.getMean()).isEqualTo(5);
        assertThat(statistics.getStdDev()).isBetween(2.0, 2.14);
        assertThat(statistics.getValues()).containsExactlyInAnyOrder(2, 4, 4, 4, 5, 5, 7, 9);
    }

    @Test
    void quantilesSplitTheValues() {
        HistogramStatistics statistics = of(LongStream.rangeClosed(1, 1_000).toArray());

        assertThat(statistics.getQuantile(0)).isEqualTo(1);
        for (double quantile : new double[] {0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999}) {
            assertThat(statistics.getQuantile(quantile))
                    .as("quantile %s", quantile)
                    .isCloseTo(quantile * 1_000, within(1.0));
        }
        assertThat(statistics.getQuantile(1)).isEqualTo(1_000);
    }

    @Test
    void onlyTheLast1024ValuesCount() {
        long[] values = LongStream.rangeClosed(1, 1_024).toArray();
        assertThat(of(values).size()).isEqualTo(1_024);
        assertThat(histogram.getStatistics().getMin()).isEqualTo(1);

        histogram.update(5_000);

        HistogramStatistics statistics = histogram.getStatistics();
        assertThat(histogram.getCount()).as("count of all").isEqualTo(1_025);
        assertThat(statistics.size()).isEqualTo(1_024);
        assertThat(statistics.getMin()).as("the oldest is gone").isEqualTo(2);
        assertThat(statistics.getMax()).isEqualTo(5_000);

        statistics = of(LongStream.rangeClosed(10_001, 12_000).toArray());
        assertThat(histogram.getCount()).isEqualTo(3_025);
        assertThat(statistics.getValues())
                .containsExactlyInAnyOrder(LongStream.rangeClosed(10_977, 12_000).toArray());
    }

    @Test
    void statisticsStayAsTheyWere() {
        HistogramStatistics statistics = of(1, 2, 3);

        histogram.update(100);

        assertThat(statistics.size()).isEqualTo(3);
        assertThat(statistics.getMax()).isEqualTo(3);
    }
}
