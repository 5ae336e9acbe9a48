package ai.snagr.data.keys;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.Money;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.postgres.Capability;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.postgres.PostgresSnagrData;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.testkit.StripeEvents;
import ai.snagr.data.user.UserId;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.hpke.HPKE;
import org.jspecify.annotations.Nullable;

/**
 * A process that has the keys of the writer and of the reader, the database as a superuser and all of Redis, and wants the
 * matches of one search that are not paid for: by the library, by forged rows, and by deriving keys itself.
 */
final class Attacker {
    private static final byte[] NONE = new byte[0];

    private final List<KeyProvider> stolen;
    private final String url;
    private final String owner;
    private final String ownerPassword;
    private final UserId user;
    private final UUID search;
    private final MatchId paid;
    private final Connection admin;
    private final UUID deployment;
    private final List<Sealed> matches = new ArrayList<>();
    private final List<String> opened = new ArrayList<>();
    private int attempts;

    private Attacker(List<String> arguments) throws SQLException {
        stolen = List.of(
                Keys.fromKeyStore(Path.of(arguments.get(0)), OneOfThree.PASSWORD),
                Keys.fromKeyStore(Path.of(arguments.get(1)), OneOfThree.PASSWORD));
        url = arguments.get(2);
        owner = arguments.get(3);
        ownerPassword = arguments.get(4);
        admin = DriverManager.getConnection(url, arguments.get(5), arguments.get(6));
        user = UserId.of(arguments.get(8));
        search = UUID.fromString(arguments.get(9));
        paid = MatchId.of(arguments.get(10));
        deployment = (UUID) one("select id from snagr.deployment");
        read();
    }

    /**
     * Key store files of writer and reader, URL, owner and his password, superuser and his password, URL of Redis, user,
     * search, and the match that is paid for. Prints how many others it opened, how often it tried, and whether the very
     * same means open the one that is paid for.
     */
    public static void main(String... arguments) throws Exception {
        Attacker attacker = new Attacker(List.of(arguments));
        attacker.askTheLibrary();
        attacker.forgeRows();
        boolean control = attacker.derive(arguments[7]);
        System.out.println("opened " + attacker.opened + " in " + (attacker.attempts > 2_000 ? "many" : "few")
                + " attempts, control " + control);
    }

    private void read() throws SQLException {
        try (PreparedStatement query = admin.prepareStatement("""
            select m.id, m.external_listing_id, m.seller_info, m.batch_id, b.sealed, u.grant_key, u.payment_id,
              m.listing_url
            from snagr.matches m
            join snagr.batch_keys b on b.user_id = m.user_id and b.id = m.batch_id
            left join snagr.unlocks u on u.user_id = m.user_id and u.match_id = m.id
            where m.user_id = ? and m.search_id = ?\
            """)) {
            query.setObject(1, user.value());
            query.setObject(2, search);
            ResultSet rows = query.executeQuery();
            while (rows.next()) {
                matches.add(new Sealed(
                        new MatchId((UUID) rows.getObject(1)),
                        rows.getString(2),
                        rows.getBytes(3),
                        (UUID) rows.getObject(4),
                        rows.getBytes(5),
                        rows.getBytes(6),
                        (UUID) rows.getObject(7),
                        rows.getBytes(8)));
            }
        }
    }

    private List<Sealed> unpaid() {
        return matches.stream().filter(match -> !match.id.equals(paid)).toList();
    }

    /** Every door of the library, with whatever capabilities these keys let it have. */
    private void askTheLibrary() {
        for (KeyProvider keys : stolen) {
            for (Set<Capability> capabilities : List.of(
                    EnumSet.allOf(Capability.class),
                    EnumSet.of(Capability.UNLOCK),
                    EnumSet.of(Capability.WRITE_MATCHES, Capability.READ))) {
                try (PostgresSnagrData data = store(keys, capabilities)) {
                    for (Sealed match : unpaid()) {
                        attempt(match, () -> data.as(Actor.user(user)).unlocks().reveal(match.id));
                        attempt(
                                match,
                                () -> data.as(Actor.service(ServiceRole.PAYMENTS)
                                                .onBehalfOf(user))
                                        .unlocks()
                                        .unlock(
                                                match.id,
                                                StripeEvents.create()
                                                        .payment(
                                                                new StripePaymentId("pi_forged12345"),
                                                                Money.of(499, "USD"),
                                                                user,
                                                                match.id)));
                    }
                } catch (SnagrDataException refused) {
                    attempts++;
                }
            }
        }
    }

