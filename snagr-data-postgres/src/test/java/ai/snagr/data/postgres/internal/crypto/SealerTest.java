package ai.snagr.data.postgres.internal.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.spi.KeyContext;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.spi.KeyPurpose;
import ai.snagr.data.spi.KeyRef;
import ai.snagr.data.spi.SecretBytes;
import ai.snagr.data.spi.WrappedKey;
import ai.snagr.data.user.UserId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SealerTest {
    private static final byte[] CANARY = "canary-5e11e7@example.com".getBytes(UTF_8);

    private final Random random = new Random(5);
    private final KeyProvider keys = Keys.ephemeral();
    private final UUID deployment = uuid();
    private final Sealer sealer = new Sealer(keys, deployment);
    private final UserId alice = new UserId(uuid());
    private final UserId bob = new UserId(uuid());
    private final SearchId search = new SearchId(uuid());

    @AfterEach
    void close() {
        sealer.close();
        keys.close();
    }

    @ParameterizedTest
    @EnumSource
    void seal_everyColumn_isReadBackThroughTheStoredKey(SealedColumn column) {
        NewSubjectKey stored = sealer.newSubjectKey(alice);
        FieldContext context = new FieldContext(column, RowKey.ofMatch(search, "item"), alice);
        byte[] sealed = open(stored).seal(context, CANARY);
        assertThat(sealed).hasSize(96 + Math.max(64, column.minimumPadding())).startsWith(0xFE, 0x01);
        assertThat(Sealer.keyId(sealed)).isEqualTo(stored.keyId()).isEqualTo(1);

        try (Sealer later = new Sealer(keys, deployment)) {
            assertThat(later.open(alice, stored.keyId(), stored.wrapped()).open(context, sealed))
                    .isEqualTo(CANARY);
        }
    }

    @Test
    void seal_record_isTheFormatOfTheDocument() {
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        WrappedKey wrapped = keys.wrap(
                new KeyRef(KeyPurpose.SUBJECT, 1),
                SecretBytes.copyOf(secret),
                new KeyContext(deployment.toString(), alice.value() + "/9"));
        byte[] sealed = sealer.open(alice, 9, wrapped).seal(FieldContext.listingUrl(alice, search, "item"), CANARY);

        byte[] context = BouncyCastleRecord.context(
                Bytes.of(deployment),
                "matches".getBytes(UTF_8),
                "listing_url".getBytes(UTF_8),
                BouncyCastleRecord.context(Bytes.of(search.value()), "item".getBytes(UTF_8)),
                Bytes.of(alice.value()));
        assertThat(BouncyCastleRecord.open(BouncyCastleRecord.fieldKey(secret, "matches.listing_url"), context, sealed))
                .hasValue(CANARY);
    }

    @Test
    void open_movedElsewhere_isUnreadable() {
        NewSubjectKey alices = sealer.newSubjectKey(alice);
        NewSubjectKey bobs = sealer.newSubjectKey(bob);
        SearchId otherSearch = new SearchId(uuid());
        List<Place> places = new ArrayList<>();
        for (NewSubjectKey stored : List.of(alices, bobs)) {
            for (SealedColumn column : SealedColumn.values()) {
                for (RowKey row : List.of(
                        RowKey.ofMatch(search, "item"),
                        RowKey.ofMatch(search, "item2"),
                        RowKey.ofMatch(otherSearch, "item"),
                        RowKey.ofPreferences(stored.user()))) {
                    places.add(new Place(open(stored), new FieldContext(column, row, stored.user())));
                }
            }
        }
        for (Place from : places) {
            byte[] sealed = from.key.seal(from.context, CANARY);
            for (Place to : places) {
                if (to.equals(from)) {
                    assertThat(to.key.open(to.context, sealed)).isEqualTo(CANARY);
                } else {
                    assertUnreadable(() -> to.key.open(to.context, sealed));
                }
            }
        }
    }

    @Test
    void open_otherUsersContextWithTheOwnersKey_isUnreadable() {
        SubjectKey key = open(sealer.newSubjectKey(alice));
        byte[] sealed = key.seal(FieldContext.phoneNumber(alice), CANARY);
        assertUnreadable(() -> key.open(FieldContext.phoneNumber(bob), sealed));
    }

    @Test
    void open_otherDeploymentKeyIdOrRootKeys_isUnreadable() {
        NewSubjectKey stored = sealer.newSubjectKey(alice);
        try (KeyProvider otherKeys = Keys.ephemeral();
                Sealer elsewhere = new Sealer(keys, uuid());
                Sealer foreign = new Sealer(otherKeys, deployment)) {
            assertUnreadable(() -> elsewhere.open(alice, 1, stored.wrapped()));
            assertUnreadable(() -> foreign.open(alice, 1, stored.wrapped()));
        }
        assertUnreadable(() -> sealer.open(alice, 2, stored.wrapped()));
        assertUnreadable(() -> sealer.open(bob, 1, stored.wrapped()));
        assertUnreadable(() -> sealer.open(alice, 1, sealer.newSubjectKey(bob).wrapped()));
    }

    @Test
    void open_recordOfAnotherDeploymentWithTheSameSubjectKey_isUnreadable() {
        byte[] secret = new byte[32];
        random.nextBytes(secret);
        UUID other = uuid();
        SubjectKey here = sealer.open(alice, 1, wrapped(secret, deployment, 1));
        FieldContext context = FieldContext.seller(alice, search, "item");
        byte[] sealed = here.seal(context, CANARY);
        try (Sealer elsewhere = new Sealer(keys, other)) {
            assertUnreadable(
                    () -> elsewhere.open(alice, 1, wrapped(secret, other, 1)).open(context, sealed));
        }
        assertUnreadable(
                () -> sealer.open(alice, 2, wrapped(secret, deployment, 2)).open(context, sealed));
        assertThat(here.open(context, sealed)).isEqualTo(CANARY);
    }

    @Test
    void open_wrappedKeyAltered_isUnreadable() {
        NewSubjectKey stored = sealer.newSubjectKey(alice);
        byte[] bytes = stored.wrapped().bytes();
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] altered = bytes.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertUnreadable(
                    () -> sealer.open(alice, 1, new WrappedKey(stored.wrapped().wrappedBy(), altered)));
        }
        assertUnreadable(
                () -> sealer.open(alice, 1, new WrappedKey(stored.wrapped().wrappedBy(), new byte[0])));
    }

    @Test
    void open_wrappedKeyOfAnotherLength_isUnreadable() {
        assertUnreadable(() -> sealer.open(alice, 1, wrapped(new byte[16], deployment, 1)));
    }

    @Test
    void newSubjectKey_calledTwice_givesDifferentKeys() {
        NewSubjectKey first = sealer.newSubjectKey(alice);
        NewSubjectKey second = sealer.newSubjectKey(alice);
        FieldContext context = FieldContext.phoneNumber(alice);
        byte[] sealed = open(first).seal(context, CANARY);
        assertUnreadable(() -> open(second).open(context, sealed));
    }

    @Test
    void seal_contextOfAnotherUser_isRefused() {
        SubjectKey key = open(sealer.newSubjectKey(alice));
        assertThatThrownBy(() -> key.seal(FieldContext.phoneNumber(bob), CANARY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void rowKey_differentParts_areDifferentKeys() {
        Set<RowKey> keysOfRows = new HashSet<>(List.of(
                RowKey.ofMatch(search, "a"),
                RowKey.ofMatch(search, "a "),
                RowKey.ofMatch(search, "\u00e4"),
                RowKey.ofMatch(search, ""),
                RowKey.ofMatch(new SearchId(alice.value()), ""),
                RowKey.ofPreferences(alice)));
        assertThat(keysOfRows).hasSize(6);
        assertThat(RowKey.ofMatch(search, "a"))
                .isEqualTo(RowKey.ofMatch(search, "a"))
                .hasSameHashCodeAs(RowKey.ofMatch(search, "a"));
    }

    @Test
    void rowKey_unpairedSurrogate_isRefused() {
        assertThatThrownBy(() -> RowKey.ofMatch(search, "x\ud83d"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("\ud83d");
    }

    @Test
    void close_thenUse_isRefused() {
        SubjectKey key = open(sealer.newSubjectKey(alice));
        FieldContext context = FieldContext.phoneNumber(alice);
        byte[] sealed = key.seal(context, CANARY);
        sealer.close();
        assertThatThrownBy(() -> key.open(context, sealed)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> key.seal(context, CANARY)).isInstanceOf(IllegalStateException.class);
        sealer.close();
    }

    @Test
    @SuppressWarnings("ObjectToString") // what is printed is the question
    void toString_ofEverything_showsNoSecretAndNoContent() {
        NewSubjectKey stored = sealer.newSubjectKey(alice);
        SubjectKey key = open(stored);
        FieldContext context = FieldContext.seller(alice, search, "canary-listing");
        String printed = stored + " " + key + " " + context + " " + keys + " " + sealer;
        assertThat(printed)
                .contains("SubjectKey[user=" + alice)
                .doesNotContain("canary")
                .doesNotContain(HexFormat.of().formatHex(stored.wrapped().bytes()));
        assertThatThrownBy(() -> key.open(context, CANARY)).hasMessageNotContaining("canary");
        assertThatThrownBy(() -> key.seal(context, new byte[RecordFormat.MAX_VALUE_LENGTH + 1]))
                .hasMessageNotContaining("canary");
    }

    private SubjectKey open(NewSubjectKey stored) {
        return sealer.open(stored.user(), stored.keyId(), stored.wrapped());
    }

    private WrappedKey wrapped(byte[] secret, UUID where, int keyId) {
        return keys.wrap(
                keys.current(KeyPurpose.SUBJECT),
                SecretBytes.copyOf(secret),
                new KeyContext(where.toString(), alice.value() + "/" + keyId));
    }

    private static void assertUnreadable(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(SnagrDataException.Unreadable.class)
                .hasMessage(new SnagrDataException.Unreadable().getMessage())
                .hasNoCause();
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private record Place(SubjectKey key, FieldContext context) {}
}
