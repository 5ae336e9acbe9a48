package ai.snagr.data.postgres.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.SnagrDataException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordFormatTest {
    private static final Engines ENGINES = new Engines();
    private static final int KEY_ID = 0x01020304;
    private static final byte[] CONTEXT = {1, 2, 3};

    private final Random random = new Random(4);
    private final byte[] secret = bytes(32);
    private final FieldKey key = keyOf(secret);
    private final RecordFormat format = formatWith(new FixedRandom(bytes(32)), InstantSource.system());

    static List<Vectors> vectors() {
        return Vectors.all();
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void seal_fixedVector_isTheSameByteForByte(Vectors vector) {
        RecordFormat fixed = formatWith(
                new FixedRandom(vector.hex("random")),
                InstantSource.fixed(Instant.ofEpochMilli(vector.number("sequence") / 1_000)));
        FieldKey derived = keyOf(vector.hex("secret"), vector.use());
        assertThat(derived.key()).isEqualTo(vector.hex("key"));
        byte[] sealed = fixed.seal(
                derived,
                (int) vector.number("keyId"),
                vector.context(),
                (int) vector.number("minimumPadding"),
                vector.hex("value"));
        assertThat(sealed).isEqualTo(vector.hex("record"));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void open_fixedVector_givesTheValueHereAndInBouncyCastle(Vectors vector) {
        FieldKey derived = keyOf(vector.hex("secret"), vector.use());
        byte[] sealed = vector.hex("record");
        assertThat(format.open(derived, (int) vector.number("keyId"), vector.context(), sealed))
                .isEqualTo(vector.hex("value"));
        assertThat(BouncyCastleRecord.open(vector.hex("key"), vector.context(), sealed))
                .hasValue(vector.hex("value"));
    }

    @Test
    void seal_randomInputs_opensInBouncyCastleAndBack() {
        RecordFormat real = formatWith(new SecureRandom(), InstantSource.system());
        for (int i = 0; i < 10_000; i++) {
            byte[] fieldSecret = bytes(32);
            FieldKey fieldKey = keyOf(fieldSecret);
            byte[] context = bytes(random.nextInt(200));
            byte[] value = bytes(random.nextInt(i < 9_900 ? 700 : 10_001));
            int keyId = 1 + random.nextInt(Integer.MAX_VALUE);
            int padded = Padding.bucket(value.length, 64);

            byte[] ours = real.seal(fieldKey, keyId, context, 64, value);
            assertThat(ours).hasSize(96 + padded);
            assertThat(BouncyCastleRecord.open(fieldKey.key(), context, ours)).hasValue(value);
            assertThat(real.open(fieldKey, keyId, context, ours)).isEqualTo(value);

            byte[] theirs = BouncyCastleRecord.seal(
                    fieldKey.key(), keyId, random.nextLong(), context, bytes(32), padded, value);
            assertThat(real.open(fieldKey, keyId, context, theirs)).isEqualTo(value);
        }
    }

    @Test
    void seal_everyLength_isReadBack() {
        for (int length = 0; length <= 10_000; length += length < 600 ? 1 : 97) {
            byte[] value = bytes(length);
            byte[] sealed = format.seal(key, KEY_ID, CONTEXT, 64, value);
            assertThat(format.open(key, KEY_ID, CONTEXT, sealed)).isEqualTo(value);
        }
    }

    @Test
    void seal_anything_satisfiesTheCheckOfTheColumn() {
        byte[] sealed = format.seal(key, KEY_ID, CONTEXT, 64, new byte[0]);
        assertThat(sealed).hasSize(160).startsWith(0xFE, 0x01);
        assertThat(format.seal(key, KEY_ID, CONTEXT, 512, new byte[1]))
                .hasSize(608)
                .startsWith(0xFE, 0x01);
        assertThat(RecordFormat.keyId(sealed)).isEqualTo(KEY_ID);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void seal_keyIdNotPositive_isRefused(int keyId) {
        assertThatThrownBy(() -> format.seal(key, keyId, CONTEXT, 64, new byte[1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void seal_valueTooLong_isRefused_andTheLongestIsReadBack() {
        byte[] longest = bytes(RecordFormat.MAX_VALUE_LENGTH);
        assertThat(format.open(key, KEY_ID, CONTEXT, format.seal(key, KEY_ID, CONTEXT, 64, longest)))
                .isEqualTo(longest);
        assertThatThrownBy(() -> format.seal(key, KEY_ID, CONTEXT, 64, new byte[longest.length + 1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void open_anyBitFlipped_isUnreadable() {
        byte[] sealed = format.seal(key, KEY_ID, CONTEXT, 64, bytes(40));
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] altered = sealed.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertUnreadable(key, KEY_ID, CONTEXT, altered);
        }
        assertThat(format.open(key, KEY_ID, CONTEXT, sealed)).hasSize(40);
    }

    @Test
    void open_headerChangedAndKeyIdBelieved_isUnreadable() {
        byte[] sealed = format.seal(key, KEY_ID, CONTEXT, 64, bytes(40));
        for (int bit = 8 * 4; bit < 8 * 16; bit++) {
            byte[] altered = sealed.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertUnreadable(key, ByteBuffer.wrap(altered).getInt(4), CONTEXT, altered);
        }
    }

    @Test
    void open_cutOrLengthened_isUnreadable() {
        byte[] sealed = format.seal(key, KEY_ID, CONTEXT, 64, bytes(200));
        for (int length = 0; length < 2 * sealed.length; length++) {
            if (length != sealed.length) {
                assertUnreadable(key, KEY_ID, CONTEXT, Arrays.copyOf(sealed, length));
            }
        }
    }

    @Test
    void open_otherKeyIdOrContext_isUnreadable() {
        byte[] sealed = format.seal(key, KEY_ID, CONTEXT, 64, bytes(40));
        assertUnreadable(keyOf(bytes(32)), KEY_ID, CONTEXT, sealed);
        assertUnreadable(key, KEY_ID + 1, CONTEXT, sealed);
        assertUnreadable(key, KEY_ID, new byte[] {1, 2, 4}, sealed);
        assertUnreadable(key, KEY_ID, new byte[] {1, 2, 3, 0}, sealed);
        assertUnreadable(key, KEY_ID, new byte[0], sealed);
    }

    @Test
    void open_authenticButWithoutPadding_isUnreadable() {
        byte[] header = BouncyCastleRecord.header(KEY_ID, 1);
        byte[] text = new byte[64];
        text[63] = 1;
        byte[] salt = bytes(32);
        byte[] keys = BouncyCastleRecord.hkdf(key.key(), salt, BouncyCastleRecord.concat(header, CONTEXT), 64);
        byte[] sealed = BouncyCastleRecord.concat(
                header,
                salt,
                Arrays.copyOfRange(keys, 32, 64),
                BouncyCastleRecord.gcm(true, Arrays.copyOf(keys, 32), text).orElseThrow());
        assertUnreadable(key, KEY_ID, CONTEXT, sealed);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 63, 65, 96, 192, 4_097, 4_224})
    void open_authenticButPaddedToNoBucket_isUnreadable(int padded) {
        byte[] sealed = BouncyCastleRecord.seal(key.key(), KEY_ID, 1, CONTEXT, bytes(32), padded, new byte[3]);
        assertUnreadable(key, KEY_ID, CONTEXT, sealed);
    }

    @Test
    void open_textInsteadOfARecord_isUnreadable() {
        assertUnreadable(key, KEY_ID, CONTEXT, "{\"name\":\"x\"}".repeat(20).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void open_ciphertextOfTwoKeys_opensUnderTheCommittedOneOnly() {
        FieldKey other = keyOf(bytes(32));
        byte[] header = BouncyCastleRecord.header(KEY_ID, 1);
        byte[] salt;
        byte[] first;
        byte[] second;
        do {
            salt = bytes(32);
            first = BouncyCastleRecord.hkdf(key.key(), salt, BouncyCastleRecord.concat(header, CONTEXT), 64);
            second = BouncyCastleRecord.hkdf(other.key(), salt, BouncyCastleRecord.concat(header, CONTEXT), 64);
        } while (!TwoKeyCiphertext.isPossible(Arrays.copyOf(first, 32), Arrays.copyOf(second, 32)));
        byte[] body = TwoKeyCiphertext.of(Arrays.copyOf(first, 32), Arrays.copyOf(second, 32));

        assertThat(BouncyCastleRecord.gcm(false, Arrays.copyOf(first, 32), body))
                .isPresent();
        assertThat(BouncyCastleRecord.gcm(false, Arrays.copyOf(second, 32), body))
                .isPresent();

        byte[] committedToFirst = BouncyCastleRecord.concat(header, salt, Arrays.copyOfRange(first, 32, 64), body);
        assertThat(format.open(key, KEY_ID, CONTEXT, committedToFirst)).hasSize(63);
        assertUnreadable(other, KEY_ID, CONTEXT, committedToFirst);
        byte[] committedToSecond = BouncyCastleRecord.concat(header, salt, Arrays.copyOfRange(second, 32, 64), body);
        assertThat(format.open(other, KEY_ID, CONTEXT, committedToSecond)).hasSize(63);
        assertUnreadable(key, KEY_ID, CONTEXT, committedToSecond);
    }

    @Test
    void seal_randomThatRepeats_stillHasASaltPerValue() {
        InstantSource stopped = InstantSource.fixed(Instant.EPOCH);
        Set<String> salts = new HashSet<>();
        for (int i = 0; i < 50_000; i++) {
            RecordFormat resumed = formatWith(new FixedRandom(new byte[32]), stopped);
            byte[] sealed = resumed.seal(
                    key, KEY_ID, CONTEXT, 64, ByteBuffer.allocate(4).putInt(i).array());
            salts.add(new String(sealed, 16, 32, StandardCharsets.ISO_8859_1));
        }
        assertThat(salts).hasSize(50_000);
    }

    @Test
    void seal_sameValueAndRandomElsewhere_hasAnotherSalt() {
        byte[] value = bytes(20);
        InstantSource stopped = InstantSource.fixed(Instant.ofEpochSecond(9));
        byte[] here = formatWith(new FixedRandom(new byte[32]), stopped).seal(key, KEY_ID, CONTEXT, 64, value);
        byte[] again = formatWith(new FixedRandom(new byte[32]), stopped).seal(key, KEY_ID, CONTEXT, 64, value);
        byte[] elsewhere =
                formatWith(new FixedRandom(new byte[32]), stopped).seal(key, KEY_ID, new byte[] {9}, 64, value);
        byte[] otherKey =
                formatWith(new FixedRandom(new byte[32]), stopped).seal(keyOf(bytes(32)), KEY_ID, CONTEXT, 64, value);
        assertThat(again).isEqualTo(here);
        assertThat(Arrays.copyOfRange(elsewhere, 16, 48)).isNotEqualTo(Arrays.copyOfRange(here, 16, 48));
        assertThat(Arrays.copyOfRange(otherKey, 16, 48)).isNotEqualTo(Arrays.copyOfRange(here, 16, 48));
    }

    @Test
    void seal_clockThatStandsStill_numbersTheWritesRising() {
        RecordFormat stopped = formatWith(new FixedRandom(new byte[32]), InstantSource.fixed(Instant.ofEpochMilli(5)));
        long first = ByteBuffer.wrap(stopped.seal(key, KEY_ID, CONTEXT, 64, new byte[1]))
                .getLong(8);
        long second = ByteBuffer.wrap(stopped.seal(key, KEY_ID, CONTEXT, 64, new byte[1]))
                .getLong(8);
        assertThat(first).isEqualTo(5_000);
        assertThat(second).isEqualTo(5_001);
    }

    @Test
    void seal_value_leavesTheCallersBytesAsTheyAre() {
        byte[] value = bytes(100);
        byte[] copy = value.clone();
        byte[] sealed = format.seal(key, KEY_ID, CONTEXT, 64, value);
        byte[] sealedCopy = sealed.clone();
        assertThat(format.open(key, KEY_ID, CONTEXT, sealed)).isEqualTo(value);
        assertThat(value).isEqualTo(copy);
        assertThat(sealed).isEqualTo(sealedCopy);
    }

    private void assertUnreadable(FieldKey fieldKey, int keyId, byte[] context, byte[] sealed) {
        assertThatThrownBy(() -> format.open(fieldKey, keyId, context, sealed))
                .isInstanceOf(SnagrDataException.Unreadable.class)
                .hasMessage(new SnagrDataException.Unreadable().getMessage())
                .hasNoCause()
                .satisfies(refused -> assertThat(refused.getSuppressed()).isEmpty());
    }

    private static RecordFormat formatWith(SecureRandom random, InstantSource clock) {
        return new RecordFormat(ENGINES, random, clock);
    }

    private static FieldKey keyOf(byte[] secret, byte[]... use) {
        try (Engine engine = ENGINES.start()) {
            return FieldKey.derive(engine, secret, use);
        }
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
