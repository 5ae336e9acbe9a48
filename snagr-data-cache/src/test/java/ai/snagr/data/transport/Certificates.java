package ai.snagr.data.transport;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority, made for one test, that signs whatever certificate the test needs. */
final class Certificates {
    private static final char[] NO_PASSWORD = {};

    private final X500Name name;
    private final KeyPair keys;
    private final X509Certificate certificate;

    private Certificates(X500Name name, KeyPair keys, X509Certificate certificate) {
        this.name = name;
        this.keys = keys;
        this.certificate = certificate;
    }

    static Certificates authority(String name) throws Exception {
        X500Name subject = new X500Name("CN=" + name);
        KeyPair keys = newKeys();
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                subject,
                number(),
                Date.from(now.minus(Duration.ofDays(365))),
                Date.from(now.plus(Duration.ofDays(365))),
                subject,
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
        return new Certificates(subject, keys, signed(builder, keys));
    }

    /** For a server of that address, in force since an hour ago. */
    Issued forAddress(String ip) throws Exception {
        return issue(new GeneralName(GeneralName.iPAddress, ip), Duration.ofHours(-1), Duration.ofHours(1));
    }

    /** For a server of that address, from and until so far from now. */
    Issued forAddress(String ip, Duration from, Duration until) throws Exception {
        return issue(new GeneralName(GeneralName.iPAddress, ip), from, until);
    }

    /** For a server of that name, in force since an hour ago. */
    Issued forName(String host) throws Exception {
        return issue(new GeneralName(GeneralName.dNSName, host), Duration.ofHours(-1), Duration.ofHours(1));
    }

    /** The authority's own certificate, for clients. */
    Path write(Path file) throws IOException, GeneralSecurityException {
        return Files.writeString(file, pem("CERTIFICATE", certificate.getEncoded()));
    }

    private Issued issue(GeneralName server, Duration from, Duration until) throws Exception {
        KeyPair own = newKeys();
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name,
                number(),
                Date.from(now.plus(from)),
                Date.from(now.plus(until)),
                new X500Name("CN=a server"),
                own.getPublic());
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(server));
        X509Certificate issued = signed(builder, keys);
        return new Issued(own, issued, certificate);
    }

    private static X509Certificate signed(JcaX509v3CertificateBuilder builder, KeyPair signer)
            throws OperatorCreationException, GeneralSecurityException {
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
    }

    private static KeyPair newKeys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static BigInteger number() {
        return new BigInteger(64, new SecureRandom());
    }

    private static String pem(String type, byte[] content) {
        return "-----BEGIN " + type + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END " + type
                + "-----\n";
    }

    /** A server's key, its certificate, and that of whoever signed it. */
    record Issued(KeyPair keys, X509Certificate certificate, X509Certificate signer) {
        String certificatePem() throws GeneralSecurityException {
            return pem("CERTIFICATE", certificate.getEncoded());
        }

        String keyPem() {
            return pem("PRIVATE KEY", keys.getPrivate().getEncoded());
        }

        /** For a server in this JVM. */
        SSLContext context() throws Exception {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, NO_PASSWORD);
            store.setKeyEntry("server", keys.getPrivate(), NO_PASSWORD, new Certificate[] {certificate, signer});
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, NO_PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        }
    }
}
