package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

import javax.annotation.Nullable;

/**
 * Pickles which Python unpickles by a function of the record's JSON: what stands before the JSON
 * and behind it is Python's, and the same for every record. So no operator of ours is needed there.
 */
final class PythonSchema implements StreamRecordSchema<byte[]> {
    private static final long serialVersionUID = 1L;

    /**
     * Of flink-python, which every PyFlink job has on its class path and nothing else of it is
     * needed here.
     */
    private static final String PICKLED =
            "org.apache.flink.streaming.api.typeinfo.python.PickledByteArrayTypeInfo";

    /** Pickle's BINBYTES: a length of four bytes, and so many bytes. Source: pickletools. */
    private static final byte BINBYTES = 'B';

    private final byte[] prefix;
    private final byte[] suffix;
    private final boolean newImageOnly;
    private final TypeInformation<byte[]> type;

    PythonSchema(byte[] prefix, byte[] suffix, boolean newImageOnly, TypeInformation<byte[]> type) {
        this.prefix = prefix.clone();
        this.suffix = suffix.clone();
        this.newImageOnly = newImageOnly;
        this.type = type;
    }

    /**
     * @param prefix of each pickle, before the JSON as bytes
     * @param newImageOnly leave records out that remove an item
     * @throws IllegalStateException if PyFlink's classes are not on the class path
     */
    static PythonSchema of(byte[] prefix, byte[] suffix, boolean newImageOnly) {
        return new PythonSchema(prefix, suffix, newImageOnly, pickledType());
    }

    @Override
    @Nullable
    public String problem(String viewType, List<String> keyNames) {
        if (newImageOnly && !ViewTypes.hasNewImage(viewType)) {
            return "its view type is "
                    + viewType
                    + ", so that there are no new images to read; have a stream of view type"
                    + " NEW_IMAGE or NEW_AND_OLD_IMAGES, or use a schema of whole records";
        }
        return null;
    }

    @Override
    public void deserialize(StreamRecord record, Collector<byte[]> out)
            throws StreamsSourceException {
        if (newImageOnly && record.newImageStart() < 0) {
            if (record.eventName().equals("REMOVE")) {
                return;
            }
            throw new StreamsSourceException(
                    "Record "
                            + record.sequenceNumber()
                            + " of the stream has no new image; have a stream of view type"
                            + " NEW_IMAGE or NEW_AND_OLD_IMAGES");
        }
        out.collect(
                ByteBuffer.allocate(
                                prefix.length + 1 + Integer.BYTES + record.length() + suffix.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put(prefix)
                        .put(BINBYTES)
                        .putInt(record.length())
                        .put(record.buffer(), record.start(), record.length())
                        .put(suffix)
                        .array());
    }

    @Override
    public TypeInformation<byte[]> getProducedType() {
        return type;
    }

    private static TypeInformation<byte[]> pickledType() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try {
            Object found =
                    Class.forName(PICKLED, true, loader)
                            .getField("PICKLED_BYTE_ARRAY_TYPE_INFO")
                            .get(null);
            @SuppressWarnings("unchecked")
            TypeInformation<byte[]> type = (TypeInformation<byte[]>) found;
            return type;
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IllegalStateException(
                    "Elements for Python need "
                            + PICKLED
                            + ", which is in PyFlink's flink-python jar and not on this class path;"
                            + " start the job with PyFlink, or use a schema of rows or text",
                    e);
        }
    }
}
