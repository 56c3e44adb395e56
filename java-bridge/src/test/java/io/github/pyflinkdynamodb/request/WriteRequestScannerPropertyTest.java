package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.request.JsonTree.Members;
import io.github.pyflinkdynamodb.request.JsonTree.Unacceptable;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import java.util.List;
import java.util.Map;

/** The scanner against the naive model, on random requests and on broken ones. */
class WriteRequestScannerPropertyTest {
    private static final KeySchema[] SCHEMAS = {
        new KeySchema("id", null, null, null),
        new KeySchema("id", null, "at", null),
        new KeySchema("id", KeyType.S, "at", KeyType.N),
        new KeySchema("q\"\\\n", KeyType.B, "naïve", null)
    };

    @Property(tries = 5_000, shrinking = ShrinkingMode.OFF)
    void anyLayoutOfARequestMeansTheSame(@ForAll long seed) throws Exception {
        RandomRequests requests = new RandomRequests(seed);
        KeySchema schema = schema(requests);
        Members tree = requests.request(schema);
        long max = requests.random().nextInt(4) == 0 ? 60 : ItemSize.MAX_BYTES;

        Outcomes outcomes = Outcomes.of(requests.layout(tree), schema, max);

        assertThat(outcomes.all()).hasSize(1);
        assertAgrees(outcomes.all().get(0), tree, schema, max);
    }

    @Property(tries = 5_000, shrinking = ShrinkingMode.OFF)
    void keysAreEqualWhereTheirValuesAre(@ForAll long seed) throws Exception {
        RandomRequests requests = new RandomRequests(seed);
        KeySchema schema = SCHEMAS[requests.random().nextInt(2)];
        Members one = requests.request(schema);
        Members other = requests.request(schema);
        NaiveModel oneModel = model(one, schema, ItemSize.MAX_BYTES);
        NaiveModel otherModel = model(other, schema, ItemSize.MAX_BYTES);
        if (oneModel == null || otherModel == null) {
            return;
        }

        PrimaryKey oneKey = write(requests, one, schema).key();
        PrimaryKey otherKey = write(requests, other, schema).key();

        boolean equal = oneModel.key.equals(otherModel.key);
        assertThat(oneKey.equals(otherKey)).isEqualTo(equal);
        assertThat(oneKey.canonical().equals(otherKey.canonical())).isEqualTo(equal);
        assertThat(!equal || oneKey.hashCode() == otherKey.hashCode()).isTrue();
    }

    @Property(tries = 20_000, shrinking = ShrinkingMode.OFF)
    void brokenBytesGiveARightAnswerOrARejection(@ForAll long seed) throws Exception {
        RandomRequests requests = new RandomRequests(seed);
        KeySchema schema = schema(requests);
        ByteSink element = new ByteSink();
        for (int count = requests.random().nextInt(3); count >= 0; count--) {
            element.append(requests.layout(requests.requestOrRejection(schema)));
            if (count > 0) {
                element.append(',');
            }
        }
        byte[] broken = requests.mutate(element.toByteArray());

        List<Object> outcomes = Outcomes.of(broken, schema, ItemSize.MAX_BYTES).all();

        ByteSink array = new ByteSink();
        array.append('[');
        array.append(broken);
        array.append(']');
        Object whole = parse(array.toByteArray());
        if (whole != null) {
            List<?> trees = (List<?>) whole;
            assertThat(outcomes).hasSameSizeAs(trees);
            for (int index = 0; index < trees.size(); index++) {
                assertAgrees(outcomes.get(index), trees.get(index), schema, ItemSize.MAX_BYTES);
            }
            return;
        }
        assertThat(outcomes).hasAtLeastOneElementOfType(RejectedRequest.class);
        for (Object outcome : outcomes) {
            if (outcome instanceof EncodedWriteRequest) {
                Object tree = parse(((EncodedWriteRequest) outcome).bytes());
                assertAgrees(outcome, tree, schema, ItemSize.MAX_BYTES);
            } else {
                assertFitsADeadLetter((RejectedRequest) outcome);
            }
        }
    }

    private static void assertAgrees(Object outcome, Object tree, KeySchema schema, long max)
            throws Unacceptable {
        NaiveModel model = model(tree, schema, max);
        if (model == null) {
            assertThat(outcome).isInstanceOf(RejectedRequest.class);
            assertQuotes((RejectedRequest) outcome, tree);
            return;
        }
        assertThat(outcome).isInstanceOf(EncodedWriteRequest.class);
        EncodedWriteRequest request = (EncodedWriteRequest) outcome;
        assertThat(request.isDelete()).isEqualTo(model.isDelete);
        assertThat(request.itemSize()).isEqualTo((int) model.size);
        String text = Outcomes.text(request.bytes());
        assertThat(text).startsWith("{").endsWith("}");
        Object written = JsonTree.parse(request.bytes());
        if (model.isDelete) {
            Object attributes = ((Members) ((Members) tree).only("DeleteRequest")).only("Key");
            Members key = new Members();
            key.addAll((Members) attributes);
            key.removeIf(attribute -> !schema.names().contains(attribute.getKey()));
            tree = JsonTree.object("DeleteRequest", JsonTree.object("Key", key));
        }
        assertThat(written).isEqualTo(tree);
    }

    /** A rejection of sound JSON quotes what stood there, if that is an object. */
    private static void assertQuotes(RejectedRequest rejected, Object tree) throws Unacceptable {
        assertFitsADeadLetter(rejected);
        Object quoted = JsonTree.parse(rejected.request());
        Map<String, Object> passedThrough = NaiveModel.passedThrough(tree);
        if (passedThrough != null) {
            assertThat(quoted).isEqualTo(passedThrough.get("request"));
            assertThat(rejected.errorCode()).isEqualTo(passedThrough.get("error_code"));
            assertThat(rejected.errorMessage()).isEqualTo(passedThrough.get("error_message"));
        } else if (tree instanceof Members) {
            assertThat(quoted).isEqualTo(tree);
        } else {
            assertThat(((Members) quoted).get(0).getKey()).isEqualTo("undecodable_bytes");
        }
    }

    private static void assertFitsADeadLetter(RejectedRequest rejected) throws Unacceptable {
        assertThat(JsonTree.parse(rejected.request())).isInstanceOf(Members.class);
        assertThat(Outcomes.text(rejected.request())).doesNotContain("\n", "\r");
    }

    private static EncodedWriteRequest write(
            RandomRequests requests, Members tree, KeySchema schema) {
        return Outcomes.of(requests.layout(tree), schema, ItemSize.MAX_BYTES).onlyWrite();
    }

    private static KeySchema schema(RandomRequests requests) {
        return SCHEMAS[requests.random().nextInt(SCHEMAS.length)];
    }

    private static NaiveModel model(Object tree, KeySchema schema, long max) {
        try {
            return NaiveModel.judge(tree, schema, max);
        } catch (Unacceptable e) {
            return null;
        }
    }

    private static Object parse(byte[] json) {
        try {
            return JsonTree.parse(json);
        } catch (Unacceptable e) {
            return null;
        }
    }
}
