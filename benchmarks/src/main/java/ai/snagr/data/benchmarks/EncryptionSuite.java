package ai.snagr.data.benchmarks;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Actor;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.match.Match;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.search.Search;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.UserId;
import com.amazonaws.encryptionsdk.AwsCrypto;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import software.amazon.cryptography.materialproviders.MaterialProviders;

/**
 * What it costs to seal and open a record, in time of the processor, garbage and bytes, against AES-GCM alone, which
 * promises less, and against the AWS Encryption SDK's committing suite, which promises nearly the same; then what an unlock
 * costs, what the rotation of the root key does, and how often reveals ask the holder of the keys.
 *
 * <p>Each variant opens what it has sealed, and is compared with the value, before anything is measured.
 */
final class EncryptionSuite implements Suite {
    private static final String PLACE = "user_preferences/phone_number/00000000-0000-0000-0000-000000000001";

    private static final String OURS = "ours";
    private static final String JDK = "jdk_aes_gcm";
    private static final String BOUNCY_CASTLE = "bouncy_castle";
    private static final String TINK = "tink_aes_gcm";
    private static final String TINK_XAES = "tink_xaes";
    private static final String AWS = "aws_encryption_sdk";
    private static final String AWS_MASTER_KEY = "aws_encryption_sdk_master_key";
    private static final String AWS_SIGNED = "aws_encryption_sdk_signed";

    private static final Map<Integer, Double> MICROS =
            new TreeMap<>(Map.of(64, 7.0, 256, 7.0, 1_024, 9.0, 4_096, 13.0));
    private static final int WARM_CALLS = 20_000;
    private static final int RECORDS = 200;
    private static final int SIGNED_SIZE = 256;
    private static final int SIGNED_RECORDS = 20;
    private static final int KILOBYTE = 1_024;

    private static final int UNLOCKS = 20;
    private static final int REVEALING_USERS = 100;
    private static final int REVEALS = 10_000;

    @Override
    public Result run(Effort effort) throws Exception {
        List<Metric> metrics = new ArrayList<>();
        metrics.addAll(records(effort));
        metrics.addAll(rewraps(effort));
        try (TestDatabase database = TestDatabase.create();
                CountingKeys keys = new CountingKeys(Keys.ephemeral())) {
            metrics.add(unlocks(database, keys, effort));
            metrics.addAll(reveals(database, keys));
            return new Result(metrics, versions(database));
        }
    }

    private static List<Metric> records(Effort effort) throws Exception {
        byte[] place = PLACE.getBytes(StandardCharsets.US_ASCII);
        try (OurRecords ours = new OurRecords()) {
            Map<String, Records> peers = new LinkedHashMap<>();
            peers.put(OURS, ours);
            peers.put(JDK, new JdkRecords(place));
            peers.put(BOUNCY_CASTLE, new BouncyCastleRecords(place));
            peers.put(TINK, new TinkRecords(PredefinedAeadParameters.AES256_GCM, place));
            peers.put(TINK_XAES, new TinkRecords(PredefinedAeadParameters.XAES_256_GCM_192_BIT_NONCE, place));
            peers.put(AWS, AwsRecords.keyring(AwsRecords.COMMITTING, PLACE));
            peers.put(AWS_MASTER_KEY, AwsRecords.masterKey(AwsRecords.COMMITTING, PLACE));
            PairedRounds rounds = new PairedRounds(Optional.empty());
            for (int size : MICROS.keySet()) {
                byte[] value = random(size);
                for (Map.Entry<String, Records> peer : peers.entrySet()) {
                    Records records = peer.getValue();
                    warm(rounds, sealAndOpen(peer.getKey(), size), value, () -> records.open(records.seal(value)));
                }
                byte[] sealed = ours.seal(value);
                warm(rounds, "seal " + size, ours.seal(value), () -> ours.seal(value));
                warm(rounds, "open " + size, value, () -> ours.open(sealed));
            }
            rounds.run(effort.warmUpRounds(), effort.rounds(), Math.max(RECORDS, effort.operations()));
            List<Metric> metrics = new ArrayList<>();
            for (int size : MICROS.keySet()) {
                metrics.addAll(times(rounds, size));
            }
            metrics.add(signed(ours, effort));
            for (int size : MICROS.keySet()) {
                metrics.addAll(garbage(rounds, size));
            }
            metrics.addAll(overheads(peers));
            return metrics;
        }
    }

    /** A variant that was compared, and called until the compiler has done with it. */
    private static void warm(PairedRounds rounds, String name, byte[] expected, Callable<byte[]> operation)
            throws Exception {
        byte[] first = operation.call();
        require(
                name.startsWith("seal") ? first.length == expected.length : Arrays.equals(first, expected),
                name + " gives another value");
        long until = System.nanoTime() + 1_000_000_000L;
        for (int i = 0; i < WARM_CALLS && System.nanoTime() < until; i++) {
            require(operation.call().length == expected.length, name + " gives another length");
        }
        rounds.variant(name, operation);
    }

