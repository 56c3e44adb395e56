package io.github.pyflinkdynamodb.request;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Finds repeated byte strings within a group: the names of one map, the members of one set.
 *
 * <p>A hash table with linear probing whose arrays are kept, so that neither adding nor clearing
 * allocates. The hash has a random seed: nobody can send a set that makes it slow.
 */
final class DistinctBytes {
    private static final VarHandle WORDS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private final long seed = new SplittableRandom().nextLong();
    private final ByteSink contents = new ByteSink();

    /** Number of the entry in a slot: good only if that entry names this slot. */
    private int[] slots = new int[64];

    private int[] slotOf = new int[32];
    private int[] groups = new int[32];
    private int[] hashes = new int[32];
    private int[] ends = new int[32];
    private int count;

    void clear() {
        count = 0;
        contents.clear();
    }

    /** Adds a copy of the bytes; false if the group has them already. */
    boolean add(int group, byte[] source, int from, int to) {
        if (count == slotOf.length) {
            grow();
        }
        int hash = hash(group, source, from, to);
        int mask = slots.length - 1;
        int slot = hash & mask;
        while (isTaken(slot)) {
            int entry = slots[slot];
            if (hashes[entry] == hash
                    && groups[entry] == group
                    && equals(entry, source, from, to)) {
                return false;
            }
            slot = slot + 1 & mask;
        }
        contents.append(source, from, to);
        slots[slot] = count;
        slotOf[count] = slot;
        groups[count] = group;
        hashes[count] = hash;
        ends[count] = contents.length();
        count++;
        return true;
    }

    private boolean isTaken(int slot) {
        int entry = slots[slot];
        return entry < count && slotOf[entry] == slot;
    }

    private boolean equals(int entry, byte[] source, int from, int to) {
        int start = entry == 0 ? 0 : ends[entry - 1];
        return Arrays.equals(contents.array(), start, ends[entry], source, from, to);
    }

    private void grow() {
        int capacity = 2 * slotOf.length;
        slotOf = Arrays.copyOf(slotOf, capacity);
        groups = Arrays.copyOf(groups, capacity);
        hashes = Arrays.copyOf(hashes, capacity);
        ends = Arrays.copyOf(ends, capacity);
        slots = new int[2 * capacity];
        int mask = slots.length - 1;
        int entries = count;
        // Entries go in one by one, so that isTaken sees only those already placed.
        for (count = 0; count < entries; count++) {
            int slot = hashes[count] & mask;
            while (isTaken(slot)) {
                slot = slot + 1 & mask;
            }
            slots[slot] = count;
            slotOf[count] = slot;
        }
    }

    private int hash(int group, byte[] source, int from, int to) {
        long hash = seed ^ (group ^ (long) (to - from) << 32) * MIX;
        int at = from;
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            hash = (hash ^ (long) WORDS.get(source, at)) * MIX;
            hash ^= hash >>> 32;
        }
        long rest = 0;
        for (; at < to; at++) {
            rest = rest << 8 | source[at] & 0xff;
        }
        hash = (hash ^ rest) * MIX;
        return (int) (hash ^ hash >>> 32);
    }
}
