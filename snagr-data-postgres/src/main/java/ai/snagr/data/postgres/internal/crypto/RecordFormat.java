package ai.snagr.data.postgres.internal.crypto;

import ai.snagr.data.SnagrDataException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Record format 1, in which every sealed value and every wrapped key is stored. All numbers are big-endian:
 *
 * <pre>
 *   0  16  header: FE 01, suite 01, flags, key id (4, never 0), write sequence (8)
 *  16  32  salt
 *  48  32  commitment C
 *  80   n  AES-256-GCM of the padded value under K, then the tag of 16 bytes
 *
 *  K || C = HKDF-SHA-256(key, salt, header || context, 64 bytes); the nonce is 12 zero bytes, the associated data empty
 *  salt   = HMAC-SHA-256(HKDF-Expand(key, "hedge"), 32 random bytes || header || context || value)
 * </pre>
 *
 * The nonce may be constant because K encrypts one value only: the salt is in it. Were the random bytes to repeat, the salt
 * would still differ unless key, header, context and value are all the same. The commitment keeps a record from opening
 * under two keys. What is wrong with a record that does not open is never told.
 */
final class RecordFormat {
    /** The flags of a record under a key that follows from the user's alone. */
    static final int OF_A_USER = 0;
    /** The flags of a record under the key of a match, which follows from the key of its batch. */
    static final int OF_A_MATCH = 1;

    static final int COMMITMENT_LENGTH = Engine.KEY_LENGTH;

    /** More than any column holds; a longer value is a mistake, a longer record is not ours. */
    static final int MAX_VALUE_LENGTH = 1 << 20;

    private static final int HEADER_LENGTH = 16;
    private static final int SALT_AT = 16;
    private static final int COMMITMENT_AT = 48;
    private static final int BODY_AT = 80;
    private static final int MIN_LENGTH = BODY_AT + Padding.SMALLEST_BUCKET + Engine.TAG_LENGTH;
    /** Magic, version 1, suite 1, and room for the flags. */
    private static final int PREFIX = 0xFE01_0100;

    private final Engines engines;
    private final SecureRandom random;
    private final InstantSource clock;
    private final AtomicLong lastSequence = new AtomicLong();

    RecordFormat(Engines engines, SecureRandom random, InstantSource clock) {
        this.engines = engines;
        this.random = random;
        this.clock = clock;
    }

    /**
     * The record that holds the value.
     *
     * @param context what else must be the same to open it; an injective encoding
     */
    byte[] seal(FieldKey key, int keyId, byte[] context, int minimumPadding, byte[] value) {
        if (value.length > MAX_VALUE_LENGTH) {
            throw new IllegalArgumentException("A sealed value has at most " + MAX_VALUE_LENGTH + " bytes");
        }
        if (keyId < 1) {
            throw new IllegalArgumentException("A key id is at least 1");
        }
        int padded = Padding.bucket(value.length, minimumPadding);
        byte[] sealed = new byte[BODY_AT + padded + Engine.TAG_LENGTH];
        ByteBuffer.wrap(sealed).putInt(PREFIX | key.flags()).putInt(keyId).putLong(nextSequence());
        byte[] headerAndContext = headerAndContext(sealed, context);
        byte[] oneUseKey = new byte[Engine.KEY_LENGTH];
        byte[] commitment = new byte[Engine.KEY_LENGTH];
        try (Engine engine = engines.start()) {
            byte[] fresh = new byte[Engine.KEY_LENGTH];
            random.nextBytes(fresh);
            byte[] salt = engine.hmac(key.hedge(), fresh, headerAndContext, value);
            engine.hkdf(key.key(), salt, headerAndContext, oneUseKey, commitment);
            System.arraycopy(salt, 0, sealed, SALT_AT, salt.length);
            System.arraycopy(commitment, 0, sealed, COMMITMENT_AT, commitment.length);
            Padding.write(value, sealed, BODY_AT, padded);
            engine.encrypt(oneUseKey, sealed, BODY_AT, padded);
        } finally {
            Arrays.fill(oneUseKey, (byte) 0);
        }
        return sealed;
    }

