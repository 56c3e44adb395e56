package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

class WriteRequestScannerTest {
    private static final KeySchema BY_ID = new KeySchema("id", KeyType.S, null, null);
    private static final KeySchema BY_BOTH = new KeySchema("id", KeyType.S, "at", KeyType.S);
    private static final KeySchema BY_NUMBER = new KeySchema("id", KeyType.N, null, null);
    private static final KeySchema BY_BYTES = new KeySchema("id", KeyType.B, null, null);
    private static final KeySchema TYPES_UNKNOWN = new KeySchema("id", null, null, null);

    private static final String GOOD = "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"g\"}}}}";

    private static String put(String attributes) {
        return "{\"PutRequest\":{\"Item\":{" + attributes + "}}}";
    }

    private static String putWith(String value) {
        return put("\"id\":{\"S\":\"k\"},\"v\":" + value);
    }

    private static String delete(String attributes) {
        return "{\"DeleteRequest\":{\"Key\":{" + attributes + "}}}";
    }

    private static EncodedWriteRequest write(String element, KeySchema schema) {
        return Outcomes.of(element, schema).onlyWrite();
    }

    private static RejectedRequest reject(String element, KeySchema schema) {
        return Outcomes.of(element, schema).onlyRejection();
    }

    private static void assertInvalid(String value) {
        RejectedRequest rejected = reject(putWith(value), BY_ID);
        assertThat(rejected.errorCode()).isEqualTo("InvalidAttributeValue");
        assertThat(rejected.errorMessage()).startsWith("$.v");
        assertThat(Outcomes.text(rejected.request())).isEqualTo(putWith(value));
    }

    // --- elements

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\t\r "})
    void anElementWithoutTextIsNothingToWrite(String element) {
        assertThat(Outcomes.of(element, BY_ID).all()).isEmpty();
    }

    @Test
    void aPutIsHandedOutAsItStands() {
        byte[] element = GOOD.getBytes(StandardCharsets.UTF_8);
        EncodedWriteRequest request = Outcomes.of(element, BY_ID, ItemSize.MAX_BYTES).onlyWrite();
        assertThat(request.bytes()).isSameAs(element);
        assertThat(request.isDelete()).isFalse();
        assertThat(request.itemSize()).isEqualTo(3);
    }

    @Test
    void requestsOfAnElementComeInOrderWithoutTheSpaceAroundThem() {
        String delete = delete("\"id\":{\"S\":\"d\"}");
        assertThat(Outcomes.of(" \n" + GOOD + " , " + delete + ",\t" + GOOD + " ", BY_ID).lines())
                .containsExactly(GOOD, delete, GOOD);
    }

    @Test
    void aFaultyRequestInTheMiddleTouchesNoNeighbour() {
        String faulty = putWith("{\"N\":\"x\"}");
        assertThat(Outcomes.of(GOOD + "," + faulty + "," + GOOD, BY_ID).lines())
                .containsExactly(GOOD, "InvalidAttributeValue " + faulty, GOOD);
    }

    @Test
    void aStringThatIsBrokenInsideCostsItsRequestOnly() {
        String faulty = putWith("{\"S\":\"\\x\"}");
        assertThat(Outcomes.of(GOOD + "," + faulty + "," + GOOD, BY_ID).lines())
                .containsExactly(
                        GOOD,
                        "MalformedRequest {\"undecodable_bytes\":" + faulty.length() + "}",
                        GOOD);
    }

