package io.github.pyflinkdynamodb.encode;

import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.transformations.PhysicalTransformation;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import javax.annotation.Nullable;

/**
 * Turns rows into write requests in front of the sink, without a Python process.
 *
 * <p>An operator and no function, because what it holds of an update, it has to write before a
 * checkpoint: with state of its own, a job that is rescaled would compare rows of other subtasks.
 */
public final class EncodeRows extends AbstractStreamOperator<byte[]>
        implements OneInputStreamOperator<Object, byte[]> {

    private static final long serialVersionUID = 1L;

    private static final String ROW = "pyflink.common.types.Row";

    private final TypeInformation<?> type;
    private final List<String> names;
    private final boolean ignoreNulls;
    private final Set<String> keyNames;
    private final boolean rejectFailures;

    private transient RowEncoder encoder;
    private transient WriteRequestWriter requests;

    private EncodeRows(
            TypeInformation<?> type,
            List<String> names,
            boolean ignoreNulls,
            Set<String> keyNames,
            boolean rejectFailures) {
        this.type = type;
        this.names = names;
        this.ignoreNulls = ignoreNulls;
        this.keyNames = keyNames;
        this.rejectFailures = rejectFailures;
    }

    /**
     * @param type of the elements: rows, or lists or arrays of rows
     * @param names of the rows' fields; none for those of the type
     * @param ignoreNulls leave out attributes that are null, instead of writing NULL
     * @param keyNames attributes of the primary key; none if they are not known
     * @param rejectFailures make a row that cannot be encoded a rejection, which the writer treats
     *     by its policy, instead of failing
     * @return null if the elements are no rows, or need Python to be read
     * @throws ConversionException if a row has no names or a field a type without a rule
     */
    @Nullable
    public static DataStream<byte[]> apply(
            DataStream<?> stream,
            TypeInformation<?> type,
            List<String> names,
            boolean ignoreNulls,
            List<String> keyNames,
            boolean rejectFailures)
            throws ConversionException {
        if (!RowEncoder.takes(type, names)) {
            return null;
        }
        EncodeRows operator =
                new EncodeRows(
                        type,
                        List.copyOf(names),
                        ignoreNulls,
                        Set.copyOf(new HashSet<>(keyNames)),
                        rejectFailures);
        String name = "DynamoDB encoder: JVM " + operator.newEncoder();
        @SuppressWarnings("unchecked")
        SingleOutputStreamOperator<byte[]> encoded =
                ((DataStream<Object>) stream)
                        .transform(
                                name,
                                PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO,
                                operator);
        Transformation<byte[]> transformation = encoded.getTransformation();
        // Flink 1.20 chains an operator of one's own to what follows only.
        ((PhysicalTransformation<byte[]>) transformation)
                .setChainingStrategy(ChainingStrategy.ALWAYS);
        // Another parallelism than the stream's would rebalance it and lose the order per key.
        return encoded.setParallelism(stream.getParallelism());
    }

    @Override
    public void open() throws Exception {
        super.open();
        encoder = newEncoder();
        requests = new WriteRequestWriter();
    }

    @Override
    public void processElement(StreamRecord<Object> element) throws Exception {
        requests.clear();
        Object value = element.getValue();
        if (value instanceof List || value instanceof Object[]) {
            int index = 0;
            for (Object record :
                    value instanceof List ? (List<?>) value : Arrays.asList((Object[]) value)) {
                encode(record, index++);
            }
        } else {
            encode(value, -1);
        }
        emit();
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        flush();
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        flush();
        super.finish();
    }

    private RowEncoder newEncoder() throws ConversionException {
        return RowEncoder.of(type, names, ignoreNulls, keyNames);
    }

    private void flush() {
        requests.clear();
        encoder.flush(requests);
        emit();
    }

    private void emit() {
        if (!requests.isEmpty()) {
            output.collect(new StreamRecord<>(requests.toByteArray()));
        }
    }

    /**
     * @param index of the row in its list; negative outside of a list
     */
    private void encode(@Nullable Object record, int index) throws ConversionException {
        try {
            if (record == null) {
                throw ConversionException.unsupportedType(
                        "RowElementConverter takes Row, not None; without a converter the sink"
                                + " takes elements of several classes");
            }
            encoder.encode((Row) record, requests);
        } catch (ConversionException fault) {
            ConversionException placed = index < 0 ? fault : fault.underIndex(index);
            if (!rejectFailures) {
                throw placed;
            }
            requests.drop();
            requests.appendRejected(
                    record == null ? "NoneType" : ROW,
                    placed.path(),
                    placed.code(),
                    placed.getMessage());
        }
    }
}
