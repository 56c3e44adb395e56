package io.github.pyflinkdynamodb.table;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.LookupFunction;

import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.ExecutionException;

/** Finds the item of a primary key and waits for it. */
public final class DynamoDbLookupFunction extends LookupFunction {
    private static final long serialVersionUID = 1L;

    private final DynamoDbAsyncLookupFunction lookup;

    DynamoDbLookupFunction(DynamoDbAsyncLookupFunction lookup) {
        this.lookup = lookup;
    }

    @Override
    public void open(FunctionContext context) throws Exception {
        lookup.open(context);
    }

    @Override
    public Collection<RowData> lookup(RowData values) throws IOException {
        try {
            return lookup.asyncLookup(values).get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("The lookup was interrupted.", e);
        }
    }

    @Override
    public void close() throws Exception {
        lookup.close();
    }
}
