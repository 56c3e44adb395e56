package io.github.pyflinkdynamodb.source;

import java.util.List;

/** What is left to assign: the enumerator's checkpoint. */
public final class ScanState {
    private final boolean planned;
    private final List<ScanSplit> unassigned;

    ScanState(boolean planned, List<ScanSplit> unassigned) {
        this.planned = planned;
        this.unassigned = List.copyOf(unassigned);
    }

    /** Whether the table has been divided; until then there are no splits at all. */
    boolean isPlanned() {
        return planned;
    }

    List<ScanSplit> unassigned() {
        return unassigned;
    }
}
