package io.github.pyflinkdynamodb.request;

import io.github.pyflinkdynamodb.request.JsonTree.Members;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Random write requests, most of them sound, and random legal layouts of their JSON. */
final class RandomRequests {
    /** Few names and short ones, so that they often meet, and one that needs escapes. */
    private static final String[] NAMES = {"a", "b", "id", "at", "naïve", "q\"\\\n", "😀", "price"};

    private static final String[] NUMBERS = {
        "0",
        "-0",
        "0.0",
        "1",
        "1.0",
        "1e0",
        "10E-1",
        "+1",
        "01",
        "-1",
        "-1.00",
        "12",
        "120",
        "1.2",
        ".5",
        "5.",
        "1E-130",
        "9.99E+125",
        "1E126",
        "1E-131",
        "0e1000",
        "",
        ".",
        "-",
        "1e",
        "NaN",
        "1_0",
        " 1",
        "0x1",
        "12345678901234567890123456789012345678",
        "123456789012345678901234567890123456789",
        "1000000000000000000000000000000000000000",
        "0.00000000000000000000000000000000000000012345678901234567890123456789012345678"
    };

    private final Random random;

    RandomRequests(long seed) {
        this.random = new Random(seed);
    }

    Random random() {
        return random;
    }

    Members request(KeySchema schema) {
        boolean delete = random.nextInt(4) == 0;
        Members attributes = map(0, random.nextInt(6));
        for (String name : schema.names()) {
            attributes.removeIf(attribute -> attribute.getKey().equals(name));
            if (!rarely()) {
                attributes.with(name, keyValue());
            }
        }
        Collections.shuffle(attributes, random);
        return JsonTree.object(
                delete ? "DeleteRequest" : "PutRequest",
                JsonTree.object(delete ? "Key" : "Item", attributes));
    }

    /** Sometimes a rejection, which only passes through. */
    Members requestOrRejection(KeySchema schema) {
        Members request = request(schema);
        if (random.nextInt(8) > 0) {
            return request;
        }
        Members rejection =
                new Members()
                        .with("request", request)
                        .with("error_code", "UnsupportedTypeError")
                        .with("error_message", "$.a: \"no\" 😀");
        Collections.shuffle(rejection, random);
        return JsonTree.object("Rejected", rejection);
    }

    /** Mostly one that a key can have, out of few. */
    private Members keyValue() {
        switch (random.nextInt(12)) {
            case 0:
            case 1:
            case 2:
                return JsonTree.object(
                        "N", NUMBERS[random.nextInt(rarely() ? NUMBERS.length : 15)]);
            case 3:
            case 4:
            case 5:
                return JsonTree.object("B", base64(rarely() ? 0 : 1 + random.nextInt(2)));
            case 6:
                return rarely() ? value(0) : JsonTree.object("S", text(1 + random.nextInt(40)));
            default:
                return JsonTree.object("S", NAMES[random.nextInt(NAMES.length)]);
        }
    }

    private Members value(int depth) {
        switch (random.nextInt(depth < 4 ? 11 : 7)) {
            case 0:
            case 1:
                return JsonTree.object("S", text(random.nextInt(60)));
            case 2:
                return JsonTree.object("N", number());
            case 3:
                return JsonTree.object("B", base64(random.nextInt(20)));
            case 4:
                return JsonTree.object("BOOL", random.nextBoolean());
            case 5:
                return JsonTree.object("NULL", true);
            case 6:
                return set();
            case 7:
            case 8:
                List<Object> list = new ArrayList<>();
                for (int count = random.nextInt(4); count > 0; count--) {
                    list.add(value(depth + 1));
                }
                return JsonTree.object("L", list);
            default:
                return JsonTree.object("M", map(depth + 1, random.nextInt(4)));
        }
    }

    private Members set() {
        String tag = new String[] {"SS", "NS", "BS"}[random.nextInt(3)];
        List<Object> members = new ArrayList<>();
        for (int count = rarely() ? 0 : 1 + random.nextInt(4); count > 0; count--) {
            members.add(
                    tag.equals("SS")
                            ? text(random.nextInt(9))
                            : tag.equals("NS") ? number() : base64(random.nextInt(4)));
        }
        return JsonTree.object(tag, members);
    }

    private Members map(int depth, int count) {
        Members members = new Members();
        for (int index = 0; index < count; index++) {
            String name = rarely() ? NAMES[random.nextInt(NAMES.length)] : text(9) + index;
            members.with(name, value(depth));
        }
        return members;
    }

