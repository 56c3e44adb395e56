package io.github.pyflinkdynamodb.bench;

import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.core.io.InputStatus;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** Flink's source of numbers behind a {@link Gate}. Both sides of every comparison use it. */
public final class GatedSequence extends NumberSequenceSource {
    private static final long serialVersionUID = 1L;

    private final String folder;

    /**
     * @param folder of the gate
     */
    public GatedSequence(long from, long to, String folder) {
        super(from, to);
        this.folder = folder;
    }

    @Override
    public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
        return new Reader(super.createReader(context), Gate.at(folder));
    }

    private static final class Reader implements SourceReader<Long, NumberSequenceSplit> {
        private final SourceReader<Long, NumberSequenceSplit> numbers;
        private final Gate gate;
        private final AtomicLong counter;
        private long count;

        private Reader(SourceReader<Long, NumberSequenceSplit> numbers, Gate gate) {
            this.numbers = numbers;
            this.gate = gate;
            this.counter = gate.counter();
        }

        @Override
        public void start() {
            numbers.start();
        }

        @Override
        public InputStatus pollNext(ReaderOutput<Long> output) throws Exception {
            if (!gate.isOpen()) {
                return InputStatus.NOTHING_AVAILABLE;
            }
            InputStatus status = numbers.pollNext(output);
            if (status == InputStatus.MORE_AVAILABLE) {
                counter.lazySet(++count);
            }
            return status;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return gate.isOpen() ? numbers.isAvailable() : gate.opened();
        }

        @Override
        public List<NumberSequenceSplit> snapshotState(long checkpointId) {
            return numbers.snapshotState(checkpointId);
        }

        @Override
        public void addSplits(List<NumberSequenceSplit> splits) {
            numbers.addSplits(splits);
        }

        @Override
        public void notifyNoMoreSplits() {
            numbers.notifyNoMoreSplits();
        }

        @Override
        public void close() throws Exception {
            numbers.close();
        }
    }
}