    private static List<Metric> times(PairedRounds rounds, int size) {
        String name = "seal_open_" + size + "b";
        String ours = sealAndOpen(OURS, size);
        List<Metric> metrics = new ArrayList<>();
        metrics.add(Metric.atMost(goal(size), "us", name + "_cpu", micros(rounds.clientNanos(ours))));
        for (String aws : List.of(AWS, AWS_MASTER_KEY)) {
            metrics.add(Metric.atLeast(
                    25, "ratio", name + "_speed_vs_" + aws, rounds.clientRatio(sealAndOpen(aws, size), ours)));
        }
        Map<String, Double> goals = new TreeMap<>(Map.of(JDK, 8.0, TINK, 8.0, TINK_XAES, 2.0, BOUNCY_CASTLE, 1.0));
        goals.forEach((peer, goal) -> metrics.add(Metric.atMost(
                goal, "ratio", name + "_cpu_vs_" + peer, rounds.clientRatio(ours, sealAndOpen(peer, size)))));
        return metrics;
    }

    /** Against the default suite, at one size: a signature takes milliseconds whatever it signs. */
    private static Metric signed(Records ours, Effort effort) throws Exception {
        byte[] value = random(SIGNED_SIZE);
        Records signing = AwsRecords.keyring(AwsRecords.COMMITTING_AND_SIGNING, PLACE);
        PairedRounds rounds = new PairedRounds(Optional.empty());
        warm(rounds, sealAndOpen(OURS, SIGNED_SIZE), value, () -> ours.open(ours.seal(value)));
        warm(rounds, sealAndOpen(AWS_SIGNED, SIGNED_SIZE), value, () -> signing.open(signing.seal(value)));
        rounds.run(effort.warmUpRounds(), effort.rounds(), SIGNED_RECORDS);
        return Metric.atLeast(
                25,
                "ratio",
                "seal_open_" + SIGNED_SIZE + "b_speed_vs_" + AWS_SIGNED,
                rounds.clientRatio(sealAndOpen(AWS_SIGNED, SIGNED_SIZE), sealAndOpen(OURS, SIGNED_SIZE)));
    }

    /** The copies of the value come on top: the record, what is in it, and what is handed out. */
    private static List<Metric> garbage(PairedRounds rounds, int size) {
        double goal = 6 * KILOBYTE + (size >= KILOBYTE ? 3 * size : 0);
        String ours = sealAndOpen(OURS, size);
        return List.of(
                Metric.atMost(goal, "B", "seal_" + size + "b_bytes_allocated", rounds.bytes("seal " + size)),
                Metric.atMost(goal, "B", "seal_opened_" + size + "b_bytes_allocated", rounds.bytes("open " + size)),
                Metric.atMost(goal, "B", "seal_open_" + size + "b_bytes_allocated", rounds.bytes(ours)),
                Metric.atMost(
                        1,
                        "ratio",
                        "seal_open_" + size + "b_bytes_allocated_vs_" + AWS,
                        divided(rounds.bytes(ours), rounds.bytes(sealAndOpen(AWS, size)))));
    }

    /** How much longer a record is than its value, and how much of that hides the value's length. */
    private static List<Metric> overheads(Map<String, Records> peers) throws Exception {
        List<Metric> metrics = new ArrayList<>();
        for (int size : MICROS.keySet()) {
            // The longest value that needs no more room than the one of that many bytes less one.
            double format = overhead(peers, OURS, size - 1) - 1;
            metrics.add(Metric.atMost(100, "B", "overhead_" + size + "b", format));
            metrics.add(Metric.atMost(
                    size, "B", "overhead_padding_at_worst_" + size + "b", overhead(peers, OURS, size) - format));
            metrics.add(
                    Metric.atMost(1, "ratio", "overhead_" + size + "b_vs_" + AWS, format / overhead(peers, AWS, size)));
        }
        return metrics;
    }

    private static double overhead(Map<String, Records> peers, String peer, int size) throws Exception {
        Records records = requireNonNull(peers.get(peer), peer);
        return records.seal(random(size)).length - size;
    }

    /** From one version of the root key to the next, key by key, as a provider in memory does it. */
    private static List<Metric> rewraps(Effort effort) throws Exception {
        try (KeyProvider keys = Keys.ephemeral();
                SecretBytes secret = SecretBytes.owning(random(32))) {
            KeyContext context = new KeyContext("00000000-0000-0000-0000-000000000001", PLACE);
            WrappedKey wrapped = keys.wrap(keys.current(KeyPurpose.SUBJECT), secret, context);
            Callable<WrappedKey> rewrap = () -> {
                try (SecretBytes opened = keys.unwrap(wrapped, context)) {
                    return keys.wrap(keys.current(KeyPurpose.SUBJECT), opened, context);
                }
            };
            PairedRounds rounds = new PairedRounds(Optional.empty()).variant("rewrap", rewrap);
            for (int i = 0; i < WARM_CALLS; i++) {
                require(rewrap.call().bytes().length == wrapped.bytes().length, "a key is wrapped otherwise");
            }
            rounds.run(effort.warmUpRounds(), effort.rounds(), Math.max(RECORDS, effort.operations()));
            double[] perSecond = Arrays.stream(rounds.clientNanos("rewrap"))
                    .map(nanos -> 1e9 / nanos)
                    .toArray();
            return List.of(Metric.atLeast(20_000, "users/s", "rewrap_users_per_second_per_core", perSecond));
        }
    }

