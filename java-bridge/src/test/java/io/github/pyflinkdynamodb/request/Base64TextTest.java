package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

class Base64TextTest {
    @Property(tries = 50_000, shrinking = ShrinkingMode.OFF)
    void takesWhatAnEncoderWritesAndNothingElse(@ForAll long seed) {
        RandomRequests requests = new RandomRequests(seed);
        byte[] content = new byte[requests.random().nextInt(10)];
        requests.random().nextBytes(content);
        byte[] text = Base64.getEncoder().encode(content);
        if (requests.random().nextBoolean()) {
            text = requests.mutate(text);
        }
        byte[] expected = decode(text);
        ByteSink padded = new ByteSink();
        padded.append('A');
        padded.append(text);
        padded.append('A');
        int to = padded.length() - 1;
        int length;
        try {
            length = Base64Text.decodedLength(padded.array(), 1, to);
        } catch (ScanFault fault) {
            assertThat(expected).isNull();
            return;
        }
        assertThat(expected).isNotNull().hasSize(length);
        ByteSink decoded = new ByteSink();
        Base64Text.appendDecoded(padded.array(), 1, to, decoded);
        assertThat(decoded.toByteArray()).isEqualTo(expected);
    }

    private static byte[] decode(byte[] text) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            String again = Base64.getEncoder().encodeToString(bytes);
            return again.equals(new String(text, StandardCharsets.ISO_8859_1)) ? bytes : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
