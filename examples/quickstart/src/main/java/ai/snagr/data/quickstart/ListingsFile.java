package ai.snagr.data.quickstart;

import ai.snagr.data.match.NewMatch;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A CSV file of listings, read twice: {@link #scan} judges the file and every row before anything is started, and
 * {@link #accepted} streams the good rows. Strict UTF-8 (a BOM is allowed); constant memory but for the ids.
 */
final class ListingsFile {
    private static final int MAX_RECORD_CHARACTERS = 1 << 20;
    private static final String SAMPLE = "/ai/snagr/data/quickstart/sample-listings.csv";

    private final Optional<Path> path;
    private final Set<String> repeatedIds = new HashSet<>();

    ListingsFile(Optional<Path> path) {
        this.path = path;
    }

    /** How the file is called in messages. */
    String name() {
        return path.map(Path::toString).orElse("the sample that comes along");
    }

    /** Judges every row. BadInput if the file as a whole cannot be used. */
    Scan scan() {
        Map<String, Long> firstLines = new HashMap<>();
        List<Rejection> rejections = new ArrayList<>();
        long[] rows = {0};
        read(record -> {
            rows[0]++;
            Optional<Rejection> rejection = Listing.check(record);
            if (rejection.isPresent()) {
                rejections.add(rejection.get());
                return;
            }
            String id = record.getField("id");
            Long first = firstLines.putIfAbsent(id, record.getStartingLineNumber());
            if (first != null) {
                if (repeatedIds.add(id)) {
                    rejections.add(repeated(first));
                }
                rejections.add(repeated(record.getStartingLineNumber()));
            }
        });
        if (rows[0] == 0) {
            throw new BadInput(name() + ": there are no rows below the header");
        }
        rejections.sort(Comparator.comparingLong(Rejection::line));
        return new Scan(rows[0], rows[0] - rejections.size(), List.copyOf(rejections));
    }

    /** The rows that the scan accepted, in the order of the file. The stream must be closed. */
    Stream<NewMatch> accepted() {
        try {
            CsvReader<NamedCsvRecord> csv = open();
            return csv.stream()
                    .filter(record -> Listing.check(record).isEmpty() && !repeatedIds.contains(record.getField("id")))
                    .map(Listing::toMatch)
                    .onClose(() -> close(csv));
        } catch (IOException e) {
            throw new BadInput(name() + ": could not be read a second time");
        }
    }

    private static Rejection repeated(long line) {
        return new Rejection(line, "id", "stands in more than one row, and which of them is right cannot be told");
    }

    private void read(Consumer<NamedCsvRecord> each) {
        long line = 1;
        try (CsvReader<NamedCsvRecord> csv = open()) {
            Iterator<NamedCsvRecord> records = csv.iterator();
            boolean headerSeen = false;
            while (records.hasNext()) {
                NamedCsvRecord record = records.next();
                if (!headerSeen) {
                    checkHeader(record.getHeader());
                    headerSeen = true;
                }
                line = record.getStartingLineNumber();
                each.accept(record);
            }
            if (!headerSeen) {
                throw new BadInput(name() + ": the file is empty or has no rows; the first line must name the columns "
                        + String.join(",", Listing.COLUMNS));
            }
        } catch (CsvParseException e) {
            throw new BadInput(name() + ": " + explain(e, line));
        } catch (UncheckedIOException | IOException e) {
            throw new BadInput(name() + ": " + explain(e, line));
        }
    }

    private void checkHeader(List<String> header) {
        Set<String> missing = new TreeSet<>(Listing.COLUMNS);
        header.forEach(missing::remove);
        if (!missing.isEmpty()) {
            throw new BadInput(
                    name() + ": line 1 must name the columns, and does not name " + String.join(", ", missing));
        }
        if (new HashSet<>(header).size() != header.size()) {
            throw new BadInput(name() + ": line 1 names a column twice");
        }
    }

    private static String explain(Exception e, long line) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof CharacterCodingException) {
                return "is not UTF-8 text (after line " + line + "); convert it, or check that it is a CSV file";
            }
            String message = String.valueOf(cause.getMessage());
            if (message.contains("buffer size")) {
                return "a record after line " + line + " is longer than " + MAX_RECORD_CHARACTERS
                        + " characters; is a quote not closed?";
            }
        }
        if (e instanceof CsvParseException) {
            return "a quote after line " + line + " is broken: it is not closed, or text follows its end";
        }
        return "could not be read after line " + line;
    }

    private CsvReader<NamedCsvRecord> open() throws IOException {
        InputStream bytes = path.isPresent() ? openFile(path.get()) : openSample();
        Reader text = new InputStreamReader(
                bytes,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        try {
            return CsvReader.builder()
                    .allowUnclosedQuote(false)
                    .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                    .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                    .skipEmptyLines(true)
                    .maxBufferSize(MAX_RECORD_CHARACTERS)
                    .ofNamedCsvRecord(new WithoutByteOrderMark(text));
        } catch (RuntimeException e) {
            text.close();
            throw e;
        }
    }

    private InputStream openFile(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new BadInput(file + ": there is no such file");
        }
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new BadInput(file + ": is not a file that can be read");
        }
        return Files.newInputStream(file);
    }

    private static InputStream openSample() throws IOException {
        InputStream sample = ListingsFile.class.getResourceAsStream(SAMPLE);
        if (sample == null) {
            throw new IOException("the sample is not on the class path");
        }
        return sample;
    }

    private static void close(CsvReader<NamedCsvRecord> csv) {
        try {
            csv.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What a file holds.
     *
     * @param rowsRead records below the header
     * @param accepted rows that can be loaded
     * @param rejections every other row, by line
     */
    record Scan(long rowsRead, long accepted, List<Rejection> rejections) {}
}
