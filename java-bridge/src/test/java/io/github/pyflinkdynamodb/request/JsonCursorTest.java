package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.request.JsonTree.Unacceptable;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;

class JsonCursorTest {
    private static String string(byte[] json) {
        JsonCursor cursor = new JsonCursor();
        cursor.reset(json, 0);
        try {
            cursor.readString();
        } catch (ScanFault fault) {
            return null;
        }
        if (cursor.position() != json.length) {
            return null;
        }
        ByteSink text = new ByteSink();
        cursor.appendString(text);
        assertThat(cursor.stringLength()).isEqualTo(text.length());
        assertThat(cursor.stringEquals(text.toByteArray())).isTrue();
        return new String(text.toByteArray(), StandardCharsets.UTF_8);
    }

    private static boolean skips(byte[] json) {
        JsonCursor cursor = new JsonCursor();
        cursor.reset(json, 0);
        try {
            cursor.skipValue();
            return cursor.peek() < 0;
        } catch (ScanFault fault) {
            return false;
        }
    }

    private static Object tree(byte[] json) {
        try {
            return JsonTree.parse(json);
        } catch (Unacceptable e) {
            return Unacceptable.class;
        }
    }

    /** Strings are read eight bytes at a time: each byte, at each place, behind each other. */
    @Test
    void everyByteIsJudgedAtEveryPlace() {
        for (int value = 0; value < 256; value++) {
            for (int place = 1; place < 20; place++) {
                byte[] json = "\"abcdefghijklmnopqrst\"".getBytes(StandardCharsets.US_ASCII);
                json[place] = (byte) value;
                Object expected = tree(json);
                assertThat(string(json))
                        .as("byte %d at %d", value, place)
                        .isEqualTo(expected instanceof String ? expected : null);
            }
        }
    }

    @Test
    void textIsUtf8ExactlyWhereTheStrictDecoderSaysSo() {
        int[] edges = {
            0x00, 0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xf0, 0xff
        };
        for (int lead = 0x80; lead < 256; lead++) {
            for (int second : edges) {
                for (int third : edges) {
                    for (int fourth : edges) {
                        byte[] text = {
                            (byte) lead, (byte) second, (byte) third, (byte) fourth, 'a', 'b'
                        };
                        int end = JsonText.skipMultiByte(text, 0);
                        int length = Math.max(end, 0);
                        assertThat(end < 0 || isUtf8(text, length)).isTrue();
                        assertThat(end < 0 && isUtf8(text, 4)).isFalse();
                        assertThat(end >= 0 && length < 4 && text[length] < 0).isFalse();
                    }
                }
            }
        }
    }

    private static boolean isUtf8(byte[] text, int length) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text, 0, length));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    @Property(tries = 20_000, shrinking = ShrinkingMode.OFF)
    void stringsReadAsJacksonReadsThem(@ForAll long seed) {
        Random random = new Random(seed);
        String[] pieces = {
            "a",
            "bcdefgh",
            "é",
            "漢",
            "😀",
            "\\n",
            "\\\\",
            "\\\"",
            "\\/",
            "\\u0041",
            "\\u00e9",
            "\\u20ac",
            "\\ud83d\\ude00",
            "\\uD83D",
            "\\ude00",
            "\\u12",
            "\\x",
            "\\",
            "\"",
            "\n",
            "\\ud83d\\n",
            "\\ud83d\\u0041",
            "\\u12g4",
            "\\b\\f\\r\\t",
            "\u007f",
            "\\u0000"
        };
        StringBuilder text = new StringBuilder("\"");
        for (int count = random.nextInt(6); count > 0; count--) {
            // Faulty pieces are rare enough that many strings are sound.
            int bound = random.nextInt(6) == 0 ? pieces.length : 13;
            text.append(pieces[random.nextInt(bound)]);
        }
        byte[] json = text.append('"').toString().getBytes(StandardCharsets.UTF_8);
        Object expected = tree(json);
        assertThat(string(json)).isEqualTo(expected instanceof String ? expected : null);
    }

    @Property(tries = 50_000, shrinking = ShrinkingMode.OFF)
    void aValueIsJsonWhereJacksonSaysSo(@ForAll long seed) {
        RandomRequests requests = new RandomRequests(seed);
        String[] values = {
            "[1,-2.5e+7,0,0.1E-9,true,false,null,{},[],\"\"]",
            " {\"a\" : [ {\"b\":1} , [2] ] , \"c\":{}} ",
            "-0.0",
            "[[[[]]],{\"a\":{\"b\":{}}}]",
            "[01,1.,.5,+1,-,1e,tru,nul,falsey]"
        };
        byte[] json = values[requests.random().nextInt(values.length)].getBytes();
        byte[] broken = requests.mutate(json);
        assertThat(skips(broken)).isEqualTo(tree(broken) != Unacceptable.class);
    }

    @Test
    void aValueMayBeNestedDeeperThanAnyMachineWord() {
        StringBuilder json = new StringBuilder();
        StringBuilder closing = new StringBuilder();
        Random random = new Random(5);
        for (int depth = 0; depth < 1000; depth++) {
            boolean object = random.nextBoolean();
            json.append(object ? "{\"a\":" : "[");
            closing.insert(0, object ? "}" : "]");
        }
        assertThat(skips((json + "1" + closing).getBytes())).isTrue();
        String swapped = closing.toString().replaceFirst("\\}\\]", "]}");
        assertThat(skips((json + "1" + swapped).getBytes())).isFalse();
    }
}
