package ai.snagr.data.postgres.internal.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaddingTest {
    @ParameterizedTest
    @CsvSource({
        "0, 64, 64",
        "63, 64, 64",
        "64, 64, 128",
        "127, 64, 128",
        "128, 64, 256",
        "2047, 64, 2048",
        "4095, 64, 4096",
        "0, 512, 512",
        "511, 512, 512",
        "512, 512, 1024",
        // Padmé of 4,097 is 4,352: exponent 12, of which 4 bits count, so 8 bits are zero.
        "4096, 64, 4352",
        "4351, 64, 4352",
        "4352, 64, 4608",
        "10000, 64, 10240",
        "1048576, 64, 1081344",
    })
    void bucket_ofLength_isTheNextOne(int valueLength, int minimum, int expected) {
        assertThat(Padding.bucket(valueLength, minimum)).isEqualTo(expected);
    }

    @Test
    void bucket_ofEveryLength_isOneAndHoldsValueAndMarkAndRises() {
        int previous = 0;
        for (int length = 0; length < 70_000; length++) {
            int bucket = Padding.bucket(length, 64);
            assertThat(Padding.isBucket(bucket)).isTrue();
            assertThat(bucket).isGreaterThan(length).isGreaterThanOrEqualTo(previous);
            if (length > 4_096) {
                assertThat(bucket).isLessThanOrEqualTo(length + length / 8);
            }
            previous = bucket;
        }
    }

    @Test
    void isBucket_anyOtherLength_isFalse() {
        Set<Integer> buckets = IntStream.range(0, 30_000)
                .mapToObj(length -> Padding.bucket(length, 64))
                .collect(Collectors.toSet());
        for (int length = 0; length < 30_000; length++) {
            assertThat(Padding.isBucket(length)).as("%d", length).isEqualTo(buckets.contains(length));
        }
    }

    @Test
    void bucket_ofAddresses_takesThreeLengths() {
        Random random = new Random(1);
        Set<Integer> lengths = IntStream.range(0, 10_000)
                .mapToObj(i -> "https://www.marketplace" + random.nextInt(50) + ".example/"
                        + "x".repeat(random.nextInt(1_000)))
                .map(url -> Padding.bucket(
                        url.getBytes(StandardCharsets.UTF_8).length, SealedColumn.MATCH_LISTING_URL.minimumPadding()))
                .collect(Collectors.toSet());
        assertThat(lengths).containsOnly(512, 1_024, 2_048).hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void write_overOldBytes_leavesValueMarkAndZeros() {
        byte[] target = new byte[70];
        Arrays.fill(target, (byte) 7);
        Padding.write(new byte[] {1, 0}, target, 2, 64);
        assertThat(Arrays.copyOf(target, 7)).containsExactly(7, 7, 1, 0, 0x80, 0, 0);
        assertThat(Arrays.copyOfRange(target, 64, 70)).containsExactly(0, 0, 7, 7, 7, 7);
    }

    @ParameterizedTest
    @CsvSource({"80, 0", "0080, 1", "808000, 1", "0180000000, 1", "8001, -1", "000000, -1", "7f, -1", "'', -1"})
    void valueLength_ofPadded_isWhereTheMarkStands(String padded, int expected) {
        assertThat(Padding.valueLength(HexFormat.of().parseHex(padded))).isEqualTo(expected);
    }
}
