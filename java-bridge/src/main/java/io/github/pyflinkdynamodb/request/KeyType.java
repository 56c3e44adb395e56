package io.github.pyflinkdynamodb.request;

/** Types that DynamoDB allows for a key attribute, named as their type tags on the wire. */
public enum KeyType {
    S,
    N,
    B
}
