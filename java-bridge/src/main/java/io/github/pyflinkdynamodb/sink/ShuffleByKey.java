package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.encode.WriteRequestsType;
import io.github.pyflinkdynamodb.request.EncodedWriteRequest;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.RejectedRequest;
import io.github.pyflinkdynamodb.request.WriteRequestScanner;

import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.util.Collector;

import java.io.IOException;
import java.util.List;

/**
 * Brings all writes of one primary key to the same writer: elements are taken apart into single
 * requests, then keyed by the primary key's value.
 */
final class ShuffleByKey {

    private ShuffleByKey() {}

    static DataStream<byte[]> apply(DataStream<byte[]> requests, List<String> keyNames) {
        KeySchema schema =
                new KeySchema(
                        keyNames.get(0), null, keyNames.size() > 1 ? keyNames.get(1) : null, null);
        return requests.flatMap(new TakeApart(schema))
                .returns(WriteRequestsType.INSTANCE)
                .name("DynamoDB: single requests")
                .setParallelism(requests.getParallelism())
                .keyBy(new ByPrimaryKey(schema), Types.STRING);
    }

    private static final class TakeApart implements FlatMapFunction<byte[], byte[]> {
        private static final long serialVersionUID = 1L;
        private final KeySchema schema;
        private transient WriteRequestScanner scanner;

        private TakeApart(KeySchema schema) {
            this.schema = schema;
        }

        @Override
        public void flatMap(byte[] element, Collector<byte[]> out) throws Exception {
            if (scanner == null) {
                scanner = unboundedScanner(schema);
            }
            scanner.scan(
                    element,
                    new WriteRequestScanner.Handler() {
                        @Override
                        public void write(EncodedWriteRequest request) {
                            out.collect(request.bytes());
                        }

                        @Override
                        public void reject(RejectedRequest rejected) {
                            out.collect(rejected.encoded());
                        }
                    });
        }
    }

    /** Rejected requests have no key; which writer rejects them does not matter. */
    private static final class ByPrimaryKey implements KeySelector<byte[], String> {
        private static final long serialVersionUID = 1L;
        private final KeySchema schema;
        private transient WriteRequestScanner scanner;

        private ByPrimaryKey(KeySchema schema) {
            this.schema = schema;
        }

        @Override
        public String getKey(byte[] request) throws IOException, InterruptedException {
            if (scanner == null) {
                scanner = unboundedScanner(schema);
            }
            String[] key = {""};
            scanner.scan(
                    request,
                    new WriteRequestScanner.Handler() {
                        @Override
                        public void write(EncodedWriteRequest scanned) {
                            key[0] = scanned.key().canonical();
                        }

                        @Override
                        public void reject(RejectedRequest rejected) {
                            key[0] = "";
                        }
                    });
            return key[0];
        }
    }

    /** Sizes are judged once, by the writer. */
    private static WriteRequestScanner unboundedScanner(KeySchema schema) {
        return new WriteRequestScanner(schema, Long.MAX_VALUE);
    }
}
