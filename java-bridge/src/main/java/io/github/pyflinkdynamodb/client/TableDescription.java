package io.github.pyflinkdynamodb.client;

import io.github.pyflinkdynamodb.request.KeySchema;
import io.github.pyflinkdynamodb.request.KeyType;

import software.amazon.awssdk.protocols.jsoncore.JsonNode;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** What DescribeTable says of a table, as far as it matters here. */
public final class TableDescription {
    private final String status;
    private final String id;
    private final KeySchema keySchema;

    private TableDescription(String status, String id, KeySchema keySchema) {
        this.status = status;
        this.id = id;
        this.keySchema = keySchema;
    }

    static TableDescription read(byte[] body) throws IOException {
        JsonNode table = member(JsonNode.parser().parse(body), "Table");
        Map<String, KeyType> types = new HashMap<>();
        for (JsonNode attribute : member(table, "AttributeDefinitions").asArray()) {
            types.put(
                    member(attribute, "AttributeName").asString(),
                    KeyType.valueOf(member(attribute, "AttributeType").asString()));
        }
        String partitionKey = null;
        String sortKey = null;
        for (JsonNode key : member(table, "KeySchema").asArray()) {
            String name = member(key, "AttributeName").asString();
            if ("HASH".equals(member(key, "KeyType").asString())) {
                partitionKey = name;
            } else {
                sortKey = name;
            }
        }
        return new TableDescription(
                text(table, "TableStatus"),
                text(table, "TableId"),
                new KeySchema(partitionKey, types.get(partitionKey), sortKey, types.get(sortKey)));
    }

    /** Such as ACTIVE; empty where the service does not say. */
    public String status() {
        return status;
    }

    /** Differs from that of a later table of the same name; empty where the service has none. */
    public String id() {
        return id;
    }

    public KeySchema keySchema() {
        return keySchema;
    }

    private static JsonNode member(JsonNode json, String name) throws IOException {
        return json.field(name).orElseThrow(() -> new IOException("no member " + name));
    }

    private static String text(JsonNode json, String name) {
        return json.field(name).filter(JsonNode::isString).map(JsonNode::asString).orElse("");
    }
}
