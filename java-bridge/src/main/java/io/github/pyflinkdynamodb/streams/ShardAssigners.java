package io.github.pyflinkdynamodb.streams;

/** The shard assigners by their names. */
public final class ShardAssigners {

    private ShardAssigners() {}

    /**
     * @param name uniform, hash, or the full name of a class on the job's class path
     * @throws IllegalArgumentException if there is none, or it cannot be made
     */
    public static ShardAssigner of(String name) {
        switch (name) {
            case "uniform":
                return new UniformShardAssigner();
            case "hash":
                return new HashShardAssigner();
            default:
                return made(name);
        }
    }

    private static ShardAssigner made(String className) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try {
            return Class.forName(className, true, loader)
                    .asSubclass(ShardAssigner.class)
                    .getConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException | ClassCastException | LinkageError e) {
            throw new IllegalArgumentException(
                    "there is no shard assigner "
                            + className
                            + "; give uniform, hash, or the full name of a public class on the"
                            + " job's class path that implements "
                            + ShardAssigner.class.getName()
                            + " and has a public constructor without parameters",
                    e);
        }
    }
}
