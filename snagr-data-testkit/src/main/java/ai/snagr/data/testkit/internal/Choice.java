package ai.snagr.data.testkit.internal;

import ai.snagr.data.testkit.ServerKind;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Which server is used, and why.
 *
 * @param fallback whether an embedded server may stand in when the container does not start: only where nobody asked for
 *     Docker by name
 * @param address of an external server; empty for the others
 */
record Choice(ServerKind kind, String reason, boolean fallback, Optional<String> address) {
    /**
     * Follows the setting: {@code auto} (also when it is absent), {@code docker}, {@code embedded}, or an address.
     *
     * @param addressPrefix how an address begins, such as {@code redis://}
     * @param probe asked only for {@code auto}
     * @throws IllegalArgumentException for anything else; the value is not repeated, for an address may hold a password
     */
    static Choice of(Settings settings, String name, String addressPrefix, Supplier<DockerProbe.Answer> probe) {
        String value = settings.get(name, "auto");
        if (value.startsWith(addressPrefix)) {
            return new Choice(ServerKind.EXTERNAL, name + " names it", false, Optional.of(value));
        }
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "auto" -> automatic(probe.get());
            case "docker" -> new Choice(ServerKind.DOCKER, name + "=docker", false, Optional.empty());
            case "embedded" -> new Choice(ServerKind.EMBEDDED, name + "=embedded", false, Optional.empty());
            default ->
                throw new IllegalArgumentException(Settings.names(name)
                        + " must be auto, docker, embedded or an address that begins with " + addressPrefix);
        };
    }

    private static Choice automatic(DockerProbe.Answer docker) {
        ServerKind kind = docker.engineAnswers() ? ServerKind.DOCKER : ServerKind.EMBEDDED;
        return new Choice(kind, docker.finding(), docker.engineAnswers(), Optional.empty());
    }

    /** The embedded server, because the container did not start. */
    Choice insteadOfContainer(Throwable failure) {
        String why = String.valueOf(failure).strip().replaceAll("\\s+", " ");
        return new Choice(ServerKind.EMBEDDED, reason + ", but the container did not start: " + why, false, address);
    }
}
