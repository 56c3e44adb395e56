package io.github.pyflinkdynamodb.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;

class ShardAssignersTest {

    @Test
    void anAssignerIsKnownByItsNameOrItsClass() {
        assertThat(ShardAssigners.of("uniform")).isInstanceOf(UniformShardAssigner.class);
        assertThat(ShardAssigners.of("hash")).isInstanceOf(HashShardAssigner.class);
        assertThat(ShardAssigners.of(First.class.getName())).isInstanceOf(First.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unifrom", "java.lang.String", "no.such.Class"})
    void whatIsNoneIsNamed(String name) {
        assertThatThrownBy(() -> ShardAssigners.of(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("there is no shard assigner " + name + "; give uniform");
    }

    /** Always the first reader. */
    public static final class First implements ShardAssigner {
        private static final long serialVersionUID = 1L;

        @Override
        public int assign(String shardId, Map<Integer, Integer> shardsByReader, int parallelism) {
            return 0;
        }
    }
}
