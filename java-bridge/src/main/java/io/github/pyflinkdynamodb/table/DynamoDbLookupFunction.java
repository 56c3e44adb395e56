package io.github.pyflinkdynamodb.table;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.LookupFunction;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
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

    /** Throws no IOException itself: Flink would put the key, which is data, into the message. */
    @Override
    public Collection<RowData> lookup(RowData values) {
        try {
            return lookup.asyncLookup(values).get();
        } catch (ExecutionException e) {
            throw new UncheckedIOException(
                    e.getCause().getMessage(), new IOException(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(
                    "The lookup was interrupted.", new InterruptedIOException());
        }
    }

    @Override
    public void close() throws Exception {
        lookup.close();
    }
}
