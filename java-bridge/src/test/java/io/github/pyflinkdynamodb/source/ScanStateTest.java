package io.github.pyflinkdynamodb.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

class ScanStateTest {

    /** What is in state/scan-v1.bin. */
    private static final List<ScanSplit> STORED =
            List.of(
                    ScanSplit.segment(0, 3),
                    ScanSplit.segment(2, 3).at("{\"id\":{\"S\":\"\u20ac1\"}}", 17),
                    ScanSplit.query(Map.of("id", "{\"S\":\"\u20ac1\"}", "n\u00fc", "{\"N\":\"7\"}"))
                            .at(null, 2));

    private final ScanSplitSerializer splits = new ScanSplitSerializer();
    private final ScanStateSerializer states = new ScanStateSerializer();

    @Test
    void splitsComeBackAsTheyWere() throws IOException {
        for (ScanSplit split : STORED) {
            assertThat(splits.deserialize(splits.getVersion(), splits.serialize(split)))
                    .isEqualTo(split);
        }
    }

    @Test
    void keysAreNotLimitedTo65535Bytes() throws IOException {
        ScanSplit split = ScanSplit.segment(0, 1).at("\u20ac".repeat(70_000), 1);

        assertThat(splits.deserialize(1, splits.serialize(split))).isEqualTo(split);
    }

    @Test
    void stateOfVersion1IsReadForEver() throws IOException {
        byte[] stored;
        try (InputStream in = ScanStateTest.class.getResourceAsStream("/state/scan-v1.bin")) {
            stored = in.readAllBytes();
        }

        ScanState state = states.deserialize(1, stored);

        assertThat(state.isPlanned()).isTrue();
        assertThat(state.unassigned()).containsExactlyElementsOf(STORED);
        assertThat(states.serialize(state)).isEqualTo(stored);
    }

    @Test
    void tableThatIsNotDividedYetComesBackSo() throws IOException {
        ScanState state = states.deserialize(1, states.serialize(new ScanState(false, List.of())));

        assertThat(state.isPlanned()).isFalse();
        assertThat(state.unassigned()).isEmpty();
    }

    @Test
    void stateOfALaterReleaseIsRefusedWithBothVersions() {
        assertThatThrownBy(() -> splits.deserialize(2, new byte[0]))
                .hasMessageContaining("format version 2")
                .hasMessageContaining("reads version 1");
        assertThatThrownBy(() -> states.deserialize(2, new byte[0]))
                .hasMessageContaining("format version 2");
    }

    @Test
    void damagedStateIsRefused() throws IOException {
        byte[] split = splits.serialize(STORED.get(1));
        byte[] longer = Arrays.copyOf(split, split.length + 1);
        byte[] wrongLength = split.clone();
        wrongLength[12] = 0x7f;

        for (byte[] damaged : List.of(longer, wrongLength)) {
            assertThatThrownBy(() -> splits.deserialize(1, damaged))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("damaged");
        }
        for (int length = 0; length < split.length; length++) {
            byte[] shorter = Arrays.copyOf(split, length);
            assertThatThrownBy(() -> splits.deserialize(1, shorter))
                    .isInstanceOf(IOException.class);
        }
    }
}
