package io.github.pyflinkdynamodb.table;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.UniqueConstraint;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.types.logical.RowType;

import java.util.List;
import java.util.Set;

/** Makes what {@code CREATE TABLE ... WITH ('connector' = 'dynamodb', ...)} describes. */
public final class DynamoDbTableFactory
        implements DynamicTableSinkFactory, DynamicTableSourceFactory {

    static final String IDENTIFIER = "dynamodb";

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(DynamoDbTableOptions.TABLE_NAME);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        Set<ConfigOption<?>> options = DynamoDbTableOptions.all();
        options.removeAll(requiredOptions());
        return options;
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        ResolvedCatalogTable table = context.getCatalogTable();
        String name = context.getObjectIdentifier().getObjectName();
        return DynamoDbTableSink.of(
                name,
                DynamoDbTableOptions.of(name, table.getOptions()),
                (RowType) context.getPhysicalRowDataType().getLogicalType(),
                primaryKey(table),
                table.getPartitionKeys());
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        ResolvedCatalogTable table = context.getCatalogTable();
        String name = context.getObjectIdentifier().getObjectName();
        return DynamoDbTableSource.of(
                name,
                DynamoDbTableOptions.of(name, table.getOptions()),
                (RowType) context.getPhysicalRowDataType().getLogicalType(),
                primaryKey(table));
    }

    private static List<String> primaryKey(ResolvedCatalogTable table) {
        return table.getResolvedSchema()
                .getPrimaryKey()
                .map(UniqueConstraint::getColumns)
                .orElse(List.of());
    }
}
