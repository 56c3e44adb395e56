package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.request.MalformedResponseException;
import io.github.pyflinkdynamodb.request.RecordDetails;
import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;

import java.util.List;
import java.util.function.BiFunction;

/** What SQL may know of a change beside the item: its metadata columns. */
public enum ChangeMetadata {
    /** INSERT, MODIFY or REMOVE. */
    EVENT_NAME(
            "event-name",
            DataTypes.STRING().notNull(),
            false,
            (record, details) -> StringData.fromString(record.eventName())),

    /** Of the record in its shard; later changes of an item have larger ones. */
    SEQUENCE_NUMBER(
            "sequence-number",
            DataTypes.STRING().notNull(),
            false,
            (record, details) -> StringData.fromString(record.sequenceNumber())),

    /** As the service gives it: cut to the second. */
    CREATION_TIME(
            "creation-time",
            DataTypes.TIMESTAMP_LTZ(3).notNull(),
            false,
            (record, details) -> TimestampData.fromEpochMillis(record.creationTimeMillis())),

    SIZE_BYTES(
            "size-bytes",
            DataTypes.BIGINT().nullable(),
            true,
            (record, details) -> details.sizeBytes()),

    /** Who made the change, where it was no request of a user. */
    USER_IDENTITY_PRINCIPAL(
            "user-identity-principal",
            DataTypes.STRING().nullable(),
            true,
            (record, details) -> StringData.fromString(details.principalId())),

    /** Whether the item went because its time to live was over. */
    EXPIRED(
            "expired",
            DataTypes.BOOLEAN().notNull(),
            true,
            (record, details) -> details.isExpiry());

    private final String key;
    private final DataType type;
    private final boolean needsDetails;
    private final BiFunction<StreamRecord, RecordDetails, Object> reading;

    ChangeMetadata(
            String key,
            DataType type,
            boolean needsDetails,
            BiFunction<StreamRecord, RecordDetails, Object> reading) {
        this.key = key;
        this.type = type;
        this.needsDetails = needsDetails;
        this.reading = reading;
    }

    /** Its name in METADATA FROM. */
    public String key() {
        return key;
    }

    public DataType type() {
        return type;
    }

    /** Values of some metadata of a record, in their order. */
    static Object[] valuesOf(StreamRecord record, List<ChangeMetadata> wanted)
            throws MalformedResponseException {
        Object[] values = new Object[wanted.size()];
        RecordDetails details = null;
        int index = 0;
        for (ChangeMetadata each : wanted) {
            if (each.needsDetails && details == null) {
                details = RecordDetails.of(record);
            }
            values[index++] = each.reading.apply(record, details);
        }
        return values;
    }
}
