package io.github.pyflinkdynamodb.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pyflinkdynamodb.request.JsonTree.Members;
import io.github.pyflinkdynamodb.request.JsonTree.Unacceptable;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

import org.junit.jupiter.api.Assertions;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * Requests at the limits of names and nesting, in any layout and broken. Far apart in size from
 * those of {@link WriteRequestScannerPropertyTest}, which are many and small.
 */
class WriteRequestScannerExtremesTest {
    private static final KeySchema SCHEMA = new KeySchema("ïd\"", KeyType.S, null, null);

    /** Of one, two, three and four bytes; some must be escaped, and all may be. */
    private static final int[] CHARACTERS = {'n', '"', '\\', '\n', 0x1f, 0xe9, 0x20ac, 0x1f600};

    private static final int MAX_NAME_BYTES = 65_535;

    /** A request of this size takes some milliseconds; more is no pause of the machine. */
    private static final Duration NO_HANG = Duration.ofSeconds(20);

    @Property(tries = 150, shrinking = ShrinkingMode.OFF)
    void requestsAtTheLimitsAreJudgedAsTheModelDoesInAnyLayout(@ForAll long seed) {
        RandomRequests requests = new RandomRequests(seed);
        Members tree = extreme(requests.random());

        Outcomes outcomes = scan(requests.layout(tree));

        assertThat(outcomes.all()).hasSize(1);
        NaiveModel model = model(tree);
        if (model == null) {
            assertThat(outcomes.onlyRejection().errorCode()).isEqualTo("InvalidAttributeValue");
        } else {
            assertThat(outcomes.onlyWrite().itemSize()).isEqualTo((int) model.size);
        }
    }

    @Property(tries = 400, shrinking = ShrinkingMode.OFF)
    void brokenRequestsAtTheLimitsTouchNoSoundNeighbourInFrontOfThem(@ForAll long seed) {
        RandomRequests requests = new RandomRequests(seed);
        String good = "{\"PutRequest\":{\"Item\":{\"ïd\\\"\":{\"S\":\"k\"}}}}";
        ByteSink element = new ByteSink();
        element.append((good + ",").getBytes(StandardCharsets.UTF_8));
        element.append(requests.mutate(requests.layout(extreme(requests.random()))));

        List<Object> outcomes = scan(element.toByteArray()).all();

        EncodedWriteRequest first = (EncodedWriteRequest) outcomes.get(0);
        assertThat(Outcomes.text(first.bytes())).isEqualTo(good);
        for (Object outcome : outcomes) {
            if (outcome instanceof RejectedRequest) {
                String quoted = Outcomes.text(((RejectedRequest) outcome).request());
                assertThat(quoted).startsWith("{").endsWith("}").doesNotContain("\n", "\r");
                assertThat(((RejectedRequest) outcome).errorMessage()).hasSizeLessThan(5_000);
            } else {
                assertThat(((EncodedWriteRequest) outcome).itemSize())
                        .isLessThanOrEqualTo(ItemSize.MAX_BYTES);
            }
        }
    }

    private static Outcomes scan(byte[] element) {
        return Assertions.assertTimeoutPreemptively(
                NO_HANG, () -> Outcomes.of(element, SCHEMA, ItemSize.MAX_BYTES));
    }

    /** Most of it within the limits, and the rest just beyond one of them. */
    private static Members extreme(Random random) {
        Object value = JsonTree.object("S", "v");
        for (int level = 27 + random.nextInt(6); level > 0; level--) {
            value =
                    random.nextBoolean()
                            ? JsonTree.object("L", List.of(value))
                            : JsonTree.object("M", JsonTree.object(name(random, 3), value));
        }
        Members item = new Members();
        item.with(name(random, MAX_NAME_BYTES - 2 + random.nextInt(4)), value);
        item.with("ïd\"", JsonTree.object("S", "k"));
        return JsonTree.object("PutRequest", JsonTree.object("Item", item));
    }

    /** Of exactly so many bytes as UTF-8. */
    private static String name(Random random, int bytes) {
        StringBuilder name = new StringBuilder();
        int left = bytes;
        while (left > 0) {
            int character = CHARACTERS[random.nextInt(CHARACTERS.length)];
            int size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
            name.appendCodePoint(size <= left ? character : 'n');
            left -= size <= left ? size : 1;
        }
        return name.toString();
    }

    private static NaiveModel model(Members tree) {
        try {
            return NaiveModel.judge(tree, SCHEMA, ItemSize.MAX_BYTES);
        } catch (Unacceptable e) {
            return null;
        }
    }
}
