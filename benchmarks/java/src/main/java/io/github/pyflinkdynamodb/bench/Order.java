package io.github.pyflinkdynamodb.bench;

import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbBean;
import software.amazon.awssdk.enhanced.dynamodb.mapper.annotations.DynamoDbPartitionKey;

import java.math.BigDecimal;

/** The flat record as the connector's default converter takes it: a class with getters. */
@DynamoDbBean
public final class Order {
    private String id;
    private String customer;
    private int quantity;
    private BigDecimal price;
    private boolean paid;

    /** For Flink's serializer. */
    public Order() {}

    Order(String id, String customer, int quantity, BigDecimal price, boolean paid) {
        this.id = id;
        this.customer = customer;
        this.quantity = quantity;
        this.price = price;
        this.paid = paid;
    }

    @DynamoDbPartitionKey
    public String getId() {
        return id;
    }

    public void setId(String id) {
        this.id = id;
    }

    public String getCustomer() {
        return customer;
    }

    public void setCustomer(String customer) {
        this.customer = customer;
    }

    public int getQuantity() {
        return quantity;
    }

    public void setQuantity(int quantity) {
        this.quantity = quantity;
    }

    public BigDecimal getPrice() {
        return price;
    }

    public void setPrice(BigDecimal price) {
        this.price = price;
    }

    public boolean isPaid() {
        return paid;
    }

    public void setPaid(boolean paid) {
        this.paid = paid;
    }
}
