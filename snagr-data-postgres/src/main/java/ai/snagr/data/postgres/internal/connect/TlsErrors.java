package ai.snagr.data.postgres.internal.connect;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.SnagrDataException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.stream.Stream;
import org.postgresql.ssl.MakeSSL;
import org.postgresql.util.GT;
import org.postgresql.util.PSQLException;

/** Says why a server was not trusted, and what to do. To the driver each of these is a connection that failed. */
public final class TlsErrors {
    private TlsErrors() {}

    /** CONFIGURATION if the connection failed because TLS did, else empty. The cause has no message of the server's. */
    public static Optional<SnagrDataException> find(String attempt, Throwable failure) {
        return Stream.iterate(failure, t -> t != null, Throwable::getCause)
                .flatMap(t -> reason(t).stream())
                .reduce((outer, inner) -> inner)
                .map(reason -> new SnagrDataException.Misconfigured(
                        ErrorCode.CONFIGURATION, attempt + " failed: " + reason, cause(failure)));
    }

    /** The innermost one says most. */
    private static Optional<String> reason(Throwable t) {
        if (t instanceof CertificateExpiredException) {
            return Optional.of("the server's certificate has expired: renew it on the server");
        }
        if (t instanceof CertificateNotYetValidException) {
            return Optional.of(
                    "the server's certificate is not valid yet: look at the clocks of both machines, and when it"
                            + " was made for");
        }
        if (t instanceof CertPathBuilderException || t instanceof CertPathValidatorException) {
            return Optional.of(
                    "the server's certificate was not signed by an authority that is trusted here: name the file"
                            + " of its authority with sslrootcert=… in the URL, or add it to the trust store of this JVM");
        }
        // Not every failure of TLS: a server that goes down in the middle of it will be back.
        return t instanceof PSQLException driver ? driversReason(driver) : Optional.empty();
    }

    /** The driver tells these two by its text alone, in the language of the JVM. */
    private static Optional<String> driversReason(PSQLException e) {
        if (GT.tr("The server does not support SSL.").equals(e.getMessage())) {
            return Optional.of(
                    "the server offers no TLS, or somebody between says so: switch it on at the server (ssl = on),"
                            + " or see sslmode=disable and allowPlaintext(reason)");
        }
        StackTraceElement[] trace = e.getStackTrace();
        boolean byName = trace.length > 0
                && trace[0].getClassName().equals(MakeSSL.class.getName())
                && trace[0].getMethodName().equals("verifyPeerName");
        return byName
                ? Optional.of(
                        "the server's certificate is for another name than the URL's: use the name that it was made"
                                + " for, or one with this name among its alternative names")
                : Optional.empty();
    }

    private static SQLException cause(Throwable failure) {
        SQLException cause = new SQLException("TLS to the database failed", "08006");
        cause.setStackTrace(failure.getStackTrace());
        return cause;
    }
}
