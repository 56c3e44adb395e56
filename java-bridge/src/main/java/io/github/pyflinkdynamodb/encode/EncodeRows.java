package io.github.pyflinkdynamodb.encode;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.transformations.OneInputTransformation;
import org.apache.flink.streaming.api.transformations.PhysicalTransformation;
import org.apache.flink.streaming.api.transformations.TwoInputTransformation;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

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

    private static final String PYTHON_OPERATORS =
            "org.apache.flink.streaming.api.operators.python.";

    /** In flink-python, of which nothing else is needed here. */
    private static final String PYTHON_THREAD_OPERATORS =
            "org.apache.flink.streaming.api.operators.python.embedded.";

    private final TypeInformation<?> type;
    private final List<String> names;
    private final boolean ignoreNulls;
    private final Set<String> keyNames;
    private final boolean rejectFailures;

    private transient RowEncoder encoder;
    private transient StreamRecord<byte[]> record;

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
     * @return null if the elements are no rows, or Python is needed to read them
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
        // A Python function in this JVM's threads leaves its rows as Python's values became Java's,
        // which need not be what their type declares; as long as they do not leave Python that is
        // no matter.
        if (isMadeBy(PYTHON_THREAD_OPERATORS, stream.getTransformation())) {
            return null;
        }
        boolean madeByPython = isMadeBy(PYTHON_OPERATORS, stream.getTransformation());
        if (!RowEncoder.takes(type, names, madeByPython)) {
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
                ((DataStream<Object>) stream).transform(name, WriteRequestsType.INSTANCE, operator);
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
        record = new StreamRecord<>(null);
    }

    @Override
    public void processElement(StreamRecord<Object> element) throws Exception {
        emit(encoder.encode(element.getValue()));
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        emit(encoder.flush());
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        emit(encoder.flush());
        super.finish();
    }

    /** Whether the elements come straight from an operator of a package. */
    private static boolean isMadeBy(String operators, Transformation<?> transformation) {
        StreamOperatorFactory<?> factory = null;
        if (transformation instanceof OneInputTransformation) {
            factory = ((OneInputTransformation<?, ?>) transformation).getOperatorFactory();
        } else if (transformation instanceof TwoInputTransformation) {
            factory = ((TwoInputTransformation<?, ?, ?>) transformation).getOperatorFactory();
        }
        if (factory != null) {
            Class<?> operator = factory.getStreamOperatorClass(EncodeRows.class.getClassLoader());
            return operator.getName().startsWith(operators);
        }
        // A union, or a stream that is only dealt out otherwise.
        return transformation.getInputs().stream().anyMatch(each -> isMadeBy(operators, each));
    }

    private RowEncoder newEncoder() throws ConversionException {
        return RowEncoder.of(type, names, ignoreNulls, keyNames, rejectFailures);
    }

    private void emit(byte[] requests) {
        if (requests.length > 0) {
            output.collect(record.replace(requests));
        }
    }
}
