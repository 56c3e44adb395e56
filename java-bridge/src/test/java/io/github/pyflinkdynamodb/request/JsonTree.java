package io.github.pyflinkdynamodb.request;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** JSON as plain objects, read by Jackson: what the scanner's answers are compared with. */
final class JsonTree {
    private static final JsonFactory FACTORY = new JsonFactory();

    /** Jackson takes characters beyond Latin-1 for hexadecimal digits by their low byte. */
    private static final Pattern BROKEN_ESCAPE =
            Pattern.compile("(?<!\\\\)(?:\\\\\\\\)*+\\\\u(?![0-9a-fA-F]{4})");

    /** A JSON object that keeps the order of its members, and members of the same name. */
    static final class Members extends ArrayList<Map.Entry<String, Object>> {
        private static final long serialVersionUID = 1L;

        Members with(String name, Object value) {
            add(new SimpleEntry<>(name, value));
            return this;
        }

        /** The value of the only member, which must have this name. */
        Object only(String name) throws Unacceptable {
            Unacceptable.unless(size() == 1 && get(0).getKey().equals(name));
            return get(0).getValue();
        }
    }

    /** Not JSON, or not what DynamoDB would take. */
    static final class Unacceptable extends Exception {
        private static final long serialVersionUID = 1L;

        static void unless(boolean condition) throws Unacceptable {
            if (!condition) {
                throw new Unacceptable();
            }
        }
    }

    private JsonTree() {}

    static Members object(String name, Object value) {
        return new Members().with(name, value);
    }

    /** Objects are {@link Members}, arrays lists, numbers an entry that holds their text. */
    static Object parse(byte[] json) throws Unacceptable {
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
            // A reader skips this mark, but it is not JSON.
            Unacceptable.unless(text.indexOf('\uFEFF') != 0);
            Unacceptable.unless(!BROKEN_ESCAPE.matcher(text).find());
            try (JsonParser parser = FACTORY.createParser(text)) {
                Unacceptable.unless(parser.nextToken() != null);
                Object value = read(parser);
                Unacceptable.unless(parser.nextToken() == null);
                return value;
            }
        } catch (CharacterCodingException e) {
            throw new Unacceptable();
        } catch (IOException e) {
            throw new Unacceptable();
        }
    }

    private static Object read(JsonParser parser) throws IOException, Unacceptable {
        switch (parser.currentToken()) {
            case START_OBJECT:
                Members members = new Members();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = sound(parser.getText());
                    parser.nextToken();
                    members.with(name, read(parser));
                }
                return members;
            case START_ARRAY:
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(read(parser));
                }
                return list;
            case VALUE_STRING:
                return sound(parser.getText());
            case VALUE_TRUE:
                return true;
            case VALUE_FALSE:
                return false;
            case VALUE_NULL:
                return null;
            default:
                return Map.entry(JsonToken.VALUE_NUMBER_FLOAT, parser.getText());
        }
    }

    /** Jackson lets half of a surrogate pair pass. */
    private static String sound(String text) throws Unacceptable {
        Unacceptable.unless(StandardCharsets.UTF_8.newEncoder().canEncode(text));
        return text;
    }
}