    /**
     * The value that the record holds.
     *
     * @throws SnagrDataException UNREADABLE if the record is not one that was sealed with this key, id and context
     */
    byte[] open(FieldKey key, int keyId, byte[] context, byte[] sealed) {
        if (keyId != keyId(sealed) || ByteBuffer.wrap(sealed).getInt() != (PREFIX | key.flags())) {
            throw new SnagrDataException.Unreadable();
        }
        byte[] salt = Arrays.copyOfRange(sealed, SALT_AT, COMMITMENT_AT);
        byte[] storedCommitment = Arrays.copyOfRange(sealed, COMMITMENT_AT, BODY_AT);
        byte[] padded = new byte[sealed.length - BODY_AT - Engine.TAG_LENGTH];
        byte[] oneUseKey = new byte[Engine.KEY_LENGTH];
        byte[] commitment = new byte[Engine.KEY_LENGTH];
        try (Engine engine = engines.start()) {
            engine.hkdf(key.key(), salt, headerAndContext(sealed, context), oneUseKey, commitment);
            if (!MessageDigest.isEqual(commitment, storedCommitment)
                    || !engine.decrypt(oneUseKey, sealed, BODY_AT, padded)) {
                throw new SnagrDataException.Unreadable();
            }
            int length = Padding.valueLength(padded);
            if (length < 0) {
                throw new SnagrDataException.Unreadable();
            }
            return Arrays.copyOf(padded, length);
        } finally {
            Arrays.fill(oneUseKey, (byte) 0);
            Arrays.fill(padded, (byte) 0);
        }
    }

    /**
     * The id of the key that the record names, which is not yet proven.
     *
     * @throws SnagrDataException UNREADABLE if the bytes do not have the form of a record
     */
    static int keyId(byte[] sealed) {
        int padded = sealed.length - BODY_AT - Engine.TAG_LENGTH;
        if (sealed.length < MIN_LENGTH
                || padded > Padding.bucket(MAX_VALUE_LENGTH, 0)
                || !Padding.isBucket(padded)
                || (ByteBuffer.wrap(sealed).getInt() & ~OF_A_MATCH) != PREFIX
                || ByteBuffer.wrap(sealed).getInt(Integer.BYTES) < 1) {
            throw new SnagrDataException.Unreadable();
        }
        return ByteBuffer.wrap(sealed).getInt(Integer.BYTES);
    }

    /**
     * Whether the record names the key of a match, which is not yet proven.
     *
     * @throws SnagrDataException UNREADABLE if the bytes do not have the form of a record
     */
    static boolean isOfAMatch(byte[] sealed) {
        int ignored = keyId(sealed);
        return ByteBuffer.wrap(sealed).getInt() == (PREFIX | OF_A_MATCH);
    }

    /**
     * What only that record commits to, which is not yet proven.
     *
     * @throws SnagrDataException UNREADABLE if the bytes do not have the form of a record
     */
    static byte[] commitment(byte[] sealed) {
        int ignored = keyId(sealed);
        return Arrays.copyOfRange(sealed, COMMITMENT_AT, COMMITMENT_AT + COMMITMENT_LENGTH);
    }

    private static byte[] headerAndContext(byte[] sealed, byte[] context) {
        byte[] joined = Arrays.copyOf(sealed, HEADER_LENGTH + context.length);
        System.arraycopy(context, 0, joined, HEADER_LENGTH, context.length);
        return joined;
    }

    /** Microseconds since 1970, made to rise: of two records sealed here, the later one has the higher number. */
    private long nextSequence() {
        long now = clock.millis() * 1_000;
        return lastSequence.updateAndGet(last -> Math.max(last + 1, now));
    }
}
