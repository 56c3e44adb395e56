package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

class DistinctBytesTest {
    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void findsRepeatsAsAHashSetDoes(@ForAll long seed) {
        Random random = new Random(seed);
        DistinctBytes distinct = new DistinctBytes();
        for (int round = 0; round < 4; round++) {
            Set<String> model = new HashSet<>();
            int texts = 1 + random.nextInt(400);
            for (int step = 0; step < 600; step++) {
                int group = random.nextInt(3);
                int text = random.nextInt(texts);
                // Of all lengths around a machine word, some alike but for one byte or the length.
                String content = "\0".repeat(text % 20) + (char) ('a' + text / 20);
                byte[] source = ("<" + content + ">").getBytes(StandardCharsets.UTF_8);
                assertThat(distinct.add(group, source, 1, source.length - 1))
                        .isEqualTo(model.add(group + content));
            }
            distinct.clear();
        }
    }
}
