package io.github.pyflinkdynamodb.bench;

import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.connector.base.sink.writer.ElementConverter;
import org.apache.flink.connector.dynamodb.sink.DynamoDbBeanElementConverter;
import org.apache.flink.connector.dynamodb.sink.DynamoDbSink;
import org.apache.flink.connector.dynamodb.sink.DynamoDbSinkBuilder;
import org.apache.flink.connector.dynamodb.sink.DynamoDbWriteRequest;
import org.apache.flink.connector.dynamodb.sink.DynamoDbWriteRequestType;
import org.apache.flink.types.Row;

import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** Flink's Java connector, set as our sink is. */
final class ConnectorSink {
    private static final String DEFAULT_CONVERTER =
            "/org/apache/flink/connector/dynamodb/sink/DefaultDynamoDbElementConverter.class";

    private ConnectorSink() {}

    /** With converters as a careful user writes them by hand. */
    static DynamoDbSink<Row> byHand(
            String workload, Properties client, String table, List<String> overwrite) {
        ElementConverter<Row, DynamoDbWriteRequest> converter;
        switch (workload) {
            case "order":
                converter = ConnectorSink::order;
                break;
            case "large":
                converter = ConnectorSink::large;
                break;
            default:
                converter = ConnectorSink::flat;
        }
        return set(DynamoDbSink.<Row>builder().setElementConverter(converter), client, table)
                .setOverwriteByPartitionKeys(overwrite)
                .build();
    }

    /**
     * With the converter that it takes by itself for a class with getters; before 5.0 there was
     * none, and the one for beans stands for it.
     */
    static DynamoDbSink<Order> byDefault(Properties client, String table) {
        DynamoDbSinkBuilder<Order> builder = set(DynamoDbSink.<Order>builder(), client, table);
        if (ConnectorSink.class.getResource(DEFAULT_CONVERTER) == null) {
            builder.setElementConverter(new DynamoDbBeanElementConverter<>(Order.class));
        }
        return builder.build();
    }

    private static <T> DynamoDbSinkBuilder<T> set(
            DynamoDbSinkBuilder<T> builder, Properties client, String table) {
        builder.setDynamoDbProperties(client)
                .setTableName(table)
                .setMaxBatchSize(JavaJob.BATCH_SIZE)
                .setMaxInFlightRequests(JavaJob.IN_FLIGHT)
                .setMaxBufferedRequests(JavaJob.BUFFERED);
        return builder;
    }

    private static DynamoDbWriteRequest flat(Row row, SinkWriter.Context context) {
        Map<String, AttributeValue> item = new HashMap<>(8);
        item.put("id", text(row.getField(0)));
        item.put("customer", text(row.getField(1)));
        item.put("quantity", number(row.getField(2)));
        item.put("price", number(row.getField(3)));
        item.put("paid", AttributeValue.builder().bool((Boolean) row.getField(4)).build());
        return put(item);
    }

    private static DynamoDbWriteRequest large(Row row, SinkWriter.Context context) {
        Map<String, AttributeValue> item = new HashMap<>(4);
        item.put("id", text(row.getField(0)));
        item.put("body", text(row.getField(1)));
        return put(item);
    }

    private static DynamoDbWriteRequest order(Row row, SinkWriter.Context context) {
        Object[] rows = (Object[]) row.getField(4);
        List<AttributeValue> lines = new ArrayList<>(rows.length);
        for (Object each : rows) {
            Row line = (Row) each;
            Map<String, AttributeValue> fields = new HashMap<>(8);
            fields.put("sku", text(line.getField(0)));
            fields.put("title", text(line.getField(1)));
            fields.put("quantity", number(line.getField(2)));
            fields.put("price", number(line.getField(3)));
            fields.put("taxed", AttributeValue.builder().bool((Boolean) line.getField(4)).build());
            lines.add(AttributeValue.builder().m(fields).build());
        }
        Map<String, AttributeValue> item = new HashMap<>(8);
        item.put("id", text(row.getField(0)));
        item.put("customer", text(row.getField(1)));
        item.put("created", text(row.getField(2)));
        item.put("status", text(row.getField(3)));
        item.put("lines", AttributeValue.builder().l(lines).build());
        return put(item);
    }

    private static DynamoDbWriteRequest put(Map<String, AttributeValue> item) {
        return DynamoDbWriteRequest.builder()
                .setType(DynamoDbWriteRequestType.PUT)
                .setItem(item)
                .build();
    }

    private static AttributeValue text(Object value) {
        return AttributeValue.builder().s((String) value).build();
    }

    private static AttributeValue number(Object value) {
        return AttributeValue.builder().n(value.toString()).build();
    }
}
