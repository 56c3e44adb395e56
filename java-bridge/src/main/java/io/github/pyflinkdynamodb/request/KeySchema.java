package io.github.pyflinkdynamodb.request;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;

import javax.annotation.Nullable;

/**
 * Primary key of a table: the partition key, the sort key where there is one, and their types.
 *
 * <p>A type is null when only the names are known (a role that may not describe the table). Any
 * type that a key can have is then accepted.
 */
public final class KeySchema implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String partitionKey;
    @Nullable private final KeyType partitionType;
    @Nullable private final String sortKey;
    @Nullable private final KeyType sortType;

    public KeySchema(
            String partitionKey,
            @Nullable KeyType partitionType,
            @Nullable String sortKey,
            @Nullable KeyType sortType) {
        if (partitionKey == null || partitionKey.isEmpty()) {
            throw new IllegalArgumentException(
                    "A key schema needs the name of a partition key; give it.");
        }
        if (sortKey != null && sortKey.isEmpty()) {
            throw new IllegalArgumentException(
                    "The sort key has an empty name; give its name, or leave it out.");
        }
        if (partitionKey.equals(sortKey)) {
            throw new IllegalArgumentException(
                    "Partition key and sort key are both named " + partitionKey + ".");
        }
        if (sortKey == null && sortType != null) {
            throw new IllegalArgumentException("A type is given for a sort key without a name.");
        }
        this.partitionKey = partitionKey;
        this.partitionType = partitionType;
        this.sortKey = sortKey;
        this.sortType = sortType;
    }

    public String partitionKey() {
        return partitionKey;
    }

    @Nullable
    public KeyType partitionType() {
        return partitionType;
    }

    @Nullable
    public String sortKey() {
        return sortKey;
    }

    @Nullable
    public KeyType sortType() {
        return sortType;
    }

    /** Names of the key attributes, partition key first. */
    public List<String> names() {
        return sortKey == null ? List.of(partitionKey) : List.of(partitionKey, sortKey);
    }

    /** The same attributes, partition key and sort key exchanged where there are both. */
    public KeySchema swapped() {
        return sortKey == null
                ? this
                : new KeySchema(sortKey, sortType, partitionKey, partitionType);
    }

    /**
     * Whether a table of this key has the names that were declared, and the types as far as any.
     */
    public boolean isAsDeclared(KeySchema declared) {
        return names().equals(declared.names())
                && (declared.partitionType == null || declared.partitionType == partitionType)
                && (declared.sortType == null || declared.sortType == sortType);
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof KeySchema)) {
            return false;
        }
        KeySchema that = (KeySchema) other;
        return partitionKey.equals(that.partitionKey)
                && partitionType == that.partitionType
                && Objects.equals(sortKey, that.sortKey)
                && sortType == that.sortType;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                partitionKey, String.valueOf(partitionType), sortKey, String.valueOf(sortType));
    }

    @Override
    public String toString() {
        String partition = partitionKey + " (" + typeText(partitionType) + ")";
        return sortKey == null
                ? partition
                : partition + ", " + sortKey + " (" + typeText(sortType) + ")";
    }

    private static String typeText(@Nullable KeyType type) {
        return type == null ? "type not known" : type.name();
    }
}
