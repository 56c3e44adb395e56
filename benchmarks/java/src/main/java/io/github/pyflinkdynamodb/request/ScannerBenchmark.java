package io.github.pyflinkdynamodb.request;

import io.github.pyflinkdynamodb.bench.Requests;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** What scanning a write request costs; {@link #main} says how many bytes each form has. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ScannerBenchmark implements WriteRequestScanner.Handler {
    /**
     * flat: five short fields. kilobyte: 1 KB in seventeen fields of text and numbers. numbers: 1
     * KB of numbers. text: one field of 1 KB. unicode: 1 KB of letters beyond ASCII.
     */
    @Param({"flat", "kilobyte", "numbers", "text", "unicode"})
    public String form;

    private final WriteRequestScanner scanner = new WriteRequestScanner(Requests.KEY, 400 * 1024);
    private byte[] element;
    private Blackhole hole;

    @Setup
    public void make() {
        element = element(form);
    }

    @Benchmark
    public void scan(Blackhole blackhole) throws Exception {
        hole = blackhole;
        scanner.scan(element, this);
    }

    @Override
    public void write(EncodedWriteRequest request) {
        hole.consume(request);
    }

    @Override
    public void reject(RejectedRequest request) {
        throw new IllegalStateException("The request of form " + form + " is faulty.");
    }

    /** Says how long the requests are, for whoever makes MB/s of the times. */
    public static void main(String[] arguments) {
        StringBuilder lengths = new StringBuilder();
        for (String form : new String[] {"flat", "kilobyte", "numbers", "text", "unicode"}) {
            lengths.append(lengths.length() == 0 ? "{" : ",");
            lengths.append('"').append(form).append("\":").append(element(form).length);
        }
        System.out.println(lengths.append('}'));
    }

    private static byte[] element(String form) {
        StringBuilder item = new StringBuilder("\"id\":{\"S\":\"o-1234567\"}");
        switch (form) {
            case "flat":
                item.append(",\"customer\":{\"S\":\"customer-99\"},\"quantity\":{\"N\":\"7\"}");
                item.append(",\"price\":{\"N\":\"12.50\"},\"paid\":{\"BOOL\":true}");
                break;
            case "kilobyte":
                for (int i = 0; i < 8; i++) {
                    item.append(",\"text").append(i).append("\":{\"S\":\"");
                    item.append("some words of text ".repeat(4)).append("\"}");
                    item.append(",\"number").append(i).append("\":{\"N\":\"12345.67\"}");
                }
                break;
            case "numbers":
                for (int i = 0; i < 37; i++) {
                    item.append(",\"n").append(i).append("\":{\"N\":\"1234567.89\"}");
                }
                break;
            case "text":
                item.append(",\"text\":{\"S\":\"").append("some words of text ".repeat(51));
                item.append("\"}");
                break;
            default:
                item.append(",\"text\":{\"S\":\"").append("\u0416\u00e4\u20ac ".repeat(120));
                item.append("\"}");
        }
        String json = "{\"PutRequest\":{\"Item\":{" + item + "}}}";
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
