package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import java.nio.charset.StandardCharsets;
import java.util.List;

class ByteSinkTest {

    @Property
    void digitsAreThoseOfJava(@ForAll List<Long> numbers, @ForAll long last) {
        ByteSink sink = new ByteSink(1);
        StringBuilder expected = new StringBuilder();
        for (long number : numbers) {
            sink.appendDigits(number);
            sink.append(',');
            expected.append(number).append(',');
        }
        for (long number : new long[] {last, 0, -1, 9, 10, Long.MIN_VALUE, Long.MAX_VALUE}) {
            sink.appendDigits(number);
            expected.append(number);
        }
        assertThat(new String(sink.toByteArray(), StandardCharsets.US_ASCII))
                .isEqualTo(expected.toString());
    }
}
