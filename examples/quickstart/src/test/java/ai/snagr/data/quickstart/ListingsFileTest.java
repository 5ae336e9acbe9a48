package ai.snagr.data.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ai.snagr.data.match.NewMatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListingsFileTest {
    private static final String HEADER =
            "id,name,host_id,host_name,neighbourhood,latitude,longitude,room_type,price,last_review\n";

    @TempDir
    Path directory;

    @Test
    void scan_ofTheSample_acceptsOrRejectsEveryRow() {
        ListingsFile sample = new ListingsFile(Optional.empty());

        ListingsFile.Scan scan = sample.scan();

        assertThat(scan.rowsRead()).isEqualTo(48);
        assertThat(scan.accepted() + scan.rejections().size()).isEqualTo(scan.rowsRead());
        assertThat(scan.rejections())
                .extracting(Rejection::line, Rejection::column)
                .containsExactly(
                        tuple(9L, "id"),
                        tuple(10L, "id"),
                        tuple(23L, "id"),
                        tuple(28L, "price"),
                        tuple(34L, "id"),
                        tuple(40L, "name"),
                        tuple(44L, "latitude"));
        assertThat(read(sample)).hasSize((int) scan.accepted());
    }

    @Test
    void accepted_lineBreaksQuotesAndMarks_areKept() throws IOException {
        ListingsFile file = file("\uFEFF" + HEADER + row("1", "\"two\nlines, \"\"quoted\"\"\"", "120", "12/19/21")
                + row("2", "café 🛏", "0", ""));

        assertThat(file.scan().rejections()).isEmpty();
        assertThat(read(file)).extracting(NewMatch::title).containsExactly("two\nlines, \"quoted\"", "café 🛏");
        assertThat(read(file)).extracting(match -> match.price().minorUnits()).containsExactly(12_000L, 0L);
    }

    @Test
    void scan_repeatedId_rejectsAllItsRows() throws IOException {
        ListingsFile file = file(HEADER
                + row("1", "a", "1", "")
                + row("2", "b", "1", "")
                + row("1", "c", "1", "")
                + row("1", "d", "1", ""));

        assertThat(file.scan().rejections()).extracting(Rejection::line).containsExactly(2L, 4L, 5L);
        assertThat(read(file)).extracting(NewMatch::title).containsExactly("b");
    }

    @ParameterizedTest
    @CsvSource({
        "5.54287E+17,a,1,'',id",
        "554287e17,a,1,'',id",
        "x1,a,1,'',id",
        "1,'',1,'',name",
        "1,a,12.5,'',price",
        "1,a,-1,'',price",
        "1,a,1,2022-12-31,last_review",
        "1,a,1,13/31/22,last_review"
    })
    void scan_badValue_namesItsColumnAndNotTheValue(
            String id, String name, String price, String lastReview, String column) throws IOException {
        List<Rejection> rejections =
                file(HEADER + row(id, name, price, lastReview)).scan().rejections();

        assertThat(rejections).singleElement().satisfies(rejection -> {
            assertThat(rejection.line()).isEqualTo(2);
            assertThat(rejection.column()).isEqualTo(column);
            assertThat(rejection.reason()).doesNotContain("5.54287").doesNotContain("12.5");
        });
    }

    @Test
    void scan_wrongNumberOfFields_rejectsTheRow() throws IOException {
        assertThat(file(HEADER + "1,a\n" + row("2", "b", "1", "")).scan().rejections())
                .extracting(Rejection::column)
                .containsExactly("*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                HEADER,
                "id,name\n1,a\n",
                HEADER + "1,\"broken\n",
                HEADER + "1,\"a\"b,1\n",
                HEADER + "1,\0,1\n"
            })
    void scan_fileThatIsNone_isRefusedInOneLine(String content) throws IOException {
        ListingsFile file = file(content);

        assertThatThrownBy(file::scan).isInstanceOf(BadInput.class).message().doesNotContain("\n");
    }

    @Test
    void scan_notUtf8_isRefused() throws IOException {
        Path path = directory.resolve("latin.csv");
        Files.write(path, (HEADER + row("1", "caf\u00e9", "1", "")).getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> new ListingsFile(Optional.of(path)).scan()).hasMessageContaining("is not UTF-8 text");
    }

    @Test
    void scan_endlessRecord_isRefused() throws IOException {
        ListingsFile file = file(HEADER + "1," + "a".repeat(2 << 20));

        assertThatThrownBy(file::scan).isInstanceOf(BadInput.class).hasMessageContaining("longer than 1048576");
    }

    @Test
    void scan_absentFile_isRefused() {
        ListingsFile absent = new ListingsFile(Optional.of(directory.resolve("absent.csv")));

        assertThatThrownBy(absent::scan).isInstanceOf(BadInput.class).hasMessageContaining("there is no such file");
    }

    private ListingsFile file(String content) throws IOException {
        Path path = directory.resolve("listings.csv");
        Files.writeString(path, content);
        return new ListingsFile(Optional.of(path));
    }

    private static String row(String id, String name, String price, String lastReview) {
        return String.join(",", id, name, "746673", "Host", "28806", "35.5", "-82.5", "Private room", price, lastReview)
                + "\n";
    }

    private static List<NewMatch> read(ListingsFile file) {
        try (Stream<NewMatch> accepted = file.accepted()) {
            return accepted.toList();
        }
    }
}