    /** Gives the unpaid matches what the paid one has, past the triggers, and asks the reader for them. */
    private void forgeRows() throws SQLException {
        try (PostgresSnagrData data = store(stolen.get(1), EnumSet.of(Capability.READ));
                Statement sql = admin.createStatement()) {
            sql.execute("set session_replication_role = replica");
            for (String forgery : List.of(
                    "",
                    "update snagr.unlocks set grant_key = set_byte(grant_key, 100, 7)"
                            + " where match_id <> '%s' and user_id = '%s'",
                    "update snagr.matches set batch_id = (select batch_id from snagr.matches p where p.id = '%1$s'),"
                            + " listing_url = (select listing_url from snagr.matches p where p.id = '%1$s')"
                            + " where id <> '%1$s' and user_id = '%2$s'",
                    "update snagr.matches set seller_info = (select seller_info from snagr.matches p where p.id ="
                            + " '%1$s') where id <> '%1$s' and user_id = '%2$s'",
                    "update snagr.unlocks set grant_key = null where match_id <> '%s' and user_id = '%s'",
                    "update snagr.matches set batch_id = null, seller_info = set_byte(seller_info, 3, 0),"
                            + " listing_url = set_byte(listing_url, 3, 0) where id <> '%s' and user_id = '%s'")) {
                if (forgery.isEmpty()) {
                    sql.execute("""
                        insert into snagr.unlocks (user_id, id, match_id, payment_id, grant_key)
                        select m.user_id, gen_random_uuid(), m.id, u.payment_id, u.grant_key
                        from snagr.matches m
                        join snagr.unlocks u on u.user_id = m.user_id and u.match_id = '%s'
                        where m.search_id = '%s' and m.id <> u.match_id\
                        """.formatted(paid, search));
                } else {
                    sql.execute(forgery.formatted(paid, user));
                }
                for (Sealed match : unpaid()) {
                    attempt(match, () -> data.as(Actor.user(user)).unlocks().reveal(match.id));
                }
            }
        }
    }

    /** Whether what is tried here in vain for the others opens the one that is paid for. */
    private boolean derive(String redis) throws SQLException, GeneralSecurityException {
        List<byte[]> secrets = new ArrayList<>();
        byte[] subject = null;
        for (KeyProvider keys : stolen) {
            WrappedKey lock =
                    new WrappedKey(new KeyRef(KeyPurpose.LOCK, 1), bytes("select wrapped from snagr.lock_keys"));
            for (KeyPurpose purpose : KeyPurpose.values()) {
                unwrap(keys, new WrappedKey(new KeyRef(purpose, 1), lock.bytes()), "lock/1", secrets);
            }
            byte[] wrapped = bytes("select wrapped from snagr.subject_keys where user_id = '" + user + "'");
            subject = unwrap(keys, new WrappedKey(new KeyRef(KeyPurpose.SUBJECT, 1), wrapped), user + "/1", secrets);
        }
        if (subject == null) {
            return false;
        }
        for (String use : List.of("psk", "match", "grant", "fieldmatches.seller_info", "fieldmatches.listing_url")) {
            secrets.add(hkdf(subject, NONE, ascii(use), 32));
        }
        byte[] publicKey = bytes("select public_key from snagr.lock_keys");
        secrets.add(MessageDigest.getInstance("SHA-256").digest(publicKey));
        List<byte[]> guesses = new ArrayList<>(secrets);
        for (byte[] stored : List.of(publicKey, bytes("select wrapped from snagr.lock_keys"), matches.get(0).batch)) {
            windows(stored, guesses);
        }
        for (byte[] kept : valuesOf(redis)) {
            windows(kept, guesses);
        }
        List<Sealed> targets = unpaid();
        for (int i = 0; i < targets.size(); i++) {
            Sealed target = targets.get(i);
            for (byte[] guess : i < 1 ? guesses : secrets) {
                tryKey(target, guess);
                tryKey(target, matchKey(subject, target, guess));
            }
            for (byte[] seed : secrets) {
                byte[] batchKey = openBatch(subject, target, seed);
                if (batchKey != null) {
                    opened.add("batch");
                }
            }
            for (Sealed other : matches) {
                byte[] key = open(hkdf(subject, NONE, ascii("grant"), 32), grantContext(target, other), other.grant);
                if (key != null && other.id.equals(paid)) {
                    opened.add("grant");
                }
            }
        }
        Sealed bought = matches.stream()
                .filter(match -> match.id.equals(paid))
                .findFirst()
                .orElseThrow();
        byte[] key = open(hkdf(subject, NONE, ascii("grant"), 32), grantContext(bought, bought), bought.grant);
        return key != null && open(key, context(bought), bought.seller) != null;
    }

