package io.github.pyflinkdynamodb.sink;

import io.github.pyflinkdynamodb.client.ServiceFailure;
import io.github.pyflinkdynamodb.client.TableClient;
import io.github.pyflinkdynamodb.client.TableDescription;
import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;
import io.github.pyflinkdynamodb.sink.SinkOptions.InitMode;

import org.apache.flink.api.dag.Transformation;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.transformations.SinkTransformation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Creates or replaces the table as the init mode says, before the job is submitted.
 *
 * <p>It runs in the program that builds the job's graph, which Flink does not run again when the
 * job restarts. Where it may be run again it refuses to replace. In one graph a table is replaced
 * once, however many sinks ask for it.
 */
final class TableInitializer {

    private static final Logger LOG = LoggerFactory.getLogger(TableInitializer.class);

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
    private static final long FIRST_PAUSE_MS = 50;
    private static final long LONGEST_PAUSE_MS = 2_000;

    private static final ConfigOption<String> RESTORED_FROM =
            ConfigOptions.key("execution.state-recovery.path")
                    .stringType()
                    .noDefaultValue()
                    .withDeprecatedKeys("execution.savepoint.path");

    /**
     * The target where the program itself runs in the cluster, which starts it anew with itself.
     */
    private static final String APPLICATION_MODE = "embedded";

    private final SinkOptions options;
    private final List<String> keyTypes;
    private final Duration longestWait;

    /**
     * @param keyTypes S, N or B by the declared key attributes, as found in the stream's type; null
     *     where not
     */
    TableInitializer(SinkOptions options, List<String> keyTypes) {
        this(options, keyTypes, LONGEST_WAIT);
    }

    TableInitializer(SinkOptions options, List<String> keyTypes, Duration longestWait) {
        this.options = options;
        this.keyTypes = keyTypes;
        this.longestWait = longestWait;
    }

    void prepare(StreamExecutionEnvironment environment) throws IOException {
        if (options.initMode == InitMode.DEFAULT) {
            return;
        }
        boolean replace = false;
        if (options.initMode == InitMode.REPLACE) {
            refuseWhereRepeated(environment.getConfiguration());
            replace = !isReplacedBy(environment);
        }
        try (TableClient client = TableClient.open(options.client, options.requestTimeoutMs)) {
            prepare(client, replace);
        }
    }

    void prepare(TableClient client, boolean replace) throws IOException {
        Pauses pauses = new Pauses(client);
        try {
            if (replace) {
                delete(client, pauses);
            }
            ensure(client, pauses);
        } catch (ServiceFailure failure) {
            throw explained(failure);
        }
    }

    /** Returns when the table that was there is gone. */
    private void delete(TableClient client, Pauses pauses) throws IOException {
        Optional<TableDescription> old = client.find(options.tableName);
        if (old.isEmpty()) {
            return;
        }
        // Before anything is lost.
        typedSchema();
        boolean deleting = false;
        Optional<TableDescription> found = old;
        while (found.isPresent() && found.get().id().equals(old.get().id())) {
            if (!deleting) {
                deleting = askForDeletion(client);
            }
            pauses.pause(found.get().status());
            found = client.find(options.tableName);
        }
        LOG.info("Deleted table {} ({}) to replace it.", options.tableName, client.where());
    }

    /** False while another operation on the table must end first. */
    private boolean askForDeletion(TableClient client) throws ServiceFailure {
        try {
            client.delete(options.tableName);
            return true;
        } catch (ServiceFailure failure) {
            if ("ResourceNotFoundException".equals(failure.code())) {
                return true;
            }
            if ("ResourceInUseException".equals(failure.code())) {
                return false;
            }
            throw failure;
        }
    }

    /** Returns when there is a table of the declared key that can be written to. */
    private void ensure(TableClient client, Pauses pauses) throws IOException {
        while (true) {
            Optional<TableDescription> found = client.find(options.tableName);
            String status = found.map(TableDescription::status).orElse("not there yet");
            if (found.isEmpty()) {
                create(client);
            } else if (!"DELETING".equals(status)) {
                TableKeys.difference(options, schema(), found.get().keySchema())
                        .ifPresent(
                                difference -> {
                                    throw new IllegalArgumentException(difference);
                                });
                if (!"CREATING".equals(status)) {
                    requireUsable(client, status);
                    return;
                }
            }
            pauses.pause(status);
        }
    }

    private void create(TableClient client) throws ServiceFailure {
        KeySchema typed = typedSchema();
        try {
            client.create(options.tableName, typed, options.provisionedThroughput());
            LOG.info(
                    "Created table {} with the key {} ({}).",
                    options.tableName,
                    typed,
                    client.where());
        } catch (ServiceFailure failure) {
            // Another program was faster, or an earlier attempt of this call after all.
            if (!"ResourceInUseException".equals(failure.code())) {
                throw failure;
            }
        }
    }

