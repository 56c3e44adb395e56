package io.github.pyflinkdynamodb.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.URI;

class PlainHttpTest {

    // The same rows as in tests/unit/test_plain_http.py.
    @ParameterizedTest
    @CsvSource({
        "http://localhost:8000, false",
        "http://dynamodb.localhost, false",
        "http://127.0.0.1:8000, false",
        "http://127.1.2.3, false",
        "http://[::1]:8000, false",
        "https://dynamodb.example, false",
        "http://dynamodb.example, true",
        "http://10.0.0.7:8000, true",
        "http://[fe80::1], true",
        "http://127.0.0.1.example, true",
        "http://localhost.example, true",
    })
    void isExposedWhereAnotherMachineMayAnswerWithoutTls(String endpoint, boolean exposed) {
        assertThat(PlainHttp.isExposed(URI.create(endpoint))).isEqualTo(exposed);
    }
}
