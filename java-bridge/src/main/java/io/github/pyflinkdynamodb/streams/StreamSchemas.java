package io.github.pyflinkdynamodb.streams;

import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.RowTypeInfo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The schemas that Python names. */
public final class StreamSchemas {

    private StreamSchemas() {}

    /**
     * Makes a schema of its description, by "kind":
     *
     * <ul>
     *   <li>"json": text, the record's own JSON
     *   <li>"python": pickles, of "prefix" and "suffix" (byte[]) around the JSON; with
     *       "newImageOnly" (Boolean) none for removed items
     *   <li>"row": rows with their kinds, of "typeInfo" (RowTypeInfo); "primaryKey" (list of names)
     *       may be left out
     *   <li>"flink": what "schema" (DeserializationSchema) makes of the JSON's bytes
     * </ul>
     *
     * @throws IllegalArgumentException if the description cannot be used, with every problem
     */
    public static StreamRecordSchema<?> of(Map<String, Object> description) {
        String kind = String.valueOf(description.get("kind"));
        switch (kind) {
            case "json":
                return new JsonSchema();
            case "python":
                return PythonSchema.of(
                        (byte[]) description.get("prefix"),
                        (byte[]) description.get("suffix"),
                        Boolean.TRUE.equals(description.get("newImageOnly")));
            case "row":
                TypeInformation<?> type = (TypeInformation<?>) description.get("typeInfo");
                if (!(type instanceof RowTypeInfo)) {
                    throw new IllegalArgumentException(
                            type
                                    + " is no type of rows; declare the fields with"
                                    + " Types.ROW_NAMED([...], [...])");
                }
                return new RowSchema((RowTypeInfo) type, names(description.get("primaryKey")));
            case "flink":
                return new FlinkSchema<>((DeserializationSchema<?>) description.get("schema"));
            default:
                throw new IllegalArgumentException(
                        "there is no schema of kind " + kind + "; give json, python, row or flink");
        }
    }

    private static List<String> names(Object given) {
        List<String> names = new ArrayList<>();
        if (given != null) {
            for (Object name : (List<?>) given) {
                names.add((String) name);
            }
        }
        return names;
    }
}
