package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.Collector;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;

import java.io.IOException;
import java.util.List;

import javax.annotation.Nullable;

/** Any schema of Flink's, on the UTF-8 bytes of the record's JSON. Metrics of its own are lost. */
final class FlinkSchema<T> implements StreamRecordSchema<T> {
    private static final long serialVersionUID = 1L;

    private final DeserializationSchema<T> schema;

    FlinkSchema(DeserializationSchema<T> schema) {
        this.schema = schema;
    }

    @Override
    public void open() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        UserCodeClassLoader userCode = SimpleUserCodeClassLoader.create(loader);
        try {
            schema.open(
                    new DeserializationSchema.InitializationContext() {
                        @Override
                        public MetricGroup getMetricGroup() {
                            return new UnregisteredMetricsGroup();
                        }

                        @Override
                        public UserCodeClassLoader getUserCodeClassLoader() {
                            return userCode;
                        }
                    });
        } catch (Exception e) {
            throw new FlinkRuntimeException(
                    "The deserialization schema " + schema.getClass().getName() + " did not open",
                    e);
        }
    }

    @Override
    @Nullable
    public String problem(String viewType, List<String> keyNames) {
        return null;
    }

    @Override
    public void deserialize(StreamRecord record, Collector<T> out) throws IOException {
        schema.deserialize(record.toByteArray(), out);
    }

    @Override
    public TypeInformation<T> getProducedType() {
        return schema.getProducedType();
    }
}
