package io.github.pyflinkdynamodb.sink;

import java.util.List;

/** What a checkpoint holds of one writer: the write requests that are not confirmed yet. */
final class WriterState {

    private final String tableName;
    private final List<byte[]> requests;

    /**
     * @param tableName the table the requests are meant for
     * @param requests encoded write requests in order of arrival
     */
    WriterState(String tableName, List<byte[]> requests) {
        this.tableName = tableName;
        this.requests = requests;
    }

    String tableName() {
        return tableName;
    }

    List<byte[]> requests() {
        return requests;
    }
}
