package io.github.pyflinkdynamodb.bench;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.RowTypeInfo;

/** The rows that the streams' records become, as {@code stream_endpoint.py} writes them. */
final class StreamRows {
    static final String[] NAMES = {"pk", "written", "customer", "quantity", "paid"};

    /** The place of the time at which a record was written. */
    static final int WRITTEN = 1;

    static final RowTypeInfo TYPE =
            new RowTypeInfo(
                    new TypeInformation<?>[] {
                        Types.STRING, Types.LONG, Types.STRING, Types.INT, Types.BOOLEAN
                    },
                    NAMES);

    private StreamRows() {}
}
