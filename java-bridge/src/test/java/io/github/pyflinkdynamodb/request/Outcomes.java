package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a scanner hands out: write requests and rejections, in order. */
final class Outcomes implements WriteRequestScanner.Handler {
    private final List<Object> all = new ArrayList<>();

    static Outcomes of(byte[] element, KeySchema schema, long maxItemSize) {
        Outcomes outcomes = new Outcomes();
        try {
            new WriteRequestScanner(schema, maxItemSize).scan(element, outcomes);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("only a handler throws these, and this one does not", e);
        }
        return outcomes;
    }

    static Outcomes of(String element, KeySchema schema) {
        return of(element.getBytes(StandardCharsets.UTF_8), schema, ItemSize.MAX_BYTES);
    }

    @Override
    public void write(EncodedWriteRequest request) {
        all.add(request);
    }

    @Override
    public void reject(RejectedRequest request) {
        all.add(request);
    }

    List<Object> all() {
        return all;
    }

    EncodedWriteRequest onlyWrite() {
        assertThat(all).hasSize(1).first().isInstanceOf(EncodedWriteRequest.class);
        return (EncodedWriteRequest) all.get(0);
    }

    RejectedRequest onlyRejection() {
        assertThat(all).hasSize(1).first().isInstanceOf(RejectedRequest.class);
        return (RejectedRequest) all.get(0);
    }

    /** One line each: what was written as it is, of a rejection the code and the request. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Object outcome : all) {
            if (outcome instanceof EncodedWriteRequest) {
                lines.add(text(((EncodedWriteRequest) outcome).bytes()));
            } else {
                RejectedRequest rejected = (RejectedRequest) outcome;
                lines.add(rejected.errorCode() + " " + text(rejected.request()));
            }
        }
        return lines;
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