    @Test
    void whereTheStructureIsLostTheRestIsOneRejection() {
        String faulty = "{\"PutRequest\":{\"Item\":[}}";
        int rest = (faulty + "," + GOOD).length();
        assertThat(Outcomes.of(GOOD + "," + faulty + "," + GOOD, BY_ID).lines())
                .containsExactly(GOOD, "MalformedRequest {\"undecodable_bytes\":" + rest + "}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"x|1", ",|1", "' , '|2", ",,{}|3", "' }'|1", "{}|2"})
    void whatFollowsARequestWithoutBeingOneIsRejected(String rest, int bytes) {
        assertThat(Outcomes.of(GOOD + rest, BY_ID).lines()).first().isEqualTo(GOOD);
        assertThat(Outcomes.of(GOOD + rest, BY_ID).lines().subList(1, 2))
                .containsExactly("MalformedRequest {\"undecodable_bytes\":" + bytes + "}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5",
                "null",
                "[]",
                "{}",
                "\"PutRequest\"",
                "{\"PutRequest\":1}",
                "{\"PutRequest\":{}}",
                "{\"PutRequest\":{\"Key\":{\"id\":{\"S\":\"k\"}}}}",
                "{\"DeleteRequest\":{\"Item\":{\"id\":{\"S\":\"k\"}}}}",
                "{\"PutRequest\":{\"Item\":[]}}",
                "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"k\"}},\"x\":1}}",
                "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"k\"}}},\"DeleteRequest\":null}",
                "{\"UpdateRequest\":{\"Item\":{\"id\":{\"S\":\"k\"}}}}",
                "{\"Rejected\":1}",
                "{\"Rejected\":{\"request\":{},\"error_code\":\"c\"}}",
                "{\"Rejected\":{\"request\":1,\"error_code\":\"c\",\"error_message\":\"m\"}}",
                "{\"Rejected\":{\"request\":{},\"error_code\":1,\"error_message\":\"m\"}}",
                "{\"Rejected\":{\"request\":{},\"error_code\":\"c\","
                        + "\"error_message\":\"m\",\"x\":1}}"
            })
    void jsonThatIsNoWriteRequestIsRejected(String element) {
        RejectedRequest rejected = reject(element, BY_ID);
        assertThat(rejected.errorCode()).isEqualTo("MalformedRequest");
        assertThat(Outcomes.text(rejected.request()))
                .isEqualTo(
                        element.startsWith("{")
                                ? element
                                : "{\"undecodable_bytes\":" + element.length() + "}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"PutRequest\"",
                "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"k",
                "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"k\\",
                "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"k\\u00",
                "{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"k\"},}}}",
                "{\"PutRequest\":{\"Item\":{\"id\" {\"S\":\"k\"}}}}",
                "{\"PutRequest\":{\"Item\":{id:{\"S\":\"k\"}}}}",
                "{\"PutRequest\":{\"Item\":{\"id\":{\"BOOL\":tru}}}}",
                "nul"
            })
    void textThatIsNotJsonIsRejectedWhole(String element) {
        RejectedRequest rejected = reject(element, BY_ID);
        assertThat(rejected.errorCode()).isEqualTo("MalformedRequest");
        assertThat(Outcomes.text(rejected.request()))
                .isEqualTo("{\"undecodable_bytes\":" + element.length() + "}");
    }

    @Test
    void everyCutOfAnElementIsRejectedAndNothingWritten() {
        String element =
                put(
                        "\"id\":{\"S\":\"\\u00e9\\ud83d\\ude00"
                            + " é😀\"},\"n\":{\"NS\":[\"1\",\"2e5\"]},"
                            + "\"m\":{\"M\":{\"l\":{\"L\":[{\"NULL\":true},{\"BOOL\":false}]}}}");
        byte[] whole = element.getBytes(StandardCharsets.UTF_8);
        assertThat(Outcomes.of(whole, BY_ID, 1000).onlyWrite().itemSize()).isPositive();
        for (int length = 1; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertThat(Outcomes.of(cut, BY_ID, 1000).onlyRejection().errorCode())
                    .isEqualTo("MalformedRequest");
        }
    }

    @Test
    void aRejectionFromTheConverterPassesThrough() {
        RejectedRequest rejected =
                reject(
                        "{ \"Rejected\" : {\"error_message\":\"$.a: \\\"no\\\""
                                + " \\u00e9\",\"request\":{\"python_type\":\"app.Order\",\n"
                                + "\"path\":\"$.a\"},\"error_code\":\"UnsupportedTypeError\"}}",
                        BY_ID);
        assertThat(rejected.errorCode()).isEqualTo("UnsupportedTypeError");
        assertThat(rejected.errorMessage()).isEqualTo("$.a: \"no\" é");
        assertThat(Outcomes.text(rejected.request()))
                .isEqualTo("{\"python_type\":\"app.Order\", \"path\":\"$.a\"}");
    }

    @Test
    void anEncodedRejectionPassesThroughUnchanged() {
        RejectedRequest before =
                new RejectedRequest(
                        "{\"a\":\"é\"}".getBytes(StandardCharsets.UTF_8),
                        "Code",
                        "$.a: \"quoted\" \\ back \n line \u0001 é 😀");
        RejectedRequest after =
                Outcomes.of(before.encoded(), BY_ID, ItemSize.MAX_BYTES).onlyRejection();
        assertThat(after).usingRecursiveComparison().isEqualTo(before);
    }

    @Test
    void aRejectionOfARequestOverSeveralLinesFitsOnOne() {
        RejectedRequest rejected = reject("{\n\"PutRequest\":\r\n{\"Item\":{}}}", BY_ID);
        assertThat(rejected.errorCode()).isEqualTo("MissingKey");
        assertThat(Outcomes.text(rejected.request()))
                .isEqualTo("{ \"PutRequest\":  {\"Item\":{}}}");
    }

    @Test
    void aHandlersExceptionComesOutAndTheScannerGoesOn() throws Exception {
        WriteRequestScanner scanner = new WriteRequestScanner(BY_ID, ItemSize.MAX_BYTES);
        byte[] element = (GOOD + "," + GOOD).getBytes(StandardCharsets.UTF_8);
        WriteRequestScanner.Handler failing =
                new WriteRequestScanner.Handler() {
                    @Override
                    public void write(EncodedWriteRequest request) throws IOException {
                        throw new IOException("full");
                    }

                    @Override
                    public void reject(RejectedRequest request) {}
                };
        assertThatThrownBy(() -> scanner.scan(element, failing)).hasMessage("full");
        Outcomes outcomes = new Outcomes();
        scanner.scan(element, outcomes);
        assertThat(outcomes.lines()).containsExactly(GOOD, GOOD);
    }

    @Test
    void aHandlerMayScanAnotherElementMeanwhile() throws Exception {
        WriteRequestScanner scanner = new WriteRequestScanner(BY_ID, ItemSize.MAX_BYTES);
        Outcomes outcomes = new Outcomes();
        WriteRequestScanner.Handler nested =
                new WriteRequestScanner.Handler() {
                    @Override
                    public void write(EncodedWriteRequest request)
                            throws IOException, InterruptedException {
                        scanner.scan("5".getBytes(StandardCharsets.UTF_8), outcomes);
                        outcomes.write(request);
                    }

                    @Override
                    public void reject(RejectedRequest request) {}
                };
        scanner.scan((GOOD + "," + GOOD).getBytes(StandardCharsets.UTF_8), nested);
        String other = "MalformedRequest {\"undecodable_bytes\":1}";
        assertThat(outcomes.lines()).containsExactly(other, GOOD, other, GOOD);
    }

    // --- keys

    @Test
    void aKeyThatContainsASeparatorIsAnotherKey() {
        PrimaryKey one = write(put("\"id\":{\"S\":\"a$b\"},\"at\":{\"S\":\"c\"}"), BY_BOTH).key();
        PrimaryKey other = write(put("\"id\":{\"S\":\"a\"},\"at\":{\"S\":\"b$c\"}"), BY_BOTH).key();
        assertThat(one).isNotEqualTo(other);
        assertThat(one.canonical()).isNotEqualTo(other.canonical());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1.0", "1e0", "10E-1", "+1", "001.000", "0.1e1", "\\u0031"})
    void oneIsOneNumberKeyHoweverWritten(String number) {
        PrimaryKey key = write(put("\"id\":{\"N\":\"" + number + "\"}"), BY_NUMBER).key();
        assertThat(key).isEqualTo(write(put("\"id\":{\"N\":\"1\"}"), BY_NUMBER).key());
        assertThat(key).isNotEqualTo(write(put("\"id\":{\"N\":\"-1\"}"), BY_NUMBER).key());
        assertThat(key).isNotEqualTo(write(put("\"id\":{\"N\":\"10\"}"), BY_NUMBER).key());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0", "0.00", "+0", "0e5", "-0e-5"})
    void zeroIsOneNumberKeyHoweverWritten(String number) {
        assertThat(write(delete("\"id\":{\"N\":\"" + number + "\"}"), BY_NUMBER).key())
                .isEqualTo(write(delete("\"id\":{\"N\":\"0\"}"), BY_NUMBER).key());
    }

    @Test
    void aBinaryKeyThatIsNotUtf8IsComparedByItsBytes() {
        PrimaryKey ff = write(put("\"id\":{\"B\":\"/w==\"}"), BY_BYTES).key();
        PrimaryKey fe = write(put("\"id\":{\"B\":\"/g==\"}"), BY_BYTES).key();
        PrimaryKey escaped = write(put("\"id\":{\"B\":\"\\/w\\u003d=\"}"), BY_BYTES).key();
        assertThat(ff).isNotEqualTo(fe).isEqualTo(escaped);
        assertThat(ff.canonical()).isEqualTo("B\0\0\0\1\u00ff");
    }

    @Test
    void theSameTextAsAnotherTypeIsAnotherKey() {
        PrimaryKey text = write(put("\"id\":{\"S\":\"1\"}"), TYPES_UNKNOWN).key();
        PrimaryKey number = write(put("\"id\":{\"N\":\"1\"}"), TYPES_UNKNOWN).key();
        PrimaryKey bytes = write(put("\"id\":{\"B\":\"MQ==\"}"), TYPES_UNKNOWN).key();
        assertThat(text).isNotEqualTo(number).isNotEqualTo(bytes);
        assertThat(number).isNotEqualTo(bytes);
    }

    @Test
    void escapesInAKeysNameAndValueAreResolved() {
        KeySchema schema = new KeySchema("né😀\"", KeyType.S, null, null);
        String plain = "\"né😀\\\"\":{\"S\":\"é\"}";
        String escaped = "\"\\u006e\\u00E9\\ud83d\\ude00\\\"\" : {\"\\u0053\":\"\\u00e9\"}";
        assertThat(write(put(escaped), schema).key()).isEqualTo(write(put(plain), schema).key());
        assertThat(write(put(escaped), schema).itemSize()).isEqualTo(8 + 2);
        assertThat(write(put(plain), schema).itemSize()).isEqualTo(8 + 2);
    }

    @Test
    void aNameThatOnlyLooksLikeTheKeyWhenNotResolvedIsNotTheKey() {
        KeySchema schema = new KeySchema("\\u0061", KeyType.S, null, null);
        assertThat(reject(put("\"\\u0061\":{\"S\":\"k\"}"), schema).errorCode())
                .isEqualTo("MissingKey");
        assertThat(write(put("\"\\\\u0061\":{\"S\":\"k\"}"), schema).itemSize()).isEqualTo(7);
    }

    @Test
    void theKeyMayStandAnywhereInTheItemButNotInsideAMap() {
        String map = "\"m\":{\"M\":{\"id\":{\"S\":\"x\"}}}";
        assertThat(write(put(map + ",\"id\":{\"S\":\"g\"}"), BY_ID).key())
                .isEqualTo(write(GOOD, BY_ID).key());
        assertThat(reject(put(map), BY_ID).errorCode()).isEqualTo("MissingKey");
    }

    @ParameterizedTest
    @CsvSource({"S,2048,true", "S,2049,false", "B,2048,true", "B,2049,false"})
    void aPartitionKeyHasAtMost2048Bytes(String type, int bytes, boolean fits) {
        assertKeyFits(type, "id", bytes, fits);
    }

    @ParameterizedTest
    @CsvSource({"S,1024,true", "S,1025,false", "B,1024,true", "B,1025,false"})
    void aSortKeyHasAtMost1024Bytes(String type, int bytes, boolean fits) {
        assertKeyFits(type, "at", bytes, fits);
    }

    private static void assertKeyFits(String type, String name, int bytes, boolean fits) {
        KeySchema schema = new KeySchema("id", null, "at", null);
        // Two bytes to a character, so that characters are not what is counted.
        String text = "é".repeat(bytes / 2) + "e".repeat(bytes % 2);
        String content =
                type.equals("S") ? text : Base64.getEncoder().encodeToString(new byte[bytes]);
        String other = name.equals("id") ? "at" : "id";
        String attributes =
                String.format(
                        "\"%s\":{\"%s\":\"%s\"},\"%s\":{\"S\":\"k\"}", name, type, content, other);
        for (String request : new String[] {put(attributes), delete(attributes)}) {
            if (fits) {
                assertThat(write(request, schema).key()).isNotNull();
            } else {
                RejectedRequest rejected = reject(request, schema);
                assertThat(rejected.errorCode()).isEqualTo("InvalidKey");
                assertThat(rejected.errorMessage()).startsWith("$." + name + ": ");
            }
        }
    }

    @Test
    void aKeyThatIsNullIsNotCalledATypeError() {
        assertThat(reject(put("\"id\":{\"NULL\":true}"), BY_ID).errorMessage()).contains("is NULL");
        assertThat(reject(put("\"id\":{\"N\":\"1\"}"), BY_ID).errorMessage())
                .contains("another type than the table's key; write it as S");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"S\":\"\"}",
                "{\"N\":\"1\"}",
                "{\"B\":\"YQ==\"}",
                "{\"NULL\":true}",
                "{\"BOOL\":true}",
                "{\"L\":[]}",
                "{\"M\":{}}",
                "{\"SS\":[\"a\"]}"
            })
    void aKeyThatIsEmptyOrOfAnotherTypeIsRejected(String value) {
        for (String request : new String[] {put("\"id\":" + value), delete("\"id\":" + value)}) {
            RejectedRequest rejected = reject(request, BY_ID);
            assertThat(rejected.errorCode()).isEqualTo("InvalidKey");
            assertThat(rejected.errorMessage()).startsWith("$.id: the partition key ");
        }
    }

    @ParameterizedTest
    @CsvSource({"S,true", "N,true", "B,true", "BOOL,false"})
    void whereTheTypeIsNotKnownAnyThatAKeyCanHaveIsTaken(String tag, boolean accepted) {
        String content = tag.equals("BOOL") ? "true" : "\"1234\"";
        Object outcome =
                Outcomes.of(put("\"id\":{\"" + tag + "\":" + content + "}"), TYPES_UNKNOWN)
                        .all()
                        .get(0);
        assertThat(outcome instanceof EncodedWriteRequest).isEqualTo(accepted);
    }

    @Test
    void aMissingKeyIsNamed() {
        RejectedRequest partition = reject(put("\"at\":{\"S\":\"secret\"}"), BY_BOTH);
        RejectedRequest sort = reject(delete("\"id\":{\"S\":\"secret\"}"), BY_BOTH);
        assertThat(partition.errorCode()).isEqualTo("MissingKey");
        assertThat(partition.errorMessage())
                .isEqualTo("$: the partition key attribute id is missing; every write needs it");
        assertThat(sort.errorCode()).isEqualTo("MissingKey");
        assertThat(sort.errorMessage()).contains("sort key attribute at");
    }

    // --- deletes

    @Test
    void aDeleteIsCutDownToTheKeyAttributes() {
        String extra = "\"x\":{\"L\":[{\"S\":\"},{\"}]},";
        String key = "\"at\": {\"S\":\"b\"},\"id\":{ \"S\":\"a\" }";
        EncodedWriteRequest request =
                write(" " + delete(extra + key + ",\"y\":{\"N\":\"1\"}"), BY_BOTH);
        assertThat(Outcomes.text(request.bytes())).isEqualTo(delete(key));
        assertThat(request.isDelete()).isTrue();
        assertThat(request.itemSize()).isEqualTo(2 + 1 + 2 + 1);
        assertThat(request.key()).isEqualTo(write(delete(key), BY_BOTH).key());
    }

    @Test
    void whatADeleteCarriesBesidesItsKeyIsNotJudged() {
        String request = delete("\"x\":{\"SS\":[]},\"\":5,\"x\":null,\"id\":{\"S\":\"a\"}");
        assertThat(Outcomes.text(write(request, BY_ID).bytes()))
                .isEqualTo(delete("\"id\":{\"S\":\"a\"}"));
    }

    @Test
    void aDeleteAndAPutOfOneItemHaveOneKey() {
        assertThat(write(delete("\"id\":{\"S\":\"g\"}"), BY_ID).key())
                .isEqualTo(write(GOOD, BY_ID).key());
    }

    // --- sizes

    @ParameterizedTest
    @CsvSource({"409600,true", "409601,false"})
    void anItemHasAtMost409600Bytes(int size, boolean fits) {
        String element = putWith("{\"S\":\"" + "x".repeat(size - 4) + "\"}");
        if (fits) {
            assertThat(write(element, BY_ID).itemSize()).isEqualTo(size);
        } else {
            RejectedRequest rejected = reject(element, BY_ID);
            assertThat(rejected.errorCode()).isEqualTo("ItemTooLarge");
            assertThat(rejected.errorMessage()).contains("409601").contains("409600");
            assertThat(Outcomes.text(rejected.request())).isEqualTo(element);
        }
    }

    @Test
    void aLowerLimitHolds() {
        byte[] element = GOOD.getBytes(StandardCharsets.UTF_8);
        assertThat(Outcomes.of(element, BY_ID, 3).onlyWrite().itemSize()).isEqualTo(3);
        assertThat(Outcomes.of(element, BY_ID, 2).onlyRejection().errorCode())
                .isEqualTo("ItemTooLarge");
    }

    /** Each was measured on DynamoDB Local 3.3.1 by the item that just fits with it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"S\":\"\"}|0",
                "{\"S\":\"é\"}|2",
                "{\"S\":\"\\ud83d\\ude00\"}|4",
                "{\"B\":\"YWJj\"}|3",
                "{\"B\":\"\"}|0",
                "{\"BOOL\":true}|1",
                "{\"NULL\":true}|1",
                "{\"L\":[]}|3",
                "{\"M\":{}}|3",
                "{\"L\":[{\"S\":\"abc\"}]}|7",
                "{\"L\":[{\"BOOL\":true},{\"NULL\":true},{\"N\":\"5\"}]}|10",
                "{\"M\":{\"ab\":{\"S\":\"c\"}}}|7",
                "{\"M\":{\"ab\":{\"S\":\"c\"},\"d\":{\"L\":[{\"M\":{}}]}}}|16",
                "{\"SS\":[\"a\",\"bc\"]}|3",
                "{\"NS\":[\"1\",\"22\",\"-333\"]}|8",
                "{\"BS\":[\"YQ==\",\"YWI=\"]}|3",
                "{\"SS\":[\"\"]}|0"
            })
    void aValueHasTheSizeThatTheServiceCounts(String value, int size) {
        assertThat(write(putWith(value), BY_ID).itemSize()).isEqualTo(2 + 1 + 1 + size);
    }

    // --- attribute values

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "5",
                "\"a\"",
                "[]",
                "{}",
                "{\"X\":\"a\"}",
                "{\"s\":\"a\"}",
                "{\"\":\"a\"}",
                "{\"LS\":[\"a\"]}",
                "{\"SX\":[\"a\"]}",
                "{\"BOLD\":true}",
                "{\"SSS\":[\"a\"]}",
                "{\"S\":\"a\",\"N\":\"1\"}",
                "{\"S\":\"a\",\"S\":\"a\"}",
                "{\"S\":1}",
                "{\"S\":null}",
                "{\"N\":1}",
                "{\"N\":\"\"}",
                "{\"N\":\"NaN\"}",
                "{\"N\":\"1 \"}",
                "{\"N\":\"\u0663\"}",
                "{\"B\":5}",
                "{\"B\":\"YQ\"}",
                "{\"B\":\"YQ===\"}",
                "{\"B\":\"YR==\"}",
                "{\"B\":\"Y=Q=\"}",
                "{\"B\":\"====\"}",
                "{\"B\":\"-_-_\"}",
                "{\"B\":\"YWJj\\nYWJj\"}",
                "{\"B\":\"YWJ\u00e9\"}",
                "{\"BOOL\":\"true\"}",
                "{\"BOOL\":null}",
                "{\"NULL\":false}",
                "{\"NULL\":null}",
                "{\"L\":{}}",
                "{\"L\":[null]}",
                "{\"M\":[]}",
                "{\"M\":{\"a\":null}}",
                "{\"M\":{\"\":{\"S\":\"a\"}}}",
                "{\"SS\":{}}",
                "{\"SS\":[1]}",
                "{\"SS\":[null]}",
                "{\"SS\":[]}",
                "{\"NS\":[]}",
                "{\"BS\":[]}",
                "{\"NS\":[\"\"]}",
                "{\"SS\":[\"a\",\"b\",\"a\"]}",
                "{\"SS\":[\"a\",\"\\u0061\"]}",
                "{\"NS\":[\"1\",\"1.0\"]}",
                "{\"NS\":[\"0\",\"-0\"]}",
                "{\"BS\":[\"YQ==\",\"YQ==\"]}"
            })
    void aValueThatTheServiceRefusesIsRejected(String value) {
        assertInvalid(value);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"SS\":[\"\"]}",
                "{\"SS\":[\"a\",\"A\",\"\"]}",
                "{\"NS\":[\"1\",\"-1\",\"10\"]}",
                "{\"L\":[{\"SS\":[\"a\"]},{\"SS\":[\"a\"]}]}",
                "{\"L\":[{\"M\":{\"a\":{\"S\":\"\"}}},{\"M\":{\"a\":{\"S\":\"\"}}}]}",
                "{\"M\":{\"v\":{\"M\":{\"v\":{\"NULL\":true}}}}}",
                "{\"S\":\"\\u0000\\b\\f\\n\\r\\t\\/\\\\\\\"\"}"
            })
    void aValueThatTheServiceTakesIsWritten(String value) {
        assertThat(write(putWith(value), BY_ID).bytes()).isNotEmpty();
    }

    @Test
    void theItemCountsAsTheFirstOf32Levels() {
        for (String[] kind : new String[][] {{"{\"L\":[", "]}"}, {"{\"M\":{\"a\":", "}}"}}) {
            String open = kind[0];
            String close = kind[1];
            String leaf = "{\"SS\":[\"a\"]}";
            String fits = open.repeat(31) + leaf + close.repeat(31);
            assertThat(write(putWith(fits), BY_ID).bytes()).isNotEmpty();
            assertInvalid(open.repeat(32) + leaf + close.repeat(32));
            assertInvalid(open.repeat(33) + leaf + close.repeat(33));
        }
    }

    @Test
    void aRepeatedAttributeNameIsRejectedRatherThanGuessedAt() {
        String twice = put("\"id\":{\"S\":\"k\"},\"a\":{\"S\":\"1\"},\"\\u0061\":{\"S\":\"2\"}");
        assertThat(reject(twice, BY_ID).errorCode()).isEqualTo("MalformedRequest");
        assertThat(reject(twice, BY_ID).errorMessage()).startsWith("$.a: ");
        String inMap = "{\"M\":{\"a\":{\"S\":\"1\"},\"a\":{\"S\":\"2\"}}}";
        assertThat(reject(putWith(inMap), BY_ID).errorMessage()).startsWith("$.v.a: ");
        String key = "\"id\":{\"S\":\"1\"},\"id\":{\"S\":\"2\"}";
        assertThat(reject(put(key), BY_ID).errorCode()).isEqualTo("MalformedRequest");
        assertThat(reject(delete(key), BY_ID).errorCode()).isEqualTo("MalformedRequest");
    }

    @ParameterizedTest
    @CsvSource({"65535,true", "65536,false"})
    void anAttributeNameHasAtMost65535Bytes(int bytes, boolean fits) {
        String element = put("\"id\":{\"S\":\"k\"},\"" + "n".repeat(bytes) + "\":{\"S\":\"\"}");
        assertThat(Outcomes.of(element, BY_ID).all().get(0) instanceof EncodedWriteRequest)
                .isEqualTo(fits);
    }

    @Test
    void anEmptyAttributeNameIsRejected() {
        RejectedRequest rejected = reject(put("\"id\":{\"S\":\"k\"},\"\":{\"S\":\"a\"}"), BY_ID);
        assertThat(rejected.errorCode()).isEqualTo("InvalidAttributeValue");
    }

    @Test
    void aStringOf65536BytesIsWritten() {
        String element = putWith("{\"S\":\"" + "é".repeat(32_768) + "\"}");
        assertThat(write(element, BY_ID).itemSize()).isEqualTo(2 + 1 + 1 + 65_536);
    }

    // --- what is said of a fault

    @Test
    void aMessageHasThePathAndTheRemedyAndNoValue() {
        String secret = "s3cr3t";
        RejectedRequest rejected =
                reject(
                        putWith(
                                "{\"M\":{\"lines\":{\"L\":[{\"NULL\":true},{\"M\":{\"price\":"
                                        + "{\"N\":\""
                                        + secret
                                        + "\"}}}]}}}"),
                        BY_ID);
        assertThat(rejected.errorMessage())
                .isEqualTo(
                        "$.v.lines[1].price: the content of N is not a decimal number; give its"
                                + " digits as text");
        assertThat(rejected.toString()).doesNotContain(secret);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"s3cr3t\":\"s3cr3t\"}",
                "{\"SS\":[\"s3cr3t\",\"s3cr3t\"]}",
                "{\"B\":\"s3cr3t\"}",
                "{\"S\":\"s3cr3t\\x\"}",
                "{\"S\":\"s3cr3t\n\"}",
                "{\"S\":\"s3cr3t\"",
                "\"s3cr3t\""
            })
    void aMessageNeverHoldsAValue(String value) {
        assertThat(reject(putWith(value), BY_ID).errorMessage()).doesNotContain("s3cr3t");
    }

    @Test
    void aNameInAPathIsBoundedAndOnOneLine() {
        String name = "a\\n" + "é".repeat(500);
        String message = reject(put("\"" + name + "\":{\"N\":\"x\"}"), BY_ID).errorMessage();
        assertThat(message).startsWith("$.a?éé").doesNotContain("\n").hasSizeLessThan(200);
    }

    @Test
    void writtenRequestsSayNothingOfTheirValues() {
        EncodedWriteRequest request = write(put("\"id\":{\"S\":\"s3cr3t\"}"), BY_ID);
        assertThat(request.toString() + request.key()).doesNotContain("s3cr3t");
    }

    // --- never a hang

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":", "{\"L\":[", "\"", "\\", "{\"PutRequest\":{\"Item\":{"})
    void endlessNestingIsRejectedAtOnce(String opening) {
        String element = opening.repeat(1_000_000);
        for (String text : new String[] {element, putWith(element), "{\"Rejected\":" + element}) {
            Outcomes outcomes =
                    Assertions.assertTimeoutPreemptively(
                            Duration.ofSeconds(30), () -> Outcomes.of(text, BY_ID));
            assertThat(outcomes.all())
                    .isNotEmpty()
                    .hasSizeLessThan(3)
                    .hasOnlyElementsOfType(RejectedRequest.class);
        }
    }

    @Test
    void jsonTooDeepForItsReadersIsNotQuoted() {
        String deep = "[".repeat(501) + "]".repeat(501);
        assertThat(Outcomes.of("{\"a\":" + deep + "}," + GOOD, BY_ID).lines())
                .containsExactly(
                        "MalformedRequest {\"undecodable_bytes\":" + (deep.length() + 6) + "}",
                        GOOD);
    }

    @Test
    void aSetOfVeryManyMembersIsReadInOnePass() {
        StringBuilder members = new StringBuilder("\"0\"");
        for (int member = 1; member < 500_000; member++) {
            members.append(",\"").append(member).append('"');
        }
        for (String tag : new String[] {"SS", "NS"}) {
            String element = putWith("{\"" + tag + "\":[" + members + "]}");
            Outcomes outcomes =
                    Assertions.assertTimeoutPreemptively(
                            Duration.ofSeconds(30), () -> Outcomes.of(element, BY_ID));
            assertThat(outcomes.onlyRejection().errorCode()).isEqualTo("ItemTooLarge");
        }
    }
}
