package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.StoreAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.ssl.DefaultJavaSSLFactory;

/**
 * The one place where the driver is told where to connect. Outside this machine it connects over TLS, to a server whose
 * certificate was checked together with its name, or not at all.
 *
 * <p>The driver's own default, {@code prefer}, goes on in the clear when the server, or whoever stands between, says that
 * it has no TLS. Its default authorities are those of {@code ~/.postgresql/root.crt}; here they are those of the JVM.
 */
public final class Transport {
    private static final String VERIFIED = "verify-full";

    /** An address of this machine by its form: a name that merely resolves to one may resolve to another tomorrow. */
    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}|::1|0:0:0:0:0:0:0:1");

    /** What the driver would check the server with, in place of the trust store and the host's name. */
    private static final List<Property> REPLACING = List.of(
            new Property("sslfactory", PGSimpleDataSource::getSslfactory),
            new Property("sslfactoryarg", PGSimpleDataSource::getSslFactoryArg),
            new Property("sslhostnameverifier", PGSimpleDataSource::getSslHostnameVerifier));

    private Transport() {}

    /**
     * The driver's data source of that address and login.
     *
     * @throws SnagrDataException CONFIGURATION if the URL is not one of PostgreSQL, or would lead to another machine
     *     otherwise than over verified TLS, and that is not allowed
     */
    public static PGSimpleDataSource dataSource(StoreAddress address) {
        PGSimpleDataSource source = parsed(address);
        secure(source, address);
        source.setUser(address.user());
        source.setPassword(address.password());
        // A server's message may repeat values of rows.
        source.setLogServerErrorDetail(false);
        return source;
    }

    /** Which host it is and how it is reached, if that is another machine and not by verified TLS, as it was allowed. */
    public static Optional<String> unverified(StoreAddress address) {
        PGSimpleDataSource source = parsed(address);
        return mode(source).equals(VERIFIED)
                ? Optional.empty()
                : remoteHost(source).map(host -> host + " sslmode=" + mode(source));
    }

    private static PGSimpleDataSource parsed(StoreAddress address) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        try {
            source.setURL(address.jdbcUrl());
        } catch (IllegalArgumentException noUrl) {
            // Its message would repeat the URL, which may hold a password.
            throw new SnagrDataException.Misconfigured(
                    "The address of the database is no URL of the form jdbc:postgresql://host:port/database");
        }
        return source;
    }

    private static void secure(PGSimpleDataSource source, StoreAddress address) {
        Optional<String> remote = remoteHost(source);
        if (remote.isEmpty()) {
            return;
        }
        String mode = mode(source);
        if (!mode.equals(VERIFIED)) {
            requireAllowed(remote.get(), mode, address);
            return;
        }
        requireUnreplaced(source, remote.get());
        source.setSslMode(VERIFIED);
        // Encryption by Kerberos would be tried first, and proves another name.
        source.setGssEncMode("disable");
        if (isUnset(source.getSslRootCert())) {
            requireNoClientKey(source);
            source.setSslfactory(DefaultJavaSSLFactory.class.getName());
        }
    }

    /** What the URL says; verified where it says nothing. The driver takes {@code ssl=true} for the same. */
    private static String mode(PGSimpleDataSource source) {
        String mode = source.getSslMode();
        return mode == null || isUnset(mode) ? VERIFIED : mode.toLowerCase(Locale.ROOT);
    }

    private static void requireAllowed(String host, String mode, StoreAddress address) {
        String danger = switch (mode) {
            case "disable" -> "sends everything in the clear";
            case "allow", "prefer" ->
                "goes on in the clear, without a word, when whoever answers says that it has no TLS";
            case "require" -> "encrypts, but for whoever answers";
            case "verify-ca" -> "does not check the server's name";
            default -> "is no mode of the driver";
        };
        String refusal = "The connection to the database at " + host + " is refused: sslmode=" + known(mode) + " "
                + danger + ". Remove it from the URL, and the server must prove its name by a certificate that this JVM"
                + " trusts, or that the file named with sslrootcert=… does";
        boolean choosable = Stream.of("disable", "require", "verify-ca").anyMatch(mode::equals);
        if (!choosable) {
            throw new SnagrDataException.Misconfigured(
                    refusal + "; allowPlaintext(reason) allows disable, require and verify-ca");
        }
        if (address.plaintext().isEmpty()) {
            throw new SnagrDataException.Misconfigured(
                    refusal + "; or allow it, with the reason: allowPlaintext(reason)");
        }
    }

    private static String known(String mode) {
        return Stream.of("disable", "allow", "prefer", "require", "verify-ca").anyMatch(mode::equals) ? mode : "…";
    }

    private static void requireUnreplaced(PGSimpleDataSource source, String host) {
        PGSimpleDataSource untouched = new PGSimpleDataSource();
        List<String> replaced = REPLACING.stream()
                .filter(property -> !String.valueOf(property.value.apply(source))
                        .equals(String.valueOf(property.value.apply(untouched))))
                .map(Property::name)
                .toList();
        if (!replaced.isEmpty()) {
            throw new SnagrDataException.Misconfigured(
                    "The URL of the database at " + host + " must not set " + replaced
                            + ": it would replace the check of the server's certificate. For an authority that this JVM does not"
                            + " trust, name the file of its certificate with sslrootcert=…");
        }
    }

    private static void requireNoClientKey(PGSimpleDataSource source) {
        if (!isUnset(source.getSslCert()) || !isUnset(source.getSslKey())) {
            throw new SnagrDataException.Misconfigured("The URL of the database sets sslcert or sslkey without"
                    + " sslrootcert, and the driver would then use none of them: name the file of the server's authority"
                    + " with sslrootcert=…, or give this JVM a key store with javax.net.ssl.keyStore");
        }
    }

    /** The first host that is not this machine; empty if there is none. */
    private static Optional<String> remoteHost(PGSimpleDataSource source) {
        return Arrays.stream(source.getServerNames())
                .filter(host -> !LOOPBACK.matcher(bare(host)).matches())
                .findFirst();
    }

    private static String bare(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
    }

    private static boolean isUnset(@Nullable String value) {
        return value == null || value.isEmpty();
    }

    private record Property(String name, Function<PGSimpleDataSource, @Nullable String> value) {}
}
