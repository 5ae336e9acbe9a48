package ai.snagr.data.postgres.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.user.UserId;
import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads a dump of the live heap. The keys searched for are held in disguise, so that the search finds no copy of its own. */
class KeyResidueTest {
    private static final long DISGUISE = 0x5A5A_A5A5_C3C3_3C3CL;

    @TempDir
    private Path directory;

    private final Map<Secret, Long> disguised = new EnumMap<>(Secret.class);

    @Test
    @SuppressWarnings("ObjectToString") // what is printed is the question
    void close_liveHeap_holdsNoKey() throws IOException {
        UUID deployment = UUID.randomUUID();
        UserId user = new UserId(UUID.randomUUID());
        FieldContext context = FieldContext.phoneNumber(user);
        byte[] root = fresh(Secret.ROOT);
        byte[] subject = fresh(Secret.SUBJECT);
        byte[] field = BouncyCastleRecord.fieldKey(subject, "user_preferences.phone_number");
        hide(Secret.FIELD, field);
        Arrays.fill(field, (byte) 0);

        KeyProvider keys = LocalKeys.ofRoots(new TreeMap<>(Map.of(1, root)));
        Sealer sealer = new Sealer(keys, deployment);
        SubjectKey key;
        try (SecretBytes secret = SecretBytes.owning(subject)) {
            WrappedKey wrapped = keys.wrap(
                    keys.current(KeyPurpose.SUBJECT), secret, new KeyContext(deployment.toString(), user + "/1"));
            key = sealer.open(user, 1, wrapped);
        }
        byte[] sealed = key.seal(context, new byte[20]);
        for (int i = 0; i < 100; i++) {
            assertThat(key.open(context, key.seal(context, new byte[i]))).hasSize(i);
        }
        assertThat(key.open(context, sealed)).hasSize(20);

        assertThat(copies("open.hprof")).containsEntry(Secret.FIELD, 1).containsEntry(Secret.SUBJECT, 0);
        sealer.close();
        keys.close();
        assertThat(copies("closed.hprof"))
                .containsEntry(Secret.FIELD, 0)
                .containsEntry(Secret.SUBJECT, 0)
                .containsEntry(Secret.ROOT, 0);
        assertThat(sealer.toString() + keys + key).isNotEmpty();
    }

    private byte[] fresh(Secret name) {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        hide(name, secret);
        return secret;
    }

    private void hide(Secret name, byte[] secret) {
        disguised.put(name, ByteBuffer.wrap(secret).getLong(8) ^ DISGUISE);
    }

    private Map<Secret, Integer> copies(String name) throws IOException {
        Path dump = directory.resolve(name);
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(dump.toString(), true);
        Map<Secret, Integer> copies = new EnumMap<>(Secret.class);
        disguised.keySet().forEach(secret -> copies.put(secret, 0));
        try (FileChannel channel = FileChannel.open(dump)) {
            MappedByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            bytes.order(ByteOrder.BIG_ENDIAN);
            long window = 0;
            while (bytes.hasRemaining()) {
                window = (window << 8) | (bytes.get() & 0xFF);
                long seen = window ^ DISGUISE;
                disguised.forEach((secret, wanted) -> {
                    if (wanted == seen) {
                        copies.merge(secret, 1, Integer::sum);
                    }
                });
            }
        }
        return copies;
    }

    private enum Secret {
        ROOT,
        SUBJECT,
        FIELD
    }
}
