package io.github.pyflinkdynamodb.request;

/**
 * DynamoDB's rule for the size of an item: the bytes of each attribute's name and value.
 *
 * <p>Text and binary count by their bytes, sets by the sum of their members. The size of a number
 * is documented only as an approximation. The form here is the one that dynalite found on the
 * service; DynamoDB Local 3.3.1 draws its limit by the same one, to the byte.
 */
public final class ItemSize {
    /** Largest item: 400 KB, attribute names included. Source: DynamoDB guide, ServiceQuotas. */
    public static final int MAX_BYTES = 409_600;

    static final int OF_BOOLEAN = 1;
    static final int OF_NULL = 1;

    /** Of a list or map, besides its members. */
    static final int OF_CONTAINER = 3;

    /** Of each member of a list or map, besides its name and value. */
    static final int OF_MEMBER = 1;

    private ItemSize() {}

    /** Two digits to a byte, counted in pairs from the decimal point, and one for the exponent. */
    static int of(DecimalNumber number) {
        int digits = number.digits();
        if (digits == 0) {
            return 1;
        }
        boolean splitsPair = digits % 2 == 0 && number.exponent() % 2 == 0;
        return 1 + (digits + 1) / 2 + (splitsPair ? 1 : 0) + (number.isNegative() ? 1 : 0);
    }
}
