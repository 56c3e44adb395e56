package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Random;

class RecordPageTest {
    private static final String RECORD =
            "{\"eventID\":\"1\",\"eventName\":\"MODIFY\",\"eventVersion\":\"1.1\",\"dynamodb\":"
                    + "{\"ApproximateCreationDateTime\":1795268040.000,\"Keys\":{\"k\":{\"S\":"
                    + "\"\u00e4\"}},\"NewImage\":{\"k\":{\"S\":\"\u00e4\"},\"v\":{\"N\":\"2\"}},"
                    + "\"OldImage\":{\"k\":{\"S\":\"\u00e4\"}},\"SequenceNumber\":"
                    + "\"000000000000000000001\",\"SizeBytes\":7,\"StreamViewType\":"
                    + "\"NEW_AND_OLD_IMAGES\"},\"userIdentity\":{\"Type\":\"Service\"}}";

    @Test
    void recordsAndTheirPartsAreFoundWhereTheyAre() throws Exception {
        String remove = RECORD.replace("MODIFY", "REMOVE").replace("\"NewImage\"", "\"Other\"");
        RecordPage page = read("{\"Records\":[" + RECORD + ", " + remove + " ]}");

        assertThat(page.nextIterator()).isNull();
        assertThat(page.records()).hasSize(2);
        StreamRecord record = page.records().get(0);
        assertThat(record.text()).isEqualTo(RECORD);
        assertThat(record.toByteArray()).isEqualTo(RECORD.getBytes(StandardCharsets.UTF_8));
        assertThat(record.eventName()).isEqualTo("MODIFY");
        assertThat(record.sequenceNumber()).isEqualTo("000000000000000000001");
        assertThat(record.creationTimeMillis()).isEqualTo(1_795_268_040_000L);
        assertThat(at(record, record.keysStart())).startsWith("{\"k\":{\"S\":\"\u00e4\"}},\"New");
        assertThat(at(record, record.newImageStart())).startsWith("{\"k\":{\"S\":\"\u00e4\"},\"v");
        assertThat(at(record, record.oldImageStart()))
                .startsWith("{\"k\":{\"S\":\"\u00e4\"}},\"Se");
        assertThat(record).hasToString("MODIFY 000000000000000000001");
        assertThat(page.records().get(1).text()).isEqualTo(remove);
        assertThat(page.records().get(1).newImageStart()).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({
        "1795268040, 1795268040000",
        "1.79526804E9, 1795268040000",
        "1795268040.9999, 1795268040999",
        "0, 0"
    })
    void timeIsReadHoweverTheServiceWritesTheNumber(String number, long millis) throws Exception {
        RecordPage page = read("{\"Records\":[" + RECORD.replace("1795268040.000", number) + "]}");

        assertThat(page.records().get(0).creationTimeMillis()).isEqualTo(millis);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1e999999999", "1e-999999999", "253402300800", "\"1\"", "null"})
    void timeThatIsNoneIsRefused(String number) {
        assertThatThrownBy(
                        () ->
                                read(
                                        "{\"Records\":["
                                                + RECORD.replace("1795268040.000", number)
                                                + "]}"))
                .isInstanceOf(MalformedResponseException.class);
    }

    @Test
    void pageWithoutRecordsMayHaveANextOne() throws Exception {
        RecordPage page = read("{\"NextShardIterator\":\"a\\u0062\\\"c\",\"Records\":[]}");

        assertThat(page.records()).isEmpty();
        assertThat(page.nextIterator()).isEqualTo("ab\"c");
        assertThat(page.serviceTimeMillis()).isEqualTo(5);
        assertThat(read("{}").nextIterator()).isNull();
        assertThat(read("{\"NextShardIterator\":null}").nextIterator()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"eventName\"", "\"SequenceNumber\"", "\"dynamodb\""})
    void recordThatLacksWhatKeepsItsPlaceIsRefused(String member) {
        String record = RECORD.replace(member, "\"x\"");

        assertThatThrownBy(() -> read("{\"Records\":[" + record + "]}"))
                .isInstanceOf(MalformedResponseException.class)
                .hasMessageContaining("in each record")
                .hasMessageNotContaining("\u00e4");
    }

    /** Damage is refused or overlooked, but nothing else: no hang, no crash. */
    @Test
    void damagedPagesAreReadOrRefused() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        byte[] sound =
                ("{\"Records\":[" + RECORD + "," + RECORD + "],\"NextShardIterator\":\"n\"}")
                        .getBytes(StandardCharsets.UTF_8);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] body = sound.clone();
            for (int left = 1 + random.nextInt(3); left > 0; left--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }
            try {
                RecordPage.read(body, 0).records().forEach(StreamRecord::text);
            } catch (MalformedResponseException e) {
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError("-Dseed=" + seed + ", round " + round, e);
            }
        }
        assertThat(refused).isPositive();
    }

    private static String at(StreamRecord record, int start) {
        return new String(
                record.buffer(), start, record.buffer().length - start, StandardCharsets.UTF_8);
    }

    private static RecordPage read(String body) throws MalformedResponseException {
        return RecordPage.read(body.getBytes(StandardCharsets.UTF_8), 5);
    }
}
