package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

class ResponseReaderTest {
    private static final KeySchema SCHEMA = new KeySchema("id", KeyType.S, "n", KeyType.N);

    private static final String TWO_LEFT =
            "{\"ItemCollectionMetrics\":{},\"UnprocessedItems\":{\"arn:aws:table/t\":["
                    + "{\"PutRequest\":{\"Item\":{\"x\":{\"SS\":[\"]\"]},\"n\":{\"N\":\"1.0\"},"
                    + "\"id\":{\"S\":\"a\"}}}},"
                    + "{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\"b\"},\"n\":{\"N\":\"2\"}}},"
                    + "\"PutRequest\":null}]}}";

    private static UnprocessedItems read(String body) throws MalformedResponseException {
        return WriteRequestScanner.scanResponse(body.getBytes(StandardCharsets.UTF_8), SCHEMA);
    }

    private static PrimaryKey key(String id, String number) {
        return Outcomes.of(
                        "{\"DeleteRequest\":{\"Key\":{\"id\":{\"S\":\""
                                + id
                                + "\"},\"n\":{\"N\":\""
                                + number
                                + "\"}}}}",
                        SCHEMA)
                .onlyWrite()
                .key();
    }

    @Test
    void keysOfUnprocessedRequestsAreThoseOfTheRequestsSent() throws Exception {
        assertThat(read(TWO_LEFT).keys()).containsExactly(key("a", "1"), key("b", "2.0"));
        assertThat(read(TWO_LEFT).consumedCapacityUnits()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                " { \"UnprocessedItems\" : { } } ",
                "{\"UnprocessedItems\":null}",
                "{\"UnprocessedItems\":{\"t\":[]}}",
                "{\"UnprocessedItems\":{\"t\":null}}",
                "{\"Other\":{\"UnprocessedItems\":{\"t\":[1]}}}"
            })
    void nothingIsUnprocessedWhereNothingIsListed(String body) throws Exception {
        assertThat(read(body).keys()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|0",
                "null|0",
                "[{\"TableName\":\"t\"}]|0",
                "[{\"CapacityUnits\":25.5}]|25.5",
                "[{\"CapacityUnits\":1},{\"TableName\":\"t\",\"CapacityUnits\":25E-1}]|3.5",
                "[{\"CapacityUnits\":3,\"Table\":{\"CapacityUnits\":2}}]|3",
                "[{\"CapacityUnits\":1e999},{\"CapacityUnits\":\"7\"},5]|0",
                "{\"CapacityUnits\":5}|0"
            })
    void consumedCapacityIsSummedAndNeverNeeded(String capacity, double sum) throws Exception {
        assertThat(read("{\"ConsumedCapacity\":" + capacity + "}").consumedCapacityUnits())
                .isEqualTo(sum);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "[]",
                "null",
                "{} {}",
                "{\"UnprocessedItems\":[]}",
                "{\"UnprocessedItems\":{\"t\":{}}}",
                "{\"UnprocessedItems\":{\"t\":[{}]}}",
                "{\"UnprocessedItems\":{\"t\":[{\"PutRequest\":null}]}}",
                "{\"UnprocessedItems\":{\"t\":[{\"PutRequest\":{\"Key\":{}}}]}}",
                "{\"UnprocessedItems\":{\"t\":"
                        + "[{\"PutRequest\":{\"Item\":{\"id\":{\"S\":\"a\"}}}}]}}",
                "{\"ConsumedCapacity\":[{\"CapacityUnits\":01}]}"
            })
    void whatIsNotAnAnswerIsAnException(String body) {
        assertThatThrownBy(() -> read(body))
                .isInstanceOf(MalformedResponseException.class)
                .hasMessageStartingWith("The answer to BatchWriteItem cannot be read, ");
    }

    @Test
    void everyCutOfAnAnswerIsAnExceptionWithoutItsText() {
        byte[] whole = TWO_LEFT.getBytes(StandardCharsets.UTF_8);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> WriteRequestScanner.scanResponse(cut, SCHEMA))
                    .isInstanceOf(MalformedResponseException.class)
                    .hasMessageNotContaining("arn:aws");
        }
    }
}
