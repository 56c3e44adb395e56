package io.github.pyflinkdynamodb.encode;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

/** Elements as Python's encoder marks them, and what is sent on. */
class HeldDeleteTest {
    private final HeldDelete delete = new HeldDelete();

    @Test
    void elementsWithoutAMarkAreSentOnAsTheyAre() {
        byte[] element = "{1},{2}".getBytes(StandardCharsets.UTF_8);

        assertThat(delete.next(element)).isSameAs(element);
        assertThat(next("")).isEmpty();
        assertThat(flush()).isEmpty();
    }

    @Test
    void aDeleteBetweenLineBreaksIsDroppedIfTheNextElementSaysSo() {
        assertThat(next("\n{old}\n")).isEmpty();
        assertThat(next(" {new}")).isEqualTo("{new}");
        assertThat(flush()).isEmpty();
    }

    @Test
    void otherwiseItIsSentOnInFrontOfTheNextElement() {
        assertThat(next("\n{old}\n")).isEmpty();
        assertThat(next("{new}")).isEqualTo("{old},{new}");
        assertThat(flush()).isEmpty();
        assertThat(next("\n{old}\n")).isEmpty();
        assertThat(next("")).isEqualTo("{old}");
    }

    @Test
    void requestsInFrontOfItAreSentOnAtOnce() {
        assertThat(next("{1},{2},\n{old}\n")).isEqualTo("{1},{2}");
        assertThat(next(" {3},\n{older}\n")).isEqualTo("{3}");
        assertThat(next("\n{oldest}\n")).isEqualTo("{older}");
        assertThat(next(" \n{other}\n")).isEmpty();
        assertThat(flush()).isEqualTo("{other}");
    }

    @Test
    void aMarkFindsNothingLeftAfterACheckpoint() {
        assertThat(next("\n{old}\n")).isEmpty();
        assertThat(flush()).isEqualTo("{old}");
        assertThat(next(" {new}")).isEqualTo("{new}");
        assertThat(next(" ")).isEmpty();
    }

    private String next(String element) {
        return text(delete.next(element.getBytes(StandardCharsets.UTF_8)));
    }

    private String flush() {
        return text(delete.flush());
    }

    private static String text(byte[] requests) {
        return new String(requests, StandardCharsets.UTF_8);
    }
}
