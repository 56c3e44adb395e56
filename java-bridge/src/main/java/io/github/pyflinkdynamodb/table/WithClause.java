package io.github.pyflinkdynamodb.table;

import io.github.pyflinkdynamodb.client.ClientSettings;
import io.github.pyflinkdynamodb.client.NearestName;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.ValidationException;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A table's WITH clause: the connector's own options, and properties of the client. */
final class WithClause {
    private static final String CREDENTIALS = "aws.credentials.";
    private static final String CREDENTIALS_PROVIDER = "aws.credentials.provider";

    private final Configuration options;
    private final TreeMap<String, String> clientProperties;

    private WithClause(Configuration options, TreeMap<String, String> clientProperties) {
        this.options = options;
        this.clientProperties = clientProperties;
    }

    /**
     * Reads a clause.
     *
     * @param own options of the connector
     * @param clientNames option name in SQL to property of the client
     * @param problems receives what is misspelt, given twice or cannot be read, and no value of a
     *     client property
     */
    static WithClause of(
            Map<String, String> given,
            Collection<ConfigOption<?>> own,
            Map<String, String> clientNames,
            List<String> problems) {
        TreeMap<String, String> client = new TreeMap<>();
        Map<String, ConfigOption<?>> ownNames = new TreeMap<>();
        own.forEach(option -> ownNames.put(option.key(), option));
        Set<String> known = new TreeSet<>(clientNames.keySet());
        known.addAll(ownNames.keySet());
        Configuration options = Configuration.fromMap(given);
        for (Map.Entry<String, String> entry : new TreeMap<>(given).entrySet()) {
            String name = entry.getKey();
            if (clientNames.containsKey(name)) {
                if (client.put(clientNames.get(name), entry.getValue()) != null) {
                    problems.add("'" + name + "' is given twice, under two names; give it once");
                }
            } else if (!ownNames.containsKey(name)) {
                problems.add(
                        "there is no option '"
                                + name
                                + "'; did you mean '"
                                + NearestName.of(name, known)
                                + "'?");
            } else {
                parse(options, ownNames.get(name), problems);
            }
        }
        return new WithClause(options, client);
    }

    Configuration options() {
        return options;
    }

    /** By the names that the client knows them under. */
    TreeMap<String, String> clientProperties() {
        return clientProperties;
    }

    /** Option name in SQL to property of the client; some have two names. */
    static Map<String, String> clientPropertyNames() {
        Map<String, String> names = new TreeMap<>();
        for (String property : ClientSettings.knownProperties()) {
            names.put(property, property);
            // The Java connector leaves "provider." out in SQL.
            if (property.startsWith(CREDENTIALS_PROVIDER + ".")) {
                names.put(
                        CREDENTIALS + property.substring(CREDENTIALS_PROVIDER.length() + 1),
                        property);
            }
        }
        return names;
    }

    /**
     * Throws if there is a problem.
     *
     * @param table its name in SQL
     */
    static void refuse(String table, String connector, List<String> problems) {
        if (!problems.isEmpty()) {
            throw new ValidationException(
                    "Table '"
                            + table
                            + "' cannot be used with the connector "
                            + connector
                            + ":\n  - "
                            + String.join("\n  - ", problems));
        }
    }

    private static void parse(
            Configuration options, ConfigOption<?> option, List<String> problems) {
        try {
            options.getOptional(option);
        } catch (IllegalArgumentException e) {
            Throwable reason = e.getCause() == null ? e : e.getCause();
            problems.add("'" + option.key() + "' cannot be read: " + reason.getMessage());
        }
    }
}
