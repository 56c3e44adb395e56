package io.github.pyflinkdynamodb.bench;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.dynamodb.source.DynamoDbStreamsSource;
import org.apache.flink.connector.dynamodb.source.serialization.DynamoDbStreamsDeserializationSchema;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;

import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.OperationType;
import software.amazon.awssdk.services.dynamodb.model.Record;

import java.util.Map;

/**
 * Flink's Java connector, which reads the same rows.
 *
 * <p>Not compiled with a release of it that has no source for streams; see the pom.
 */
final class ConnectorSource {
    private ConnectorSource() {}

    static DynamoDbStreamsSource<Row> of(String arn, Map<String, String> properties) {
        return DynamoDbStreamsSource.<Row>builder()
                .setStreamArn(arn)
                .setSourceConfig(Configuration.fromMap(properties))
                .setDeserializationSchema(new Rows())
                .build();
    }

    /** As a careful user writes it by hand. */
    private static final class Rows implements DynamoDbStreamsDeserializationSchema<Row> {
        private static final long serialVersionUID = 1L;

        @Override
        public void deserialize(Record record, String arn, String shardId, Collector<Row> out) {
            if (record.eventName() == OperationType.INSERT) {
                out.collect(row(RowKind.INSERT, record.dynamodb().newImage()));
            } else if (record.eventName() == OperationType.MODIFY) {
                out.collect(row(RowKind.UPDATE_BEFORE, record.dynamodb().oldImage()));
                out.collect(row(RowKind.UPDATE_AFTER, record.dynamodb().newImage()));
            } else {
                out.collect(row(RowKind.DELETE, record.dynamodb().oldImage()));
            }
        }

        @Override
        public TypeInformation<Row> getProducedType() {
            return StreamRows.TYPE;
        }

        private static Row row(RowKind kind, Map<String, AttributeValue> item) {
            Row row = new Row(kind, StreamRows.NAMES.length);
            row.setField(0, item.get("pk").s());
            row.setField(1, Long.valueOf(item.get("written").n()));
            row.setField(2, item.get("customer").s());
            row.setField(3, Integer.valueOf(item.get("quantity").n()));
            row.setField(4, item.get("paid").bool());
            return row;
        }
    }
}
