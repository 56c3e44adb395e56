package io.github.pyflinkdynamodb.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class SinkOptionsTest {

    private final Map<String, Object> given = new HashMap<>();

    SinkOptionsTest() {
        given.put("table_name", "orders");
        given.put("dynamodb_properties", Map.of("aws.region", "eu-west-1"));
    }

    private SinkOptions with(String name, Object value) {
        Map<String, Object> options = new HashMap<>(given);
        options.put(name, value);
        return SinkOptions.of(options);
    }

    @Test
    void whatIsLeftOutHasTheDefaultOfTheJavaConnector() {
        SinkOptions options = SinkOptions.of(given);

        assertThat(options.tableName).isEqualTo("orders");
        assertThat(options.failOnError).isFalse();
        assertThat(options.maxBatchSize).isEqualTo(25);
        assertThat(options.maxInFlightRequests).isEqualTo(50);
        assertThat(options.maxBufferedRequests).isEqualTo(10_000);
        assertThat(options.maxTimeInBufferMs).isEqualTo(5_000);
        assertThat(options.maxBatchSizeInBytes).isEqualTo(16 * 1024 * 1024);
        assertThat(options.maxRecordSizeInBytes).isEqualTo(409_600);
        assertThat(options.overwriteByPartitionKeys).isEmpty();
    }

    @Test
    void initModeIsOneOfThreeAndMakingATableNeedsItsKey() {
        assertThat(SinkOptions.of(given).initMode).isEqualTo(SinkOptions.InitMode.DEFAULT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with("init_mode", "create"))
                .withMessageContaining("[default, create_if_not_exists, replace]");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with("init_mode", "replace"))
                .withMessageContaining("key_schema");
    }

    @Test
    void keyMayBeDeclaredWithTypesOrWithout() {
        given.put("key_types", Arrays.asList(null, "N"));
        assertThat(with("key_schema", List.of("id", "at")).keySchema)
                .isEqualTo(new KeySchema("id", null, "at", KeyType.N));
    }

    @Test
    void whatIsOursAloneHasTheDocumentedDefault() {
        SinkOptions options = SinkOptions.of(given);

        assertThat(options.maxBufferedBytes).isEqualTo(64 * 1024 * 1024);
        assertThat(options.requestTimeoutMs).isEqualTo(60_000);
        assertThat(options.failOnRejection()).isTrue();
        assertThat(options.deadLetterPath()).isNull();
        assertThat(options.flushOnCheckpoint).isFalse();
        assertThat(options.keySchema).isNull();
        assertThat(options.reportConsumedCapacity).isFalse();
        assertThat(options.shuffleByKey).isFalse();
        assertThat(options.declaredKeys()).isEmpty();
    }

    @Test
    void everyDefaultCanBeGiven() {
        Map<String, Object> options = new HashMap<>(SinkOptions.defaults());
        assertThat(options).containsKeys("table_name", "max_buffered_bytes", "shuffle_by_key");
        assertThat(options.keySet()).containsAll(SinkOptions.limits().keySet());
        options.putAll(given);

        assertThat(SinkOptions.of(options).maxBatchSize).isEqualTo(25);
    }

    @Test
    void everyLimitIsAllowedAndNothingBeyond() {
        given.put("max_batch_size", 1L);
        given.put("max_record_size_in_bytes", 1L);
        assertThat(SinkOptions.limits()).isNotEmpty();
        SinkOptions.limits()
                .forEach(
                        (name, limits) -> {
                            if (!name.equals("max_buffered_requests")) { // See below.
                                with(name, limits.get(0));
                            }
                            with(name, limits.get(1));
                            assertRefused(name, limits.get(0) - 1, limits);
                            if (limits.get(1) < Long.MAX_VALUE) {
                                assertRefused(name, limits.get(1) + 1, limits);
                            }
                        });
    }

    private void assertRefused(String name, long value, List<Long> limits) {
        assertThatIllegalArgumentException()
                .as("%s = %d", name, value)
                .isThrownBy(() -> with(name, value))
                .withMessageContaining(name)
                .withMessageContaining(String.valueOf(limits.get(0)))
                .withMessageContaining(String.valueOf(limits.get(1)));
    }

    @Test
    void theBufferHoldsMoreThanABatch() {
        given.put("max_batch_size", 10L);

        assertThat(with("max_buffered_requests", 11L).maxBufferedRequests).isEqualTo(11);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with("max_buffered_requests", 10L))
                .withMessageContaining("max_buffered_requests")
                .withMessageContaining("max_batch_size");
    }

    @Test
    void aBatchHasTheBytesOfARecord() {
        given.put("max_record_size_in_bytes", 1_000L);

        assertThat(with("max_batch_size_in_bytes", 1_000L).maxBatchSizeInBytes).isEqualTo(1_000);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with("max_batch_size_in_bytes", 999L))
                .withMessageContaining("max_batch_size_in_bytes")
                .withMessageContaining("max_record_size_in_bytes");
    }

    @Test
    void theLimitsAreThoseOfDynamoDb() {
        assertThat(SinkOptions.limits())
                .containsEntry("max_batch_size", List.of(1L, 25L))
                .containsEntry("max_batch_size_in_bytes", List.of(1L, 16L * 1024 * 1024))
                .containsEntry("max_record_size_in_bytes", List.of(1L, 409_600L));
    }

    @Test
    void everyNumberReachesItsOption() {
        given.put("max_batch_size", 2L);
        given.put("max_in_flight_requests", 3L);
        given.put("max_buffered_requests", 4L);
        given.put("max_time_in_buffer_ms", 5L);
        given.put("max_batch_size_in_bytes", 600_000L);
        given.put("max_record_size_in_bytes", 7L);
        given.put("max_buffered_bytes", 8L);
        given.put("request_timeout_ms", 9L);
        SinkOptions options = SinkOptions.of(given);

        assertThat(options.maxBatchSize).isEqualTo(2);
        assertThat(options.maxInFlightRequests).isEqualTo(3);
        assertThat(options.maxBufferedRequests).isEqualTo(4);
        assertThat(options.maxTimeInBufferMs).isEqualTo(5);
        assertThat(options.maxBatchSizeInBytes).isEqualTo(600_000);
        assertThat(options.maxRecordSizeInBytes).isEqualTo(7);
        assertThat(options.maxBufferedBytes).isEqualTo(8);
        assertThat(options.requestTimeoutMs).isEqualTo(9);
    }

    @Test
    void everySwitchReachesItsOption() {
        given.put("key_schema", List.of("id"));

        assertThat(with("fail_on_error", true).failOnError).isTrue();
        assertThat(with("flush_on_checkpoint", true).flushOnCheckpoint).isTrue();
        assertThat(with("report_consumed_capacity", true).reportConsumedCapacity).isTrue();
        assertThat(with("shuffle_by_key", true).shuffleByKey).isTrue();
    }

    @Test
    void aNumberFromPythonMayBeOfEitherWidth() {
        assertThat(with("max_batch_size", 7).maxBatchSize).isEqualTo(7);
        assertThat(with("max_buffered_bytes", 7).maxBufferedBytes).isEqualTo(7);
    }

    @Test
    void allProblemsAreNamedAtOnce() {
        given.remove("table_name");
        given.put("max_batch_size", 26L);
        given.put("max_in_flight_requests", 0L);
        given.put("dead_letter_path", "file:///letters");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SinkOptions.of(given))
                .withMessageContaining("table_name")
                .withMessageContaining("max_batch_size")
                .withMessageContaining("max_in_flight_requests")
                .withMessageContaining("dead_letter_path");
    }

    @Test
    void unknownNamesAreNamedTogetherWithValuesOutOfRange() {
        given.put("max_bach_size", 1L);
        given.put("frobnicate", true);
        given.put("max_batch_size", 26L);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SinkOptions.of(given))
                .withMessageContaining("max_bach_size")
                .withMessageContaining("frobnicate")
                .withMessageContaining("1 to 25");
    }

    @Test
    void aTableNameIsNeeded() {
        given.remove("table_name");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SinkOptions.of(given))
                .withMessageContaining("table_name");
    }

    @Test
    void theKeySchemaGivesPartitionAndSortKeyByName() {
        assertThat(with("key_schema", List.of("id")).keySchema)
                .isEqualTo(new KeySchema("id", null, null, null));
        SinkOptions options = with("key_schema", List.of("id", "at"));
        assertThat(options.keySchema).isEqualTo(new KeySchema("id", null, "at", null));
        assertThat(options.declaredKeys()).containsExactly("id", "at");
    }

    @Test
    void theOverwriteKeysDeclareKeysUnlessASchemaDoes() {
        given.put("overwrite_by_partition_keys", List.of("b", "a"));
        SinkOptions options = SinkOptions.of(given);
        assertThat(options.overwriteByPartitionKeys).containsExactly("b", "a");
        assertThat(options.declaredKeys()).containsExactlyInAnyOrder("a", "b");

        assertThat(with("key_schema", List.of("a", "b")).declaredKeys()).containsExactly("a", "b");
    }

    @Test
    void shufflingNeedsTheNamesOfTheKeys() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with("shuffle_by_key", true))
                .withMessageContaining("shuffle_by_key")
                .withMessageContaining("key_schema");

        given.put("overwrite_by_partition_keys", List.of("id"));
        assertThat(with("shuffle_by_key", true).shuffleByKey).isTrue();
    }

    @Test
    void theRejectionPolicyIsOneOfThree() {
        assertThat(with("rejection_policy", "fail").failOnRejection()).isTrue();

        SinkOptions skip = with("rejection_policy", "skip");
        assertThat(skip.failOnRejection()).isFalse();
        assertThat(skip.deadLetterPath()).isNull();

        given.put("dead_letter_path", "file:///letters");
        SinkOptions deadLetter = with("rejection_policy", "dead_letter");
        assertThat(deadLetter.failOnRejection()).isFalse();
        assertThat(deadLetter.deadLetterPath()).isEqualTo("file:///letters");
    }

    @Test
    void anUnknownRejectionPolicyIsRefusedByOptionName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with("rejection_policy", "ignore"))
                .withMessageContaining("rejection_policy")
                .withMessageContaining("dead_letter");
    }

    @Test
    void aDeadLetterPathGoesWithItsPolicyOnly() {
        for (String policy : List.of("fail", "skip")) {
            given.put("dead_letter_path", "file:///letters");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> with("rejection_policy", policy))
                    .withMessageContaining("dead_letter_path");
        }
        given.remove("dead_letter_path");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> with("rejection_policy", "dead_letter"))
                .withMessageContaining("dead_letter_path");
    }

    @Test
    void theRequestsOfABatchLeaveSpaceForTheRestOfTheCall() {
        long atMost = SinkOptions.of(given).maxRequestBytesInBatch();
        assertThat(atMost).isBetween(16L * 1024 * 1024 - 4_096, 16L * 1024 * 1024 - 255);

        given.put("max_record_size_in_bytes", 1L);
        assertThat(with("max_batch_size_in_bytes", 1L).maxRequestBytesInBatch()).isEqualTo(1);
    }

    @Test
    void optionsTravelToTheTaskManagers() throws Exception {
        given.put("max_batch_size", 7L);
        given.put("key_schema", List.of("id", "at"));
        given.put("overwrite_by_partition_keys", List.of("id", "at"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(SinkOptions.of(given));
        }

        SinkOptions read;
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            read = (SinkOptions) in.readObject();
        }

        assertThat(read.tableName).isEqualTo("orders");
        assertThat(read.maxBatchSize).isEqualTo(7);
        assertThat(read.keySchema).isEqualTo(new KeySchema("id", null, "at", null));
        assertThat(read.overwriteByPartitionKeys).containsExactly("id", "at");
        assertThat(read.failOnRejection()).isTrue();
    }

    @Test
    void aSecretIsNotInAnErrorMessage() {
        given.put(
                "dynamodb_properties",
                Map.of(
                        "aws.region",
                        "eu-west-1",
                        "aws.credentials.provider.basic.secretkey",
                        "verysecret"));
        given.put("max_batch_size", 0L);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SinkOptions.of(given))
                .satisfies(e -> assertThat(e.toString()).doesNotContain("verysecret"));
    }
}
