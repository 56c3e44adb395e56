package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.client.ClientSettings;
import io.github.pyflinkdynamodb.decode.RowDataDecoder;
import io.github.pyflinkdynamodb.source.DynamoDbScanSource;
import io.github.pyflinkdynamodb.source.ScanOptions;

import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.SourceProvider;
import org.apache.flink.table.connector.source.abilities.SupportsFilterPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsLimitPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsProjectionPushDown;
import org.apache.flink.table.connector.source.lookup.AsyncLookupFunctionProvider;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.connector.source.lookup.LookupOptions;
import org.apache.flink.table.connector.source.lookup.PartialCachingAsyncLookupProvider;
import org.apache.flink.table.connector.source.lookup.PartialCachingLookupProvider;
import org.apache.flink.table.connector.source.lookup.cache.DefaultLookupCache;
import org.apache.flink.table.expressions.CallExpression;
import org.apache.flink.table.expressions.FieldReferenceExpression;
import org.apache.flink.table.expressions.ResolvedExpression;
import org.apache.flink.table.expressions.ValueLiteralExpression;
import org.apache.flink.table.functions.BuiltInFunctionDefinitions;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A table that is read: scanned once, as a whole or by key, or looked up by primary key. */
final class DynamoDbTableSource
        implements ScanTableSource,
                LookupTableSource,
                SupportsProjectionPushDown,
                SupportsFilterPushDown,
                SupportsLimitPushDown {

    private final String name;
    private final DynamoDbTableOptions options;
    private final ScanOptions scan;
    private final List<String> primaryKey;
    private final String firstColumn;
    private RowType row;
    private Map<String, String> constants = Map.of();
    private long limit = -1;

    private DynamoDbTableSource(
            String name,
            DynamoDbTableOptions options,
            ScanOptions scan,
            List<String> primaryKey,
            String firstColumn,
            RowType row) {
        this.name = name;
        this.options = options;
        this.scan = scan;
        this.primaryKey = primaryKey;
        this.firstColumn = firstColumn;
        this.row = row;
    }

    /**
     * @param name the table's name in SQL, for messages and the plan
     * @param primaryKey columns of PRIMARY KEY, in any order; empty if there is none
     * @throws ValidationException naming every problem at once
     */
    static DynamoDbTableSource of(
            String name, DynamoDbTableOptions options, RowType row, List<String> primaryKey) {
        List<String> problems = new ArrayList<>();
        options.checkReading(problems);
        ScanOptions scan = null;
        try {
            String table = options.get(DynamoDbTableOptions.TABLE_NAME);
            scan =
                    new ScanOptions(
                            ClientSettings.of(options.clientProperties()),
                            table,
                            options.get(DynamoDbTableOptions.CONSISTENT_READ),
                            options.find(DynamoDbTableOptions.PAGE_SIZE).orElse(0),
                            options.find(DynamoDbTableOptions.TOTAL_SEGMENTS).orElse(0));
            new RowDataDecoder(row, table);
        } catch (IllegalArgumentException e) {
            problems.add(options.inSql(e.getMessage()));
        }
        DynamoDbTableOptions.refuse(name, problems);
        return new DynamoDbTableSource(
                name, options, scan, primaryKey, row.getFieldNames().get(0), row);
    }

    @Override
    public ChangelogMode getChangelogMode() {
        return ChangelogMode.insertOnly();
    }

    @Override
    public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
        return SourceProvider.of(
                new DynamoDbScanSource(scan, row, firstColumn, constants, limit),
                options.find(DynamoDbTableOptions.SCAN_PARALLELISM).orElse(null));
    }

    @Override
    public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
        List<String> columns = new ArrayList<>();
        for (int[] path : context.getKeys()) {
            columns.add(row.getFieldNames().get(path[0]));
        }
        LookupKey key = LookupKey.of(name, row, primaryKey, columns);
        int retries = options.get(LookupOptions.MAX_RETRIES);
        boolean cached =
                options.get(LookupOptions.CACHE_TYPE) != LookupOptions.LookupCacheType.NONE;
        if (options.get(DynamoDbTableOptions.ASYNC_LOOKUP)) {
            DynamoDbAsyncLookupFunction function =
                    new DynamoDbAsyncLookupFunction(
                            scan, row, key, DynamoDbAsyncLookupFunction.LINGER_MS, retries);
            return cached
                    ? PartialCachingAsyncLookupProvider.of(
                            function, DefaultLookupCache.fromConfig(options.configuration()))
                    : AsyncLookupFunctionProvider.of(function);
        }
        // Nobody would share a call: the next key comes after the answer.
        DynamoDbLookupFunction function =
                new DynamoDbLookupFunction(
                        new DynamoDbAsyncLookupFunction(scan, row, key, 0, retries));
        return cached
                ? PartialCachingLookupProvider.of(
                        function, DefaultLookupCache.fromConfig(options.configuration()))
                : LookupFunctionProvider.of(function);
    }

    @Override
    public boolean supportsNestedProjection() {
        return false;
    }

    @Override
    public void applyProjection(int[][] projectedFields, DataType producedDataType) {
        row = (RowType) producedDataType.getLogicalType();
    }

    /**
     * Notes which columns must equal a constant. Whether these are the table's key, and a query may
     * find the items, the service says when the job starts. So Flink goes on filtering the rows.
     */
    @Override
    public Result applyFilters(List<ResolvedExpression> filters) {
        List<ResolvedExpression> accepted = new ArrayList<>();
        Map<String, String> found = new TreeMap<>();
        for (ResolvedExpression filter : filters) {
            if (addConstant(filter, found)) {
                accepted.add(filter);
            }
        }
        constants = found;
        return Result.of(accepted, filters);
    }

    @Override
    public void applyLimit(long newLimit) {
        limit = newLimit;
    }

    @Override
    public DynamicTableSource copy() {
        DynamoDbTableSource copy =
                new DynamoDbTableSource(name, options, scan, primaryKey, firstColumn, row);
        copy.constants = constants;
        copy.limit = limit;
        return copy;
    }

    @Override
    public String asSummaryString() {
        return "DynamoDB table " + options.get(DynamoDbTableOptions.TABLE_NAME);
    }

    private boolean addConstant(ResolvedExpression filter, Map<String, String> found) {
        if (!(filter instanceof CallExpression)
                || ((CallExpression) filter).getFunctionDefinition()
                        != BuiltInFunctionDefinitions.EQUALS) {
            return false;
        }
        ResolvedExpression left = filter.getResolvedChildren().get(0);
        ResolvedExpression right = filter.getResolvedChildren().get(1);
        boolean turned = left instanceof ValueLiteralExpression;
        ResolvedExpression column = turned ? right : left;
        ResolvedExpression constant = turned ? left : right;
        if (!(column instanceof FieldReferenceExpression)
                || !(constant instanceof ValueLiteralExpression)) {
            return false;
        }
        String value =
                KeyAttribute.of(
                        column.getOutputDataType().getLogicalType(),
                        (ValueLiteralExpression) constant);
        if (value == null) {
            return false;
        }
        found.put(((FieldReferenceExpression) column).getName(), value);
        return true;
    }
}
