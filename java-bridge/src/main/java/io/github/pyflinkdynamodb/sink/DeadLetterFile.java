package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.request.JsonQuote;
import io.github.pyflinkdynamodb.request.RejectedRequest;

import org.apache.flink.core.fs.FSDataOutputStream;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

/**
 * Rejected records as JSON lines, in files of Flink's file systems.
 *
 * <p>Lines gather in memory and become a file at each checkpoint, at the end of input, and when
 * they reach {@link #MAX_PENDING_BYTES}. A file is written under a hidden name and renamed when
 * complete, so whoever lists the directory never sees half a line. What was in memory at a crash
 * belongs to records after the last checkpoint; they come again and are rejected again.
 */
final class DeadLetterFile {

    static final int MAX_PENDING_BYTES = 1024 * 1024;

    private final Path directory;
    private final String tableName;
    private final String prefix;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private int files;

    /**
     * @param directory URI of the directory; it is made when it is not there
     * @param subtask index of the writer, for people who look at the names
     */
    DeadLetterFile(String directory, String tableName, int subtask) {
        this.directory = new Path(directory);
        this.tableName = tableName;
        // Of a table's ARN only the name is fit for a file.
        String name = tableName.substring(tableName.lastIndexOf('/') + 1);
        // The random part keeps a restarted writer from meeting the files of the one before it.
        this.prefix = name + "-" + subtask + "-" + UUID.randomUUID();
    }

    void add(RejectedRequest rejected) throws IOException {
        write("{\"request\":");
        pending.write(rejected.request());
        write(",\"error_code\":" + JsonQuote.of(rejected.errorCode()));
        write(",\"error_message\":" + JsonQuote.of(rejected.errorMessage()));
        write(",\"table\":" + JsonQuote.of(tableName));
        write(",\"time\":" + JsonQuote.of(Instant.now().toString()) + "}\n");
        if (pending.size() >= MAX_PENDING_BYTES) {
            persist();
        }
    }

    /** Returns when every line added so far is in a complete file. */
    void persist() throws IOException {
        if (pending.size() == 0) {
            return;
        }
        String name = prefix + "-" + files + ".jsonl";
        Path inProgress = new Path(directory, "." + name + ".inprogress");
        Path complete = new Path(directory, name);
        FileSystem fileSystem = directory.getFileSystem();
        fileSystem.mkdirs(directory);
        try (FSDataOutputStream out =
                fileSystem.create(inProgress, FileSystem.WriteMode.OVERWRITE)) {
            pending.writeTo(out);
        }
        if (!fileSystem.rename(inProgress, complete)) {
            throw new IOException("Dead letters: cannot rename " + inProgress + " to " + complete);
        }
        files++;
        pending.reset();
    }

    private void write(String text) throws IOException {
        pending.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
