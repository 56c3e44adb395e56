package io.github.pyflinkdynamodb.encode;

import java.util.Arrays;

import javax.annotation.Nullable;

/**
 * The delete of an update's old key, between two elements of Python's encoder.
 *
 * <p>The encoder marks its elements (update_pair.py) by white space, of which it writes none
 * otherwise. A delete between two line breaks, at the end of an element, is held. A space at the
 * beginning of the next element drops it, since the update's other half has the same key; in front
 * of any other element it is sent on. A delete that is sent on in vain, after a checkpoint or a
 * restart, costs a write in front of the put of its own key, and no item. Not thread-safe.
 */
final class HeldDelete {
    private static final byte HELD = '\n';
    private static final byte SETTLED = ' ';

    @Nullable private byte[] held;

    /**
     * What is to be sent on when an element comes: its requests, joined by commas; may be empty.
     */
    byte[] next(byte[] element) {
        int from = 0;
        if (element.length > 0 && element[0] == SETTLED) {
            held = null;
            from = 1;
        }
        byte[] before = flush();
        int to = element.length;
        if (to > from && element[to - 1] == HELD) {
            int end = to - 1;
            do {
                to--;
            } while (element[to - 1] != HELD);
            held = Arrays.copyOfRange(element, to, end);
            // Without the line break, and the comma in front of it.
            to = Math.max(from, to - 2);
        }
        byte[] rest =
                from == 0 && to == element.length ? element : Arrays.copyOfRange(element, from, to);
        return joined(before, rest);
    }

    /** The delete that is held, or empty. */
    byte[] flush() {
        byte[] delete = held == null ? new byte[0] : held;
        held = null;
        return delete;
    }

    private static byte[] joined(byte[] before, byte[] after) {
        if (before.length == 0 || after.length == 0) {
            return before.length == 0 ? after : before;
        }
        byte[] both = Arrays.copyOf(before, before.length + 1 + after.length);
        both[before.length] = ',';
        System.arraycopy(after, 0, both, before.length + 1, after.length);
        return both;
    }
}
