package ai.snagr.data.testkit.internal;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where a server is, without any secret.
 *
 * @param hosts such as {@code 127.0.0.1:5432}
 * @param database the one that is there from the start
 * @param parameters of the driver, such as {@code sslmode=require}; never user or password
 */
record PostgresAddress(String hosts, String database, List<String> parameters) {
    /** How a server without TLS is reached on another machine. */
    static final String IN_THE_CLEAR = "sslmode=disable";

    private static final Pattern URL = Pattern.compile("jdbc:postgresql://([^/?]+)(?:/([^?]*))?(?:\\?(.*))?");
    private static final Pattern LOCAL = Pattern.compile("(localhost|127\\.[0-9.]+|\\[::1])(:\\d+)?");
    private static final List<String> SECRETS = List.of("user", "password");

    static PostgresAddress local(int port) {
        return new PostgresAddress("127.0.0.1:" + port, "postgres", List.of());
    }

    /** @throws IllegalArgumentException if it is no address of the driver's; it is not repeated, for it may hold a password */
    static PostgresAddress parse(String url) {
        Matcher parts = URL.matcher(url);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    PostgresServer.SETTING + " must look like jdbc:postgresql://host:port/database");
        }
        String database = Optional.ofNullable(parts.group(2))
                .filter(name -> !name.isEmpty())
                .orElse("postgres");
        return new PostgresAddress(
                parts.group(1),
                URLDecoder.decode(database, StandardCharsets.UTF_8),
                parameters(url)
                        .filter(pair -> !SECRETS.contains(pair.split("=", 2)[0]))
                        .toList());
    }

    /** The value of a parameter of the address, decoded. */
    static Optional<String> parameter(String url, String name) {
        return parameters(url)
                .filter(pair -> pair.startsWith(name + "="))
                .map(pair -> URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8))
                .findFirst();
    }

    private static Stream<String> parameters(String url) {
        int question = url.indexOf('?');
        return question < 0
                ? Stream.empty()
                : Stream.of(url.substring(question + 1).split("&"));
    }

    /** The same, where on another machine it goes in the clear unless the address says how: the store asks for it. */
    PostgresAddress sayingWhetherEncrypted() {
        boolean said = LOCAL.matcher(hosts).matches()
                || parameters.stream().anyMatch(pair -> pair.startsWith("sslmode=") || pair.startsWith("ssl="));
        return said
                ? this
                : new PostgresAddress(
                        hosts,
                        database,
                        Stream.concat(parameters.stream(), Stream.of(IN_THE_CLEAR))
                                .toList());
    }

    String jdbcUrl() {
        return jdbcUrl(database);
    }

    String jdbcUrl(String otherDatabase) {
        String query = parameters.stream().filter(pair -> !pair.isEmpty()).collect(Collectors.joining("&", "?", ""));
        return PostgresServer.ADDRESS_PREFIX + hosts + "/" + otherDatabase + (query.length() > 1 ? query : "");
    }

    @Override
    public String toString() {
        return PostgresServer.ADDRESS_PREFIX + hosts;
    }
}
