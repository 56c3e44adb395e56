package io.github.pyflinkdynamodb.bench;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.types.Row;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;

/** The records of benchmarks/workloads.py, made in the JVM. */
final class Records implements MapFunction<Long, Row> {
    private static final long serialVersionUID = 1L;

    static final int LINES = 10;
    private static final String LARGE = "x".repeat(100 * 1024);
    private static final int ZIPF_KEYS = 100_000;
    private static final int ZIPF_DRAWS = 1 << 20;

    private final String workload;
    private final long keys;
    private transient int[] draws;

    /**
     * @param workload flat, zipf, order or large
     * @param keys how many distinct ones there are
     */
    Records(String workload, long keys) {
        this.workload = workload;
        this.keys = keys;
    }

    TypeInformation<Row> type() {
        switch (workload) {
            case "order":
                TypeInformation<Row> line =
                        Types.ROW_NAMED(
                                new String[] {"sku", "title", "quantity", "price", "taxed"},
                                Types.STRING,
                                Types.STRING,
                                Types.INT,
                                Types.BIG_DEC,
                                Types.BOOLEAN);
                return Types.ROW_NAMED(
                        new String[] {"id", "customer", "created", "status", "lines"},
                        Types.STRING,
                        Types.STRING,
                        Types.STRING,
                        Types.STRING,
                        Types.OBJECT_ARRAY(line));
            case "large":
                return Types.ROW_NAMED(new String[] {"id", "body"}, Types.STRING, Types.STRING);
            default:
                return Types.ROW_NAMED(
                        new String[] {"id", "customer", "quantity", "price", "paid"},
                        Types.STRING,
                        Types.STRING,
                        Types.INT,
                        Types.BIG_DEC,
                        Types.BOOLEAN);
        }
    }

    @Override
    public Row map(Long number) {
        long n = number;
        switch (workload) {
            case "order":
                return order(n);
            case "large":
                return Row.of(id(n % keys), LARGE);
            case "zipf":
                return flat(n, draw(n));
            default:
                return flat(n, n % keys);
        }
    }

    static Order bean(long n, long keys) {
        return new Order(
                id(n % keys),
                "customer-" + n % 100,
                (int) (n % 50) + 1,
                BigDecimal.valueOf(n % 10_000, 2),
                n % 3 == 0);
    }

    private static Row flat(long n, long key) {
        return Row.of(
                id(key),
                "customer-" + n % 100,
                (int) (n % 50) + 1,
                BigDecimal.valueOf(n % 10_000, 2),
                n % 3 == 0);
    }

    private Row order(long n) {
        Row[] lines = new Row[LINES];
        for (int i = 0; i < LINES; i++) {
            lines[i] =
                    Row.of(
                            "SKU-" + (n + i) % 100_000,
                            "An article with a name, a colour, a size, and a maker far away from"
                                    + " here",
                            i + 1,
                            BigDecimal.valueOf((n + i) % 10_000, 2),
                            true);
        }
        return Row.of(id(n % keys), "customer-" + n % 100, "2026-01-01T12:00:00Z", "paid", lines);
    }

    private static String id(long key) {
        String digits = Long.toString(key);
        return "o-0000000".substring(0, Math.max(2, 9 - digits.length())) + digits;
    }

    private int draw(long n) {
        if (draws == null) {
            draws = zipf();
        }
        return draws[(int) (n % draws.length)];
    }

    /** Keys whose k-th is drawn in proportion to 1 / k. */
    private static int[] zipf() {
        double[] cumulated = new double[ZIPF_KEYS];
        double sum = 0;
        for (int k = 0; k < ZIPF_KEYS; k++) {
            sum += 1.0 / (k + 1);
            cumulated[k] = sum;
        }
        Random random = new Random(1);
        int[] drawn = new int[ZIPF_DRAWS];
        for (int i = 0; i < drawn.length; i++) {
            int found = Arrays.binarySearch(cumulated, random.nextDouble() * sum);
            drawn[i] = found < 0 ? -found - 1 : found;
        }
        return drawn;
    }
}
