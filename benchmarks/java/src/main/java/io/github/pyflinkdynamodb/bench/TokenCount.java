package io.github.pyflinkdynamodb.bench;

import java.nio.charset.StandardCharsets;

/**
 * Counts a word in bytes that come in pieces. It looks at every eleventh byte or so (Horspool's
 * algorithm): whoever answers must not cost more than who asks.
 */
final class TokenCount {
    private final byte[] token;
    private final byte last;
    private final int[] shift = new int[256];
    private final byte[] seam;
    private int seamLength;
    private int found;

    TokenCount(String word) {
        token = word.getBytes(StandardCharsets.US_ASCII);
        last = token[token.length - 1];
        seam = new byte[2 * (token.length - 1)];
        java.util.Arrays.fill(shift, token.length);
        for (int i = 0; i < token.length - 1; i++) {
            shift[token[i] & 0xff] = token.length - 1 - i;
        }
    }

    void reset() {
        found = 0;
        seamLength = 0;
    }

    int found() {
        return found;
    }

    void add(byte[] bytes, int from, int to) {
        int overlap = token.length - 1;
        if (seamLength > 0) {
            int head = Math.min(overlap, to - from);
            System.arraycopy(bytes, from, seam, seamLength, head);
            found += count(seam, 0, seamLength + head);
        }
        found += count(bytes, from, to);
        if (to - from >= overlap) {
            System.arraycopy(bytes, to - overlap, seam, 0, overlap);
            seamLength = overlap;
        } else {
            int all = Math.min(seam.length, seamLength + to - from);
            int kept = Math.min(overlap, all);
            if (seamLength == 0) {
                System.arraycopy(bytes, from, seam, 0, to - from);
            }
            System.arraycopy(seam, all - kept, seam, 0, kept);
            seamLength = kept;
        }
    }

    private int count(byte[] bytes, int from, int to) {
        int count = 0;
        int end = from + token.length - 1;
        while (end < to) {
            byte at = bytes[end];
            if (at == last && matches(bytes, end)) {
                count++;
                end += token.length;
            } else {
                end += shift[at & 0xff];
            }
        }
        return count;
    }

    private boolean matches(byte[] bytes, int end) {
        int from = end - token.length + 1;
        for (int i = 0; i < token.length - 1; i++) {
            if (bytes[from + i] != token[i]) {
                return false;
            }
        }
        return true;
    }
}