    private void attempt(Sealed match, Supplier<?> call) {
        attempts++;
        try {
            requireNonNull(call.get());
            opened.add(match.id.toString());
        } catch (SnagrDataException refused) {
            // as it should be
        }
    }

    private void tryKey(Sealed match, byte[] key) throws GeneralSecurityException {
        attempts++;
        if (open(key, context(match), match.seller) != null) {
            opened.add(match.id.toString());
        }
    }

    private byte[] matchKey(byte[] subject, Sealed match, byte[] batchKey) throws GeneralSecurityException {
        byte[] info = join(
                ascii("match"), withLengths(bytes(deployment), bytes(match.batchId), row(match), bytes(user.value())));
        return hkdf(batchKey, hkdf(subject, NONE, ascii("match"), 32), info, 32);
    }

    private byte @Nullable [] openBatch(byte[] subject, Sealed match, byte[] seed) throws GeneralSecurityException {
        attempts++;
        HPKE hpke = new HPKE(HPKE.mode_psk, HPKE.kem_X_WING, HPKE.kdf_HKDF_SHA256, HPKE.aead_AES_GCM256);
        byte[] info = join(
                Arrays.copyOf(match.batch, 8),
                withLengths(
                        bytes(deployment),
                        ascii("batch_keys"),
                        ascii("sealed"),
                        withLengths(bytes(search), bytes(match.batchId)),
                        bytes(user.value())));
        try {
            return hpke.open(
                    Arrays.copyOfRange(match.batch, 8, 1_128),
                    hpke.deserializePrivateKey(seed, null),
                    info,
                    NONE,
                    Arrays.copyOfRange(match.batch, 1_128, 1_176),
                    hkdf(subject, NONE, ascii("psk"), 32),
                    join(bytes(user.value()), new byte[] {0, 0, 0, 1}),
                    null);
        } catch (InvalidCipherTextException | RuntimeException refused) {
            return null;
        }
    }

    private byte[] context(Sealed match) {
        return withLengths(bytes(deployment), ascii("matches"), ascii("seller_info"), row(match), bytes(user.value()));
    }

    private byte[] grantContext(Sealed match, Sealed unlocked) {
        UUID payment = unlocked.payment == null ? search : unlocked.payment;
        byte[] row = join(
                row(match),
                withLengths(
                        bytes(match.id.value()),
                        bytes(payment),
                        Arrays.copyOfRange(match.seller, 48, 80),
                        Arrays.copyOfRange(match.listingUrl, 48, 80)));
        return withLengths(bytes(deployment), ascii("unlocks"), ascii("grant_key"), row, bytes(user.value()));
    }

    private byte[] row(Sealed match) {
        return withLengths(bytes(search), match.externalListingId.getBytes(StandardCharsets.UTF_8));
    }

