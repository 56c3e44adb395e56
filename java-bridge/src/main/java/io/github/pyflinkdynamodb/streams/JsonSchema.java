package io.github.pyflinkdynamodb.streams;

import io.github.pyflinkdynamodb.request.StreamRecord;

import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;

import java.util.List;

import javax.annotation.Nullable;

/** The record's own JSON, as the service wrote it. */
final class JsonSchema implements StreamRecordSchema<String> {
    private static final long serialVersionUID = 1L;

    @Override
    @Nullable
    public String problem(String viewType, List<String> keyNames) {
        return null;
    }

    @Override
    public void deserialize(StreamRecord record, Collector<String> out) {
        out.collect(record.text());
    }

    @Override
    public TypeInformation<String> getProducedType() {
        return BasicTypeInfo.STRING_TYPE_INFO;
    }
}
