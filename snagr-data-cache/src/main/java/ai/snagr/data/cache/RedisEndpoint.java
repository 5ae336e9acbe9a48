package ai.snagr.data.cache;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.nio.file.Files;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One Redis and how it is reached: the one place where the client is told so. A command is refused at once while there is
 * no connection, which is tried anew at least every half second.
 */
final class RedisEndpoint implements AutoCloseable {
    /** How long a start waits for the first connection. */
    static final Duration FIRST_CONNECT = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(RedisEndpoint.class);
    /** How long the questions to a new connection may take; what is asked later has limits of its own. */
    private static final Duration SETUP = Duration.ofSeconds(5);

    private static final Duration QUIET = Duration.ZERO;
    private static final Duration END = Duration.ofSeconds(2);

    /** An address of this machine by its form: a name that merely resolves to one may resolve to another tomorrow. */
    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127(\\.(25[0-5]|2[0-4]\\d|1?\\d?\\d)){3}|\\[?(::1|0:0:0:0:0:0:0:1)]?");

    private final ClientResources resources;
    private final RedisClient client;
    private final RedisURI uri;

    private RedisEndpoint(ClientResources resources, RedisClient client, RedisURI uri) {
        this.resources = resources;
        this.client = client;
        this.uri = uri;
    }

    /** CONFIGURATION if it would be reached otherwise than over verified TLS, and that is not allowed. */
    static RedisEndpoint of(RedisAddress address) {
        RedisURI uri = parsed(address);
        unverified(address)
                .ifPresent(host -> LOG.warn(
                        "The Redis at {} is reached otherwise than over verified TLS, as it was allowed: {}",
                        host,
                        address.plaintext().orElseThrow()));
        uri.setTimeout(SETUP);
        SslOptions.Builder tls = SslOptions.builder().jdkSslProvider();
        address.authority().ifPresent(file -> {
            if (!Files.isReadable(file)) {
                throw new SnagrDataException.Misconfigured(
                        "The file with the authority of the Redis's certificate cannot be read: " + file);
            }
            SslOptions.Builder ignored = tls.trustManager(file.toFile());
        });
        ClientResources resources = DefaultClientResources.builder()
                .ioThreadPoolSize(2)
                .computationThreadPoolSize(2)
                .reconnectDelay(Delay.exponential(10, 500, TimeUnit.MILLISECONDS, 2))
                .build();
        RedisClient client = RedisClient.create(resources, uri);
        client.setOptions(ClientOptions.builder()
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .socketOptions(
                        SocketOptions.builder().connectTimeout(FIRST_CONNECT).build())
                .sslOptions(tls.build())
                .build());
        return new RedisEndpoint(resources, client, uri);
    }

    CompletableFuture<StatefulRedisConnection<String, byte[]>> connect() {
        return client.connectAsync(RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE), uri)
                .toCompletableFuture();
    }

    /** Gives back every connection and thread. */
    @Override
    public void close() {
        client.shutdown(QUIET, END);
        resources.shutdown(0, END.toMillis(), TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }

    /**
     * What an attempt to connect must end with, now or later, instead of another attempt: the error of a setting, or of a
     * server that is not trusted. Empty if the Redis may answer in a while.
     */
    static Optional<SnagrDataException> hopeless(Throwable failure) {
        return causes(failure)
                .filter(SnagrDataException.class::isInstance)
                .map(SnagrDataException.class::cast)
                .findFirst()
                .or(() -> causes(failure)
                        .flatMap(cause -> distrust(cause).stream())
                        .reduce((outer, inner) -> inner)
                        .map(reason -> new SnagrDataException.Misconfigured(
                                ErrorCode.CONFIGURATION, "Connecting to the Redis failed: " + reason, null)));
    }

    private static Stream<Throwable> causes(@Nullable Throwable failure) {
        return Stream.iterate(failure, t -> t != null, Throwable::getCause);
    }

    private static Optional<String> distrust(Throwable t) {
        if (t instanceof CertificateExpiredException) {
            return Optional.of("the server's certificate has expired: renew it on the server");
        }
        if (t instanceof CertificateNotYetValidException) {
            return Optional.of("the server's certificate is not valid yet: look at the clocks of both machines");
        }
        if (t instanceof CertPathBuilderException || t instanceof CertPathValidatorException) {
            return Optional.of("the server's certificate was not signed by an authority that is trusted here: name the"
                    + " file of its authority, RedisAddress.of(uri).trusting(file), or add it to the trust store of this"
                    + " JVM");
        }
        // What the JDK throws for a name has no class of its own; everything else is a subclass.
        return t.getClass() == CertificateException.class
                ? Optional.of(
                        "the server's certificate is for another name than the URI's: use the name that it was made"
                                + " for, or one with this name among its alternative names")
                : Optional.empty();
    }

    private static RedisURI parsed(RedisAddress address) {
        try {
            return RedisURI.create(address.uri());
        } catch (IllegalArgumentException malformed) {
            // Its message may repeat parts of the URI, which may hold a password.
            throw new SnagrDataException.Misconfigured(
                    "The address of the Redis has a part that the client does not know:"
                            + " it must be rediss://user:password@host:port/database");
        }
    }

    /**
     * The host that is on another machine and reached otherwise than over verified TLS, as it was allowed; empty for others.
     *
     * @throws SnagrDataException CONFIGURATION if that is so and was not allowed
     */
    static Optional<String> unverified(RedisAddress address) {
        RedisURI uri = parsed(address);
        String host = uri.getHost();
        if (LOOPBACK.matcher(host.toLowerCase(Locale.ROOT)).matches()) {
            return Optional.empty();
        }
        boolean verified = uri.isSsl() && uri.getVerifyMode() == SslVerifyMode.FULL;
        if (verified) {
            return Optional.empty();
        }
        if (address.plaintext().isEmpty()) {
            throw new SnagrDataException.Misconfigured("The connection to the Redis at " + host + " is refused: "
                    + (uri.isSsl()
                            ? "its verifyPeer does not check which server answers: remove it from the URI"
                            : "redis:// sends everything in the clear: use rediss://")
                    + ", and name the file of a private authority with RedisAddress.of(uri).trusting(file); or allow it,"
                    + " with the reason: RedisAddress.of(uri).allowPlaintext(reason)");
        }
        return Optional.of(host);
    }
}