    /** The value of the record, or null. */
    private static byte @Nullable [] open(byte[] key, byte[] context, byte @Nullable [] sealed)
            throws GeneralSecurityException {
        if (sealed == null || key.length == 0) {
            return null;
        }
        byte[] both = hkdf(key, Arrays.copyOfRange(sealed, 16, 48), join(Arrays.copyOf(sealed, 16), context), 64);
        if (!Arrays.equals(both, 32, 64, sealed, 48, 80)) {
            return null;
        }
        Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
        gcm.init(Cipher.DECRYPT_MODE, new SecretKeySpec(both, 0, 32, "AES"), new GCMParameterSpec(128, new byte[12]));
        byte[] padded = gcm.doFinal(sealed, 80, sealed.length - 80);
        int end = padded.length - 1;
        while (padded[end] == 0) {
            end--;
        }
        return Arrays.copyOf(padded, end);
    }

    private static byte[] hkdf(byte[] secret, byte[] salt, byte[] info, int length) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(salt.length == 0 ? new byte[32] : salt, "HmacSHA256"));
        mac.init(new SecretKeySpec(mac.doFinal(secret), "HmacSHA256"));
        byte[] derived = new byte[length];
        byte[] block = NONE;
        for (int i = 0; i < length / 32; i++) {
            mac.update(block);
            mac.update(info);
            mac.update((byte) (i + 1));
            block = mac.doFinal();
            System.arraycopy(block, 0, derived, 32 * i, 32);
        }
        return derived;
    }

    private byte @Nullable [] unwrap(KeyProvider keys, WrappedKey wrapped, String of, List<byte[]> secrets) {
        attempts++;
        try (SecretBytes secret = keys.unwrap(wrapped, new KeyContext(deployment.toString(), of))) {
            secrets.add(secret.expose());
            return secret.expose();
        } catch (SnagrDataException refused) {
            return null;
        }
    }

    private static void windows(byte[] stored, List<byte[]> guesses) {
        for (int i = 0; i + 32 <= stored.length; i++) {
            guesses.add(Arrays.copyOfRange(stored, i, i + 32));
        }
    }

    private static List<byte[]> valuesOf(String redis) {
        try (RedisClient client = RedisClient.create(redis);
                StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE)) {
            List<byte[]> values = new ArrayList<>();
            for (byte[] key : connection.sync().keys("*")) {
                values.add(connection.sync().dump(key));
            }
            if (values.isEmpty()) {
                throw new IllegalStateException("Redis is empty, so it was not attacked");
            }
            return values;
        }
    }

    private PostgresSnagrData store(KeyProvider keys, Set<Capability> capabilities) {
        return PostgresSnagrData.builder()
                .primary(url, owner, ownerPassword)
                .allowPlaintext("a server of tests")
                .keys(keys)
                .capabilities(capabilities)
                .build();
    }

    private Object one(String query) throws SQLException {
        try (Statement statement = admin.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            if (!row.next()) {
                throw new IllegalStateException("nothing is there: " + query);
            }
            return row.getObject(1);
        }
    }

    private byte[] bytes(String query) throws SQLException {
        return (byte[]) one(query);
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(byte[]... parts) {
        ByteBuffer joined = ByteBuffer.allocate(
                Arrays.stream(parts).mapToInt(part -> part.length).sum());
        for (byte[] part : parts) {
            joined.put(part);
        }
        return joined.array();
    }

    private static byte[] withLengths(byte[]... parts) {
        byte[][] each = new byte[2 * parts.length][];
        for (int i = 0; i < parts.length; i++) {
            each[2 * i] = ByteBuffer.allocate(4).putInt(parts[i].length).array();
            each[2 * i + 1] = parts[i];
        }
        return join(each);
    }

    /** A match as it is stored, and its unlock if it has one. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Sealed(
            MatchId id,
            String externalListingId,
            byte[] seller,
            UUID batchId,
            byte[] batch,
            byte @Nullable [] grant,
            @Nullable UUID payment,
            byte[] listingUrl) {}
}
