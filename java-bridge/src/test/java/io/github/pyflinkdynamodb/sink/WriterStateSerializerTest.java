package io.github.pyflinkdynamodb.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

class WriterStateSerializerTest {

    /** What is in state/v1.bin. */
    private static final String STORED_TABLE = "orders-\u00fc.v1";

    private static final List<String> STORED_REQUESTS =
            List.of(
                    "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"\u20ac1\"},\"n\":{\"N\":\"7\"}}}}",
                    "{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\"\u20ac1\"}}}}",
                    "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"2\"},\"b\":{\"B\":\"/wA=\"}}}}");

    private final WriterStateSerializer serializer = new WriterStateSerializer();

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private WriterState roundTrip(WriterState state) throws IOException {
        return serializer.deserialize(serializer.getVersion(), serializer.serialize(state));
    }

    private static byte[] stored() throws IOException {
        try (InputStream in =
                WriterStateSerializerTest.class.getResourceAsStream("/state/v1.bin")) {
            return in.readAllBytes();
        }
    }

    @Test
    void stateComesBackAsItWas() throws IOException {
        byte[] anyBytes = new byte[256];
        for (int i = 0; i < anyBytes.length; i++) {
            anyBytes[i] = (byte) i;
        }
        List<byte[]> requests = Arrays.asList(utf8("{\"a\":1}"), anyBytes, new byte[0], utf8("x"));

        WriterState state = roundTrip(new WriterState("t\u00e4ble", requests));

        assertThat(state.tableName()).isEqualTo("t\u00e4ble");
        assertThat(state.requests()).containsExactlyElementsOf(requests);
    }

    @Test
    void requestsAreNotLimitedTo65535Bytes() throws IOException {
        byte[] request =
                utf8(
                        "{\"PutRequest\":{\"Item\":{\"k\":{\"S\":\"1\"},\"v\":{\"S\":\""
                                + "\u20ac".repeat(70_000)
                                + "\"}}}}");

        WriterState state = roundTrip(new WriterState("t".repeat(255), List.of(request, request)));

        assertThat(state.tableName()).isEqualTo("t".repeat(255));
        assertThat(state.requests()).containsExactly(request, request);
    }

    @Test
    void thereCanBeNothingToKeep() throws IOException {
        WriterState state = roundTrip(new WriterState("orders", Collections.emptyList()));

        assertThat(state.tableName()).isEqualTo("orders");
        assertThat(state.requests()).isEmpty();
    }

    @Test
    void stateOfVersion1IsReadForever() throws IOException {
        WriterState state = serializer.deserialize(1, stored());

        assertThat(state.tableName()).isEqualTo(STORED_TABLE);
        assertThat(state.requests())
                .extracting(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .isEqualTo(STORED_REQUESTS);
    }

    /** A change of the format needs a new version number and a stored file of its own. */
    @Test
    void version1IsWrittenAsItWasStored() throws IOException {
        byte[][] requests = STORED_REQUESTS.stream().map(r -> utf8(r)).toArray(byte[][]::new);

        assertThat(serializer.getVersion()).isEqualTo(1);
        assertThat(serializer.serialize(new WriterState(STORED_TABLE, Arrays.asList(requests))))
                .isEqualTo(stored());
    }

    @Test
    void anUnknownVersionIsRefusedByNumber() throws IOException {
        byte[] bytes = stored();

        for (int version : new int[] {-1, 0, 2, 17}) {
            assertThatThrownBy(() -> serializer.deserialize(version, bytes))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("version " + version)
                    .hasMessageContaining("1");
        }
    }

    @Test
    void stateThatIsCutShortIsRefused() throws IOException {
        byte[] bytes = stored();

        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> serializer.deserialize(1, cut))
                    .as("%d bytes", length)
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void stateWithBytesLeftOverIsRefused() throws IOException {
        byte[] bytes = stored();
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);

        assertThatThrownBy(() -> serializer.deserialize(1, longer)).isInstanceOf(IOException.class);
    }

    @Test
    void aLengthThatCannotBeIsRefused() {
        for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            byte[] name = ByteBuffer.allocate(12).putInt(length).array();
            byte[] count = ByteBuffer.allocate(8).putInt(0).putInt(length).array();
            assertThatThrownBy(() -> serializer.deserialize(1, name))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> serializer.deserialize(1, count))
                    .isInstanceOf(IOException.class);
        }
    }
}
