package io.github.pyflinkdynamodb.encode;

import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.types.Row;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import javax.annotation.Nullable;

/** The fields of one row type: their names, and how to write their values. */
final class RowFields implements FieldEncoder {
    private final String[] names;
    private final FieldEncoder[] encoders;

    private RowFields(String[] names, FieldEncoder[] encoders) {
        this.names = names;
        this.encoders = encoders;
    }

    /**
     * @throws ConversionException if the row has no names, or a field a type without a rule
     */
    static RowFields of(RowTypeInfo type) throws ConversionException {
        if (!isNamed(type)) {
            throw ConversionException.unsupportedType(
                    "a row type without field names; declare it with Types.ROW_NAMED, or for the"
                            + " element itself pass RowElementConverter(field_names=[...])");
        }
        return of(type, Arrays.asList(type.getFieldNames()));
    }

    static RowFields of(RowTypeInfo type, List<String> names) throws ConversionException {
        TypeInformation<?>[] types = type.getFieldTypes();
        FieldEncoder[] encoders = new FieldEncoder[types.length];
        for (int index = 0; index < types.length; index++) {
            try {
                encoders[index] = FieldEncoder.of(types[index]);
            } catch (ConversionException e) {
                throw e.underName(names.get(index));
            }
        }
        return new RowFields(names.toArray(new String[0]), encoders);
    }

    /** Flink calls the fields of an unnamed row f0, f1, ... */
    static boolean isNamed(RowTypeInfo type) {
        String[] names = type.getFieldNames();
        for (int index = 0; index < names.length; index++) {
            if (!names[index].equals("f" + index)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void encode(AttributeValueWriter out, Object row) throws ConversionException {
        out.beginMap();
        encodeMembers(out, (Row) row, false);
        out.endMap();
    }

    void encodeMembers(AttributeValueWriter out, Row row, boolean ignoreNulls)
            throws ConversionException {
        boolean byName = isReadByName(row);
        for (int index = 0; index < names.length; index++) {
            String name = names[index];
            Object value = byName ? row.getField(name) : row.getField(index);
            if (value != null || !ignoreNulls) {
                encodeField(out, index, value);
            }
        }
    }

    /** Writes the attributes of these names only, where the row has them. */
    void encodeMembers(AttributeValueWriter out, Row row, Set<String> only)
            throws ConversionException {
        boolean byName = isReadByName(row);
        for (int index = 0; index < names.length; index++) {
            if (only.contains(names[index])) {
                Object value = byName ? row.getField(names[index]) : row.getField(index);
                encodeField(out, index, value);
            }
        }
    }

    boolean has(Set<String> others) {
        return Arrays.asList(names).containsAll(others);
    }

    @Override
    public String toString() {
        return "[" + String.join(", ", names) + "]";
    }

    private void encodeField(AttributeValueWriter out, int index, @Nullable Object value)
            throws ConversionException {
        try {
            out.name(names[index]);
            FieldEncoder.encodeNullable(out, encoders[index], value);
        } catch (ConversionException e) {
            throw e.underName(names[index]);
        }
    }

    /** Rows that PyFlink made have no names but those of their type. */
    private boolean isReadByName(Row row) throws ConversionException {
        Set<String> own = row.getFieldNames(false);
        if (own == null) {
            if (row.getArity() != names.length) {
                throw ConversionException.unsupportedType(
                        "a Row of "
                                + row.getArity()
                                + " values and "
                                + names.length
                                + " field names, of which "
                                + Math.min(row.getArity(), names.length)
                                + " differ; give every field a name of its own");
            }
            return false;
        }
        if (own.size() != names.length || !own.containsAll(Arrays.asList(names))) {
            throw ConversionException.unsupportedType(
                    "the row's fields are "
                            + String.join(", ", new TreeSet<>(own))
                            + ", the declared ones "
                            + String.join(", ", names)
                            + "; name them alike");
        }
        return true;
    }
}
