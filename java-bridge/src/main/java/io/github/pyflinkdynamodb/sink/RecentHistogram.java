package io.github.pyflinkdynamodb.sink;

import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.HistogramStatistics;

import java.util.Arrays;

/** The last 1,024 values. Flink's own histograms are internal to its runtime. */
final class RecentHistogram implements Histogram {

    private static final int SIZE = 1024;

    private final long[] values = new long[SIZE];
    private long count;

    @Override
    public synchronized void update(long value) {
        values[(int) (count++ % SIZE)] = value;
    }

    @Override
    public synchronized long getCount() {
        return count;
    }

    @Override
    public synchronized HistogramStatistics getStatistics() {
        long[] sorted = Arrays.copyOf(values, (int) Math.min(count, SIZE));
        Arrays.sort(sorted);
        return new Statistics(sorted);
    }

    private static final class Statistics extends HistogramStatistics {
        private final long[] sorted;

        private Statistics(long[] sorted) {
            this.sorted = sorted;
        }

        @Override
        public double getQuantile(double quantile) {
            if (sorted.length == 0) {
                return 0;
            }
            int rank = (int) Math.ceil(quantile * sorted.length) - 1;
            return sorted[Math.max(0, Math.min(rank, sorted.length - 1))];
        }

        @Override
        public long[] getValues() {
            return sorted;
        }

        @Override
        public int size() {
            return sorted.length;
        }

        @Override
        public double getMean() {
            return Arrays.stream(sorted).average().orElse(0);
        }

        @Override
        public double getStdDev() {
            double mean = getMean();
            double variance =
                    Arrays.stream(sorted)
                            .mapToDouble(value -> (value - mean) * (value - mean))
                            .average()
                            .orElse(0);
            return Math.sqrt(variance);
        }

        @Override
        public long getMax() {
            return sorted.length == 0 ? 0 : sorted[sorted.length - 1];
        }

        @Override
        public long getMin() {
            return sorted.length == 0 ? 0 : sorted[0];
        }
    }
}