    private static Metric unlocks(TestDatabase database, KeyProvider keys, Effort effort) throws Exception {
        int warmUp = effort.warmUpRounds();
        int needed = (warmUp + effort.rounds()) * UNLOCKS;
        try (SnagrData data = database.open(keys)) {
            Samples samples = Samples.ofSeed(8);
            UserId user = samples.registeredUser(data).id();
            List<VerifiedPayment> paid = new ArrayList<>();
            while (paid.size() < needed) {
                Search search = samples.search(data.as(Actor.user(user)));
                for (Match match : samples.matches(data, search, 200)) {
                    paid.add(samples.verifiedPayment(user, match.id()));
                }
            }
            Session payments = data.as(Actor.service(ServiceRole.PAYMENTS).onBehalfOf(user));
            Iterator<VerifiedPayment> next = paid.iterator();
            PairedRounds rounds = new PairedRounds(Optional.empty()).variant("unlock", () -> {
                VerifiedPayment payment = next.next();
                return payments.unlocks().unlock(payment.matchId(), payment);
            });
            rounds.run(warmUp, effort.rounds(), UNLOCKS);
            return Metric.atMost(1, "ms", "unlock_cpu", millis(rounds.clientNanos("unlock")));
        }
    }

    /** By a store that has opened no user's key yet, but has its own for the pseudonyms of the trail. */
    private static List<Metric> reveals(TestDatabase database, CountingKeys keys) throws SQLException {
        List<Unlock> unlocks = new ArrayList<>();
        Unlock first;
        try (SnagrData data = database.open(keys)) {
            Samples samples = Samples.ofSeed(9);
            first = samples.unlockedMatch(data, samples.registeredUser(data).id());
            for (int i = 0; i < REVEALING_USERS; i++) {
                unlocks.add(
                        samples.unlockedMatch(data, samples.registeredUser(data).id()));
            }
        }
        try (SnagrData data = database.open(keys)) {
            reveal(data, first);
            int callsBefore = keys.calls();
            long rowsBefore = revealsOnRecord(database);
            for (int i = 0; i < REVEALS; i++) {
                reveal(data, unlocks.get(i % REVEALING_USERS));
            }
            return List.of(
                    Metric.atMost(100, "calls", "reveal_10000_key_service_calls", keys.calls() - callsBefore),
                    Metric.atLeast(REVEALS, "rows", "reveal_10000_audit_rows", (double)
                            (revealsOnRecord(database) - rowsBefore)));
        }
    }

    private static void reveal(SnagrData data, Unlock unlock) {
        Match shown = data.as(Actor.user(unlock.userId()))
                .unlocks()
                .reveal(unlock.matchId())
                .match();
        require(shown.id().equals(unlock.matchId()), "another match is revealed");
    }

    private static long revealsOnRecord(TestDatabase database) throws SQLException {
        try (Connection admin = database.adminConnection();
                Statement statement = admin.createStatement();
                ResultSet row =
                        statement.executeQuery("select count(*) from snagr.audit_events where action = 'reveal'")) {
            require(row.next(), "a count has a row");
            return row.getLong(1);
        }
    }

    private static Map<String, String> versions(TestDatabase database) {
        return new TreeMap<>(Map.of(
                "postgresql", database.postgres().version(),
                "bouncycastle", jar(GCMBlockCipher.class),
                "tink", jar(Aead.class),
                "aws-encryption-sdk", jar(AwsCrypto.class),
                "aws-material-providers", jar(MaterialProviders.class)));
    }

    private static String jar(Class<?> type) {
        String location =
                type.getProtectionDomain().getCodeSource().getLocation().getPath();
        return location.substring(location.lastIndexOf('/') + 1);
    }

    private static String sealAndOpen(String peer, int size) {
        return peer + " " + size;
    }

    private static double goal(int size) {
        return requireNonNull(MICROS.get(size));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    private static double[] divided(double[] ours, double[] theirs) {
        double[] ratios = new double[ours.length];
        Arrays.setAll(ratios, round -> ours[round] / theirs[round]);
        return ratios;
    }

    private static double[] micros(double[] nanos) {
        return Arrays.stream(nanos).map(value -> value / 1e3).toArray();
    }

    private static double[] millis(double[] nanos) {
        return Arrays.stream(nanos).map(value -> value / 1e6).toArray();
    }

    private static void require(boolean right, String wrong) {
        if (!right) {
            throw new IllegalStateException(wrong);
        }
    }
}
