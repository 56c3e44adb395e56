package io.github.pyflinkdynamodb.source;

import io.github.pyflinkdynamodb.request.JsonQuote;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import javax.annotation.Nullable;

/** Writes the bodies of Scan and Query calls. */
public final class ScanRequest {
    /** Longest expression (developer guide, service quotas). */
    private static final int MAX_EXPRESSION_BYTES = 4096;

    private final ScanOptions options;
    private final List<String> attributes;

    /**
     * @param attributes what is wanted of each item, at least one
     */
    ScanRequest(ScanOptions options, List<String> attributes) {
        this.options = options;
        this.attributes = attributes;
    }

    /**
     * @param limit most items in the page; 0 for as many as fit into 1 MB
     */
    String body(ScanSplit split, @Nullable String startKey, int limit) {
        StringBuilder body = new StringBuilder("{\"TableName\":");
        body.append(JsonQuote.of(options.table()));
        StringBuilder names = new StringBuilder();
        if (split.isQuery()) {
            StringBuilder condition = new StringBuilder();
            StringBuilder values = new StringBuilder();
            int index = 0;
            for (Map.Entry<String, String> attribute : split.key().entrySet()) {
                String placeholder = "k" + index++;
                condition.append(condition.length() == 0 ? "" : " AND ");
                condition.append('#').append(placeholder).append(" = :").append(placeholder);
                member(names, "#" + placeholder, JsonQuote.of(attribute.getKey()));
                member(values, ":" + placeholder, attribute.getValue());
            }
            body.append(",\"KeyConditionExpression\":\"").append(condition).append('"');
            body.append(",\"ExpressionAttributeValues\":{").append(values).append('}');
        } else {
            body.append(",\"Segment\":").append(split.segment());
            body.append(",\"TotalSegments\":").append(split.totalSegments());
        }
        body.append(projection(attributes, names));
        if (names.length() > 0) {
            body.append(",\"ExpressionAttributeNames\":{").append(names).append('}');
        }
        if (options.consistentRead) {
            body.append(",\"ConsistentRead\":true");
        }
        if (limit > 0) {
            body.append(",\"Limit\":").append(limit);
        }
        if (startKey != null) {
            body.append(",\"ExclusiveStartKey\":").append(startKey);
        }
        return body.append('}').toString();
    }

    /**
     * Members of a call's JSON that ask for some attributes only, each behind a comma; empty where
     * they are too many for one expression. Every name has a placeholder, for it may be one of
     * DynamoDB's reserved words.
     */
    public static String projection(List<String> attributes) {
        StringBuilder names = new StringBuilder();
        String projection = projection(attributes, names);
        return projection.isEmpty()
                ? ""
                : projection + ",\"ExpressionAttributeNames\":{" + names + "}";
    }

    private static String projection(List<String> attributes, StringBuilder names) {
        StringBuilder expression = new StringBuilder();
        StringBuilder added = new StringBuilder();
        for (int index = 0; index < attributes.size(); index++) {
            String placeholder = "#a" + index;
            expression.append(index == 0 ? "" : ",").append(placeholder);
            member(added, placeholder, JsonQuote.of(attributes.get(index)));
        }
        if (expression.toString().getBytes(StandardCharsets.UTF_8).length > MAX_EXPRESSION_BYTES) {
            return "";
        }
        names.append(names.length() == 0 ? "" : ",").append(added);
        return ",\"ProjectionExpression\":\"" + expression + "\"";
    }

    private static void member(StringBuilder json, String name, String value) {
        json.append(json.length() == 0 ? "" : ",");
        json.append('"').append(name).append("\":").append(value);
    }
}
