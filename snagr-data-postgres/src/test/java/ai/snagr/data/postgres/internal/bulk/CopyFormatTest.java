package ai.snagr.data.postgres.internal.bulk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import org.jdbi.v3.core.ConnectionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.copy.CopyIn;
import org.postgresql.util.ByteStreamWriter;

final class CopyFormatTest {
    private static final String BEGIN = "5047434f50590aff0d0a00" + "00000000" + "00000000";
    private static final String END = "ffff";

    @Test
    void end_withoutRows_isHeaderAndTrailer() {
        assertThat(hex(0, format -> {})).isEqualTo(BEGIN + END);
    }

    @Test
    void fields_ofEveryType_areAsTheServerReadsThem() {
        String written = hex(7, format -> {
            format.beginRow();
            format.uuid(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"))
                    .int8(-2)
                    .int4(258)
                    .float8(1.5)
                    .text("a\u00e9\u65e5\ud83c\udfae")
                    .bytea(new byte[] {0, -1})
                    .timestamptz(Instant.parse("2000-01-01T00:00:01.000002Z"));
            format.endRow();
        });

        assertThat(written)
                .isEqualTo(BEGIN
                        + "0007"
                        + ("00000010" + "00112233445566778899aabbccddeeff")
                        + ("00000008" + "fffffffffffffffe")
                        + ("00000004" + "00000102")
                        + ("00000008" + "3ff8000000000000")
                        + ("0000000a" + "61" + "c3a9" + "e697a5" + "f09f8eae")
                        + ("00000002" + "00ff")
                        + ("00000008" + "00000000000f4242")
                        + END);
    }

    @Test
    void fields_null_haveLengthMinusOne() {
        String written = hex(3, format -> {
            format.beginRow();
            format.int4(null).text(null).timestamptz(null);
            format.endRow();
        });

        assertThat(written).isEqualTo(BEGIN + "0003" + "ffffffff".repeat(3) + END);
    }

    @Test
    void timestamptz_before2000_isCutDownToMicroseconds() {
        String written = hex(1, format -> {
            format.beginRow();
            format.timestamptz(Instant.parse("1999-12-31T23:59:59.999999999Z"));
            format.endRow();
        });

        assertThat(written).isEqualTo(BEGIN + "0001" + "00000008" + "ffffffffffffffff" + END);
    }

    @Test
    void timestamptz_beyondTheCalendar_isRefused() {
        assertThatThrownBy(() -> hex(1, format -> format.timestamptz(Instant.MAX)))
                .isInstanceOf(ArithmeticException.class);
    }

    /** Whatever lies across the end of the buffer, the bytes are those of the plain encoder of the JDK. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void rows_longerThanTheBuffer_areCutAnywhere(long seed) throws IOException {
        Sink sink = new Sink();
        CopyFormat format = new CopyFormat(sink, 4);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        DataOutputStream plain = new DataOutputStream(expected);
        plain.write(HexFormat.of().parseHex(BEGIN));
        Random random = new Random(seed);
        for (int row = 0; row < 400; row++) {
            String text = text(random, random.nextInt(20) == 0 ? 90_000 : 500);
            byte[] bytes = new byte[random.nextInt(20) == 0 ? 150_000 : random.nextInt(300)];
            random.nextBytes(bytes);
            long number = random.nextLong();
            format.beginRow();
            format.text(text).bytea(bytes).int8(number).int4(row);
            format.endRow();
            plain.writeShort(4);
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            plain.writeInt(utf8.length);
            plain.write(utf8);
            plain.writeInt(bytes.length);
            plain.write(bytes);
            plain.writeInt(8);
            plain.writeLong(number);
            plain.writeInt(4);
            plain.writeInt(row);
        }
        format.end();
        plain.writeShort(-1);

        assertThat(sink.received.toByteArray()).isEqualTo(expected.toByteArray());
        assertThat(sink.largest).isEqualTo(CopyFormat.BUFFER_BYTES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\u0000", "\ud83c", "\udfae", "\udfae\ud83c", "x\ud83cy"})
    void text_whichCannotBeStored_isRefused(String text) {
        assertThatThrownBy(() -> hex(1, format -> format.text(text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("text must not contain U+0000 or an unpaired surrogate");
    }

    @Test
    void endRow_fieldForgotten_isRefused() {
        assertThatThrownBy(() -> hex(2, format -> {
                    format.beginRow();
                    format.int8(1);
                    format.endRow();
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("2 columns")
                .hasMessageContaining("1 fields");
    }

    @Test
    void send_connectionLost_failsWithTheCause() {
        SQLException lost = new SQLException("gone", "08006");
        CopyFormat format = new CopyFormat(new Sink(lost), 0);

        assertThatThrownBy(format::end).isInstanceOf(ConnectionException.class).hasCause(lost);
    }

    private static String hex(int columns, java.util.function.Consumer<CopyFormat> rows) {
        Sink sink = new Sink();
        CopyFormat format = new CopyFormat(sink, columns);
        rows.accept(format);
        format.end();
        return HexFormat.of().formatHex(sink.received.toByteArray());
    }

    private static String text(Random random, int most) {
        int[] codePoints = random.ints(random.nextInt(most), 0, 4)
                .map(kind -> switch (kind) {
                    case 0 -> 1 + random.nextInt(0x7f);
                    case 1 -> 0x80 + random.nextInt(0x780);
                    case 2 -> 0x800 + random.nextInt(0xd000);
                    default -> 0x10000 + random.nextInt(0x100000);
                })
                .toArray();
        return new String(codePoints, 0, codePoints.length);
    }

    /** Keeps what is written, or fails. */
    private static final class Sink implements CopyIn {
        final ByteArrayOutputStream received = new ByteArrayOutputStream();
        private final @Nullable SQLException failure;
        int largest;

        Sink() {
            this(null);
        }

        Sink(@Nullable SQLException failure) {
            this.failure = failure;
        }

        @Override
        public void writeToCopy(byte[] buffer, int from, int length) throws SQLException {
            if (failure != null) {
                throw failure;
            }
            largest = Math.max(largest, length);
            received.writeBytes(Arrays.copyOfRange(buffer, from, from + length));
        }

        @Override
        public void writeToCopy(ByteStreamWriter from) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void flushCopy() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long endCopy() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int getFieldCount() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int getFormat() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int getFieldFormat(int field) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isActive() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void cancelCopy() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long getHandledRowCount() {
            throw new UnsupportedOperationException();
        }
    }
}
