package io.github.pyflinkdynamodb.request;

import io.github.pyflinkdynamodb.request.JsonTree.Members;
import io.github.pyflinkdynamodb.request.JsonTree.Unacceptable;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** DynamoDB's rules for one write request, written for clarity, over a tree. */
final class NaiveModel {
    final boolean isDelete;
    final List<Object> key = new ArrayList<>();
    long size;

    private NaiveModel(boolean isDelete) {
        this.isDelete = isDelete;
    }

    /** What a put or delete request means; an exception if it is to be rejected. */
    static NaiveModel judge(Object request, KeySchema schema, long maxItemSize)
            throws Unacceptable {
        Unacceptable.unless(request instanceof Members && ((Members) request).size() == 1);
        boolean isDelete = ((Members) request).get(0).getKey().equals("DeleteRequest");
        Object inner = ((Members) request).only(isDelete ? "DeleteRequest" : "PutRequest");
        Unacceptable.unless(inner instanceof Members);
        Object attributes = ((Members) inner).only(isDelete ? "Key" : "Item");
        Unacceptable.unless(attributes instanceof Members);
        NaiveModel model = new NaiveModel(isDelete);
        Map<String, Object> values = new HashMap<>();
        for (Map.Entry<String, Object> attribute : (Members) attributes) {
            boolean isKey = schema.names().contains(attribute.getKey());
            if (isDelete && !isKey) {
                continue;
            }
            int name = nameSize(attribute.getKey());
            Unacceptable.unless(values.put(attribute.getKey(), attribute.getValue()) == null);
            model.size += name + size(attribute.getValue(), 1);
        }
        for (String name : schema.names()) {
            boolean partition = name.equals(schema.partitionKey());
            KeyType type = partition ? schema.partitionType() : schema.sortType();
            Unacceptable.unless(values.containsKey(name));
            model.key.add(keyValue(values.get(name), type, partition ? 2048 : 1024));
        }
        Unacceptable.unless(isDelete || model.size <= maxItemSize);
        return model;
    }

    /** The three members of a rejection by name; null if it is none. */
    static Map<String, Object> passedThrough(Object request) {
        try {
            Unacceptable.unless(request instanceof Members);
            Object inner = ((Members) request).only("Rejected");
            Unacceptable.unless(inner instanceof Members && ((Members) inner).size() == 3);
            Map<String, Object> members = new HashMap<>();
            ((Members) inner).forEach(member -> members.put(member.getKey(), member.getValue()));
            Unacceptable.unless(members.get("request") instanceof Members);
            Unacceptable.unless(members.get("error_code") instanceof String);
            Unacceptable.unless(members.get("error_message") instanceof String);
            return members;
        } catch (Unacceptable e) {
            return null;
        }
    }

    private static Object keyValue(Object value, KeyType type, int max) throws Unacceptable {
        Map.Entry<String, Object> content = ((Members) value).get(0);
        String tag = content.getKey();
        Unacceptable.unless(Set.of("S", "N", "B").contains(tag));
        Unacceptable.unless(type == null || type.name().equals(tag));
        if (tag.equals("N")) {
            return number(content.getValue());
        }
        byte[] bytes =
                tag.equals("S")
                        ? ((String) content.getValue()).getBytes(StandardCharsets.UTF_8)
                        : bytes(content.getValue());
        Unacceptable.unless(bytes.length > 0 && bytes.length <= max);
        return List.of(tag, ByteBuffer.wrap(bytes));
    }

    private static long size(Object value, int level) throws Unacceptable {
        Unacceptable.unless(value instanceof Members && ((Members) value).size() == 1);
        String tag = ((Members) value).get(0).getKey();
        Object content = ((Members) value).get(0).getValue();
        switch (tag) {
            case "S":
                Unacceptable.unless(content instanceof String);
                return ((String) content).getBytes(StandardCharsets.UTF_8).length;
            case "N":
                return size(number(content));
            case "B":
                return bytes(content).length;
            case "BOOL":
                Unacceptable.unless(content instanceof Boolean);
                return 1;
            case "NULL":
                Unacceptable.unless(Boolean.TRUE.equals(content));
                return 1;
            case "L":
                Unacceptable.unless(content instanceof List && !(content instanceof Members));
                Unacceptable.unless(level < 32);
                long list = 3;
                for (Object member : (List<?>) content) {
                    list += 1 + size(member, level + 1);
                }
                return list;
            case "M":
                Unacceptable.unless(content instanceof Members && level < 32);
                long map = 3;
                Set<String> names = new HashSet<>();
                for (Map.Entry<String, Object> member : (Members) content) {
                    Unacceptable.unless(names.add(member.getKey()));
                    map += 1 + nameSize(member.getKey()) + size(member.getValue(), level + 1);
                }
                return map;
            default:
                Unacceptable.unless(Set.of("SS", "NS", "BS").contains(tag));
                Unacceptable.unless(content instanceof List && !(content instanceof Members));
                Unacceptable.unless(!((List<?>) content).isEmpty());
                long sum = 0;
                Set<Object> seen = new HashSet<>();
                for (Object member : (List<?>) content) {
                    sum += size(JsonTree.object(tag.substring(0, 1), member), level);
                    Unacceptable.unless(seen.add(tag.equals("NS") ? number(member) : member));
                }
                return sum;
        }
    }

    private static int nameSize(String name) throws Unacceptable {
        int size = name.getBytes(StandardCharsets.UTF_8).length;
        Unacceptable.unless(size > 0 && size <= 65_535);
        return size;
    }

    private static byte[] bytes(Object content) throws Unacceptable {
        Unacceptable.unless(content instanceof String);
        try {
            byte[] bytes = Base64.getDecoder().decode((String) content);
            Unacceptable.unless(Base64.getEncoder().encodeToString(bytes).equals(content));
            return bytes;
        } catch (IllegalArgumentException e) {
            throw new Unacceptable();
        }
    }

    /** The number in its one normal form. */
    static BigDecimal number(Object content) throws Unacceptable {
        Unacceptable.unless(content instanceof String);
        // BigDecimal takes the digits of other scripts; the scanner does not.
        Unacceptable.unless(((String) content).chars().allMatch(c -> c < 0x80));
        BigDecimal number;
        try {
            number = new BigDecimal((String) content);
        } catch (NumberFormatException e) {
            throw new Unacceptable();
        }
        if (number.signum() == 0) {
            return BigDecimal.ZERO;
        }
        number = number.stripTrailingZeros();
        int exponent = number.precision() - number.scale() - 1;
        Unacceptable.unless(number.precision() <= 38 && exponent <= 125 && exponent >= -130);
        return number;
    }

    private static long size(BigDecimal number) {
        if (number.signum() == 0) {
            return 1;
        }
        int digits = number.precision();
        int exponent = digits - number.scale() - 1;
        return 1
                + (digits + 1) / 2
                + (digits % 2 == 0 && exponent % 2 == 0 ? 1 : 0)
                + (number.signum() < 0 ? 1 : 0);
    }
}