    String number() {
        if (rarely()) {
            return NUMBERS[random.nextInt(NUMBERS.length)];
        }
        StringBuilder text = new StringBuilder(new String[] {"", "-", "+"}[random.nextInt(3)]);
        text.append("0".repeat(random.nextInt(3)));
        for (int count = random.nextInt(rarely() ? 60 : 10); count >= 0; count--) {
            text.append(random.nextInt(3) == 0 ? 0 : random.nextInt(10));
        }
        if (random.nextBoolean()) {
            text.insert(random.nextInt(text.length() + 1), '.');
        }
        if (random.nextInt(3) == 0) {
            text.append(random.nextBoolean() ? 'e' : 'E');
            text.append(random.nextInt(rarely() ? 400 : 60) - random.nextInt(rarely() ? 400 : 60));
        }
        return text.toString();
    }

    private String base64(int bytes) {
        byte[] content = new byte[bytes];
        random.nextBytes(content);
        String text = Base64.getEncoder().encodeToString(content);
        return rarely() ? text.substring(text.length() / 5) : text;
    }

    private String text(int characters) {
        StringBuilder text = new StringBuilder();
        boolean plain = random.nextInt(3) > 0;
        for (int count = 0; count < characters; count++) {
            int next = plain ? 'a' + random.nextInt(26) : random.nextInt(0x80);
            if (!plain && random.nextInt(3) == 0) {
                next = random.nextInt(random.nextBoolean() ? 0x3000 : 0x110000);
            }
            boolean surrogate = next >= 0xd800 && next <= 0xdfff;
            text.appendCodePoint(surrogate ? 'x' : next);
        }
        return text.toString();
    }

    private boolean rarely() {
        return random.nextInt(16) == 0;
    }

    /** One of the many texts that say the same. */
    byte[] layout(Object tree) {
        boolean spaced = random.nextBoolean();
        int escaping = new int[] {0, 0, 4, 100}[random.nextInt(4)];
        StringBuilder json = new StringBuilder();
        append(json, tree, spaced, escaping);
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void append(StringBuilder json, Object tree, boolean spaced, int escaping) {
        space(json, spaced);
        if (tree instanceof Members) {
            String separator = "{";
            for (Map.Entry<String, Object> member : (Members) tree) {
                json.append(separator);
                append(json, member.getKey(), spaced, escaping);
                json.append(':');
                append(json, member.getValue(), spaced, escaping);
                separator = ",";
            }
            json.append(((Members) tree).isEmpty() ? "{" : "");
            space(json, spaced);
            json.append('}');
        } else if (tree instanceof List) {
            String separator = "[";
            for (Object member : (List<?>) tree) {
                json.append(separator);
                append(json, member, spaced, escaping);
                separator = ",";
            }
            json.append(((List<?>) tree).isEmpty() ? "[" : "");
            space(json, spaced);
            json.append(']');
        } else if (tree instanceof String) {
            json.append('"');
            ((String) tree).codePoints().forEach(c -> append(json, c, escaping));
            json.append('"');
        } else {
            json.append(tree);
        }
        space(json, spaced);
    }

    private void append(StringBuilder json, int character, int escaping) {
        boolean must = character < ' ' || character == '"' || character == '\\';
        int letter = "\"\\/\b\f\n\r\t".indexOf(character);
        if (!must && random.nextInt(100) >= escaping) {
            json.appendCodePoint(character);
        } else if (letter >= 0 && random.nextBoolean()) {
            json.append('\\').append("\"\\/bfnrt".charAt(letter));
        } else {
            String form = random.nextBoolean() ? "\\u%04x" : "\\u%04X";
            for (char unit : Character.toChars(character)) {
                json.append(String.format(form, (int) unit));
            }
        }
    }

    private void space(StringBuilder json, boolean spaced) {
        for (int count = spaced ? random.nextInt(3) : 0; count > 0; count--) {
            json.append(" \n\r\t".charAt(random.nextInt(4)));
        }
    }

    /** Breaks a text in a few places; often it is no JSON any more, sometimes it still is. */
    byte[] mutate(byte[] text) {
        byte[] bytes = text;
        for (int count = 1 + random.nextInt(3); count > 0; count--) {
            int at = random.nextInt(bytes.length + 1);
            int to = Math.min(bytes.length, at + random.nextInt(random.nextBoolean() ? 2 : 12));
            ByteSink mutated = new ByteSink();
            mutated.append(bytes, 0, at);
            int kind = random.nextInt(6);
            if (kind == 0) {
                // Twice.
                mutated.append(bytes, at, to);
            } else if (kind > 2) {
                mutated.append(oneByte());
            }
            // Else only cut out; sometimes the whole rest.
            mutated.append(bytes, kind == 0 || kind == 5 ? at : to, bytes.length);
            bytes =
                    random.nextInt(40) == 0
                            ? java.util.Arrays.copyOf(bytes, at)
                            : mutated.toByteArray();
        }
        return bytes;
    }

    private int oneByte() {
        String tokens = "{}[]\",:\\ \n0123456789eE+-.tfnuSNBLMab=";
        return random.nextInt(5) == 0
                ? random.nextInt(256)
                : tokens.charAt(random.nextInt(tokens.length()));
    }
}
