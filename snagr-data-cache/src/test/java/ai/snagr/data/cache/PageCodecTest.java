package ai.snagr.data.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.Cursor;
import ai.snagr.data.Money;
import ai.snagr.data.Slice;
import ai.snagr.data.VersionTag;
import ai.snagr.data.Versioned;
import ai.snagr.data.WebUrl;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.search.SearchId;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PageCodecTest {
    private static final Match FULL = new Match(
            new MatchId(UUID.fromString("01890000-0000-7000-8000-000000000001")),
            new SearchId(UUID.fromString("01890000-0000-7000-8000-000000000002")),
            "Ein Häuschen, \"fünf\" Betten 🛏",
            Money.of(Money.MAX_MINOR_UNITS, "JPY"),
            WebUrl.of("https://images.example.org/1.jpg"),
            Instant.parse("2022-08-30T01:02:03.123456Z"),
            0,
            0.123456789);
    private static final Match SPARSE = new Match(
            new MatchId(UUID.fromString("01890000-0000-7000-8000-000000000003")),
            FULL.searchId(),
            "x",
            Money.of(0, "USD"),
            null,
            null,
            null,
            0);

    @Test
    void decode_ofWhatWasEncoded_isEqual() throws IOException {
        Versioned<Slice<Match>> page = new Versioned<>(
                new Slice<>(List.of(FULL, SPARSE), Optional.of(new Cursor("abc-_9"))), new VersionTag("0a1b"));
        Versioned<Slice<Match>> empty = new Versioned<>(Slice.empty(), new VersionTag("00"));

        assertThat(PageCodec.decode(PageCodec.encode(page))).isEqualTo(page);
        assertThat(PageCodec.decode(PageCodec.encode(empty))).isEqualTo(empty);
    }

    @Test
    void decode_ofATruncatedPage_isRefusedAtEveryLength() {
        byte[] bytes =
                PageCodec.encode(new Versioned<>(new Slice<>(List.of(FULL), Optional.empty()), new VersionTag("0")));
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> PageCodec.decode(cut)).isInstanceOf(IOException.class);
        }
    }
}
