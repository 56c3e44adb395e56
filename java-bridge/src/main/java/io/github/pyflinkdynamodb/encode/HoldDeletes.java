package io.github.pyflinkdynamodb.encode;

import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.transformations.PhysicalTransformation;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Holds back the delete of an update's old key until Python's encoder has seen the next record.
 *
 * <p>Behind the encoder because a function in Python is not told of a checkpoint, in front of which
 * the delete has to be sent on; see {@link EncodeRows} for why it is not kept in state.
 */
public final class HoldDeletes extends AbstractStreamOperator<byte[]>
        implements OneInputStreamOperator<byte[], byte[]> {

    private static final long serialVersionUID = 1L;

    private transient HeldDelete delete;

    private HoldDeletes() {}

    /**
     * @param requests of Python's encoder
     */
    public static DataStream<byte[]> apply(DataStream<byte[]> requests) {
        SingleOutputStreamOperator<byte[]> passed =
                requests.transform(
                        "DynamoDB: deletes of old keys",
                        WriteRequestsType.INSTANCE,
                        new HoldDeletes());
        Transformation<byte[]> transformation = passed.getTransformation();
        // Flink 1.20 chains an operator of one's own to what follows only.
        ((PhysicalTransformation<byte[]>) transformation)
                .setChainingStrategy(ChainingStrategy.ALWAYS);
        // Another parallelism than the encoder's would part the two halves of an update.
        return passed.setParallelism(requests.getParallelism());
    }

    @Override
    public void open() throws Exception {
        super.open();
        delete = new HeldDelete();
    }

    @Override
    public void processElement(StreamRecord<byte[]> element) {
        emit(delete.next(element.getValue()));
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        emit(delete.flush());
        super.prepareSnapshotPreBarrier(checkpointId);
    }

    @Override
    public void finish() throws Exception {
        emit(delete.flush());
        super.finish();
    }

    private void emit(byte[] requests) {
        if (requests.length > 0) {
            output.collect(new StreamRecord<>(requests));
        }
    }
}