    private void requireUsable(TableClient client, String status) throws DynamoDbSinkException {
        if (!status.isEmpty() && !"ACTIVE".equals(status) && !"UPDATING".equals(status)) {
            throw new DynamoDbSinkException(
                    "Table '"
                            + options.tableName
                            + "' is "
                            + status
                            + " ("
                            + client.where()
                            + ") and cannot be written to. Make it ACTIVE, or name another table.");
        }
    }

    /** The declared key, with the types of the stream where none were declared. */
    private KeySchema schema() {
        KeySchema declared = options.keySchema;
        KeyType partitionType = declared.partitionType();
        KeyType sortType = declared.sortType();
        return new KeySchema(
                declared.partitionKey(),
                partitionType == null ? found(0) : partitionType,
                declared.sortKey(),
                declared.sortKey() == null || sortType != null ? sortType : found(1));
    }

    private KeyType found(int index) {
        String type = keyTypes.get(index);
        return type == null ? null : KeyType.valueOf(type);
    }

    private KeySchema typedSchema() {
        KeySchema schema = schema();
        String untyped =
                schema.partitionType() == null
                        ? schema.partitionKey()
                        : schema.sortKey() != null && schema.sortType() == null
                                ? schema.sortKey()
                                : null;
        if (untyped != null) {
            throw new IllegalArgumentException(
                    "Table '"
                            + options.tableName
                            + "' is to be created, and the type of its key attribute '"
                            + untyped
                            + "' is neither declared nor known from the stream's type. Declare it"
                            + " beside the name: ('"
                            + untyped
                            + "', 'S') for text, 'N' for numbers, 'B' for bytes; or give a row type"
                            + " (Types.ROW_NAMED) or a DataclassElementConverter.");
        }
        return schema;
    }

    private static void refuseWhereRepeated(ReadableConfig configuration) {
        String remedy =
                " Use create_if_not_exists, or delete the table by hand before you start the job.";
        if (configuration.getOptional(RESTORED_FROM).isPresent()) {
            throw new IllegalArgumentException(
                    "init_mode replace would empty the table, and the job is to go on from a"
                            + " savepoint or checkpoint (execution.state-recovery.path or"
                            + " execution.savepoint.path is set): what was written before it would"
                            + " be lost."
                            + remedy);
        }
        if (configuration
                .getOptional(DeploymentOptions.TARGET)
                .filter(APPLICATION_MODE::equals)
                .isPresent()) {
            throw new IllegalArgumentException(
                    "init_mode replace cannot be used in application mode: the cluster runs the"
                            + " program again whenever its job manager restarts, and each time the"
                            + " table would be emptied."
                            + remedy);
        }
    }

    /** Whether another sink of the same graph has replaced the table. */
    private boolean isReplacedBy(StreamExecutionEnvironment environment) {
        for (Transformation<?> transformation : environment.getTransformations()) {
            if (transformation instanceof SinkTransformation) {
                Object sink = ((SinkTransformation<?, ?>) transformation).getSink();
                if (sink instanceof DynamoDbSink && ((DynamoDbSink) sink).hasReplaced(options)) {
                    return true;
                }
            }
        }
        return false;
    }

    private IOException explained(ServiceFailure failure) {
        if (!failure.code().startsWith("AccessDenied")) {
            return new DynamoDbSinkException(failure.getMessage(), failure);
        }
        return new DynamoDbSinkException(
                failure.getMessage()
                        + ". With "
                        + options.called("init_mode")
                        + " "
                        + options.initMode.name().toLowerCase(Locale.ROOT)
                        + " the program that builds the job needs dynamodb:DescribeTable"
                        + (options.initMode == InitMode.REPLACE
                                ? ", dynamodb:CreateTable and dynamodb:DeleteTable"
                                : " and dynamodb:CreateTable")
                        + " on the table. Allow them, or create the table yourself and leave "
                        + options.called("init_mode")
                        + " at default.",
                failure);
    }

    /** Waits for the service a little longer each time, until it has been long enough. */
    private final class Pauses {
        private final TableClient client;
        private final long deadline = System.nanoTime() + longestWait.toNanos();
        private long pauseMs = FIRST_PAUSE_MS;

        Pauses(TableClient client) {
            this.client = client;
        }

        void pause(String status) throws IOException {
            if (System.nanoTime() - deadline >= 0) {
                throw new DynamoDbSinkException(
                        "Table '"
                                + options.tableName
                                + "' is still "
                                + status
                                + " after "
                                + longestWait.toSeconds()
                                + " s ("
                                + client.where()
                                + "). Wait until it is ACTIVE, or gone, and start the job again.");
            }
            try {
                Thread.sleep(pauseMs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException(
                        "Interrupted while table '" + options.tableName + "' was " + status + ".");
            }
            pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        }
    }
}
