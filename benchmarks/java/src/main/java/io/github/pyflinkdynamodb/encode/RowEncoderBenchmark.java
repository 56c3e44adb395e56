package io.github.pyflinkdynamodb.encode;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.types.Row;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What a typed row of five fields costs to encode. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RowEncoderBenchmark {
    private final Row row =
            Row.of("o-1234567", "customer-99", 7, new BigDecimal("12.50"), Boolean.TRUE);
    private RowEncoder encoder;

    @Setup
    public void make() throws Exception {
        TypeInformation<Row> type =
                Types.ROW_NAMED(
                        new String[] {"id", "customer", "quantity", "price", "paid"},
                        Types.STRING,
                        Types.STRING,
                        Types.INT,
                        Types.BIG_DEC,
                        Types.BOOLEAN);
        encoder = RowEncoder.of(type, List.of(), false, Set.of("id"), false);
    }

    @Benchmark
    public byte[] encode() throws Exception {
        return encoder.encode(row);
    }
}
