package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a provider of keys must do besides when its keys are with a service that is reached over a network. */
public abstract class KeyServiceContract extends KeyProviderContract {
    private static final KeyContext CONTEXT = new KeyContext("deployment", "owner");
    private static final KeyRef FIRST = new KeyRef(KeyPurpose.SUBJECT, 1);
    private static final KeyRef SECOND = new KeyRef(KeyPurpose.SUBJECT, 2);
    private static final Duration PATIENT = Duration.ofSeconds(20);
    private static final Duration IMPATIENT = Duration.ofMillis(60);

    /** For subclasses. */
    protected KeyServiceContract() {}

    /** What may be wrong with a service. */
    public enum Fault {
        /** It ends each connection without an answer. */
        UNREACHABLE(ErrorCode.UNAVAILABLE),
        /** It takes the question and says nothing. */
        SILENT(ErrorCode.UNAVAILABLE),
        /** It says that there is too much to do, or that it is sealed. */
        OVERLOADED(ErrorCode.UNAVAILABLE),
        /** It does not accept the credential. */
        REFUSING(ErrorCode.CONFIGURATION),
        /** It says that all is well, with a body that nobody can read. */
        GARBLED(ErrorCode.CONFIGURATION),
        /** It says that all is well, in its language, and leaves out what was asked for. */
        EMPTY(ErrorCode.CONFIGURATION);

        private final ErrorCode code;

        Fault(ErrorCode code) {
            this.code = code;
        }
    }

    /**
     * As {@link #open()}.
     *
     * @param timeout for one attempt of a call
     */
    protected abstract KeyProvider open(Duration timeout) throws Exception;

    /** From now on the service of the provider that was opened last answers that many requests with the fault. */
    protected abstract void fail(Fault fault, int requests);

    @Override
    protected KeyProvider open() throws Exception {
        return open(PATIENT);
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void everyMethod_serviceFails_failsAsDocumentedAndWithoutSecrets(Fault fault) throws Exception {
        try (KeyProvider keys = open(fault == Fault.SILENT ? IMPATIENT : PATIENT)) {
            WrappedKey wrapped = new WrappedKey(FIRST, new byte[60]);
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> keys.current(KeyPurpose.SUBJECT),
                    () -> wrap(keys, SECOND),
                    () -> keys.unwrap(wrapped, CONTEXT),
                    () -> keys.destroy(FIRST, Instant.EPOCH))) {
                fail(fault, Integer.MAX_VALUE);
                SnagrDataException failure = assertFails(fault.code, call);
                assertThat(failure.retryable()).isEqualTo(fault.code == ErrorCode.UNAVAILABLE);
                assertNoSecret(printed(failure));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"GARBLED", "EMPTY", "REFUSING"})
    void unwrap_serviceFailsAfterItHasServed_failsAsDocumented(Fault fault) throws Exception {
        try (KeyProvider keys = open(PATIENT)) {
            WrappedKey wrapped = wrap(keys, keys.current(KeyPurpose.SUBJECT));
            fail(fault, Integer.MAX_VALUE);
            assertNoSecret(printed(assertFails(fault.code, () -> keys.unwrap(wrapped, CONTEXT))));
            assertNoSecret(printed(assertFails(fault.code, () -> wrap(keys, SECOND))));
            assertNoSecret(printed(assertFails(fault.code, () -> keys.rewrap(wrapped, SECOND, CONTEXT))));
            fail(fault, 0);
            keys.unwrap(wrapped, CONTEXT).close();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"UNREACHABLE", "OVERLOADED"})
    void everyMethodThatChangesNothing_serviceFailsOnce_isRepeated(Fault fault) throws Exception {
        try (KeyProvider keys = open(PATIENT)) {
            fail(fault, 1);
            assertThat(keys.current(KeyPurpose.SUBJECT)).isEqualTo(SECOND);
            fail(fault, 1);
            WrappedKey wrapped = wrap(keys, SECOND);
            fail(fault, 1);
            keys.unwrap(wrapped, CONTEXT).close();
            fail(fault, 1);
            assertThat(keys.rewrap(wrapped, SECOND, CONTEXT).wrappedBy()).isEqualTo(SECOND);
        }
    }

    private static WrappedKey wrap(KeyProvider keys, KeyRef kek) {
        try (SecretBytes secret =
                SecretBytes.copyOf("canary-canary-canary-canary-0123".getBytes(StandardCharsets.UTF_8))) {
            return keys.wrap(kek, secret, CONTEXT);
        }
    }
}
