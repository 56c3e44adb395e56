package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.util.Collector;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;

import javax.annotation.Nullable;

/** What becomes of a stream's records. Used by one reader, on the task's thread. */
public interface StreamRecordSchema<T> extends Serializable, ResultTypeQueryable<T> {

    /** Called before anything else, where the records are read. */
    default void open() {}

    /**
     * Says, before the first record, what is wrong with a stream for this schema.
     *
     * @param viewType KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES
     * @param keyNames of the table, partition key first
     * @return what the stream lacks and the remedy, in a sentence; null if it will do
     */
    @Nullable
    String problem(String viewType, List<String> keyNames);

    /**
     * Gives what a record stands for: any number of elements, in order.
     *
     * @throws IOException naming what does not fit, without a value
     */
    void deserialize(StreamRecord record, Collector<T> out) throws IOException;

    @Override
    TypeInformation<T> getProducedType();
}
