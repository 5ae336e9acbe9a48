package ai.snagr.data.postgres.internal.connect;

import java.lang.reflect.Type;
import java.util.Optional;
import java.util.function.Function;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.argument.ArgumentFactory;
import org.jdbi.v3.core.config.ConfigRegistry;

/** Has every value that Jdbi binds sent with its type: ids and enums of the API, instants, arrays, and nulls of these. */
final class TypedArguments implements ArgumentFactory.Preparable {
    @Override
    public Optional<Function<Object, Argument>> prepare(Type type, ConfigRegistry config) {
        if (!(type instanceof Class<?> bound)) {
            return Optional.empty();
        }
        if (TypedArgument.knows(bound)) {
            return Optional.of(value -> TypedArgument.of(bound, value));
        }
        Class<?> element = bound.getComponentType();
        if (element != null && !element.isPrimitive() && TypedArgument.knows(element)) {
            return Optional.of(values -> TypedArgument.array(element, (Object[]) values));
        }
        return Optional.empty();
    }

    /** Takes the place of a null without a type. */
    static Argument refusedNull() {
        return (position, statement, context) -> {
            throw SessionConnection.refusal(
                    "Parameter " + position + ", a null without a type,",
                    "bind it with bindByType(name, value, type) or Binds");
        };
    }
}
