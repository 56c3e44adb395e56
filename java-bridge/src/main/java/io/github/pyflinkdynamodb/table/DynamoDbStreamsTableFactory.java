package io.github.pyflinkdynamodb.table;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.UniqueConstraint;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSourceFactory;

import java.util.List;
import java.util.Set;

/** Makes what {@code CREATE TABLE ... WITH ('connector' = 'dynamodb-streams', ...)} describes. */
public final class DynamoDbStreamsTableFactory implements DynamicTableSourceFactory {

    static final String IDENTIFIER = "dynamodb-streams";

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return StreamsTableOptions.all();
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        List<String> primaryKey =
                context.getCatalogTable()
                        .getResolvedSchema()
                        .getPrimaryKey()
                        .map(UniqueConstraint::getColumns)
                        .orElse(List.of());
        return DynamoDbStreamsTableSource.of(
                context.getObjectIdentifier().getObjectName(),
                context.getCatalogTable().getOptions(),
                context.getPhysicalRowDataType(),
                primaryKey,
                context.getConfiguration());
    }
}
