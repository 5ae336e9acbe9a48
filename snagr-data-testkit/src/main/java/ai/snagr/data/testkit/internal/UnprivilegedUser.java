package ai.snagr.data.testkit.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * As whom PostgreSQL runs: it refuses to run as root, and initdb wants a user that the system knows by name.
 *
 * @param name the user; empty for the one of this process
 * @param prefix the command before PostgreSQL's own that becomes that user
 */
record UnprivilegedUser(Optional<String> name, List<String> prefix) {
    private static final List<String> NAMES = List.of("nobody", "postgres", "daemon");

    /**
     * This process's user, or for root another one, reached with what the system has: setpriv, runuser or su.
     *
     * @throws IllegalStateException if root can become nobody else here
     */
    static UnprivilegedUser choose() {
        if (!OperatingSystem.isRoot()) {
            return new UnprivilegedUser(Optional.empty(), List.of());
        }
        return NAMES.stream()
                .flatMap(UnprivilegedUser::ways)
                .filter(UnprivilegedUser::works)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "PostgreSQL refuses to run as root, and neither setpriv, runuser nor su can run a program as "
                                + String.join(", ", NAMES) + " here: run the tests as an ordinary user, or set "
                                + PostgresServer.SETTING + " to docker or to the address of a server"));
    }

    private static Stream<UnprivilegedUser> ways(String user) {
        return Stream.of(
                new UnprivilegedUser(
                        Optional.of(user),
                        List.of("setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--")),
                new UnprivilegedUser(
                        Optional.of(user),
                        List.of("setpriv", "--reuid", user, "--regid", "nogroup", "--clear-groups", "--")),
                new UnprivilegedUser(Optional.of(user), List.of("runuser", "-u", user, "--")),
                new UnprivilegedUser(
                        Optional.of(user), List.of("su", "-s", "/bin/sh", user, "-c", "exec \"$0\" \"$@\"", "--")));
    }

    /** Whether a program run that way is this user. */
    private boolean works() {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("id", "-un"));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String answer = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
            return process.waitFor(10, TimeUnit.SECONDS)
                    && process.exitValue() == 0
                    && answer.equals(name.orElseThrow());
        } catch (IOException noSuchProgram) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Makes this user the owner of the file or directory. */
    void own(Path path) {
        name.ifPresent(user -> {
            try {
                Files.setOwner(
                        path,
                        path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user));
            } catch (IOException failure) {
                throw new UncheckedIOException("cannot give a temporary directory to " + user, failure);
            }
        });
    }
}
