package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.bench.Requests;
import io.github.pyflinkdynamodb.request.EncodedWriteRequest;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** How much heap 10,000 buffered records hold, their own bytes included. */
public final class BufferedHeap {
    private static final int RECORDS = 10_000;
    private static final int BUFFERS = 20;

    private BufferedHeap() {}

    public static void main(String[] arguments) throws Exception {
        fill(); // loads the classes
        List<WriteBuffer> buffers = new ArrayList<>();
        long before = heapInUse();
        for (int i = 0; i < BUFFERS; i++) {
            buffers.add(fill());
        }
        long held = (heapInUse() - before) / BUFFERS;
        long wire = buffers.get(0).heldBytes();
        System.out.println(
                "{\"records\":"
                        + RECORDS
                        + ",\"heap_bytes\":"
                        + held
                        + ",\"wire_bytes\":"
                        + wire
                        + "}");
    }

    private static WriteBuffer fill() throws Exception {
        WriteBuffer buffer = new WriteBuffer(false, 25, 1 << 24, RECORDS, Long.MAX_VALUE, 5_000);
        for (EncodedWriteRequest request : Requests.flat(RECORDS)) {
            buffer.add(request, 0);
        }
        return buffer;
    }

    private static long heapInUse() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
