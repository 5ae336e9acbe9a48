package ai.snagr.data.postgres.internal.crypto;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fixed records in {@code record-format-1.txt}: blocks of {@code name = hex}, apart by an empty line. */
record Vectors(Map<String, String> fields) {
    @SuppressWarnings("StringSplitter") // no empty block at the end is wanted
    static List<Vectors> all() {
        try (InputStream in = requireNonNull(Vectors.class.getResourceAsStream("record-format-1.txt"))) {
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            List<Vectors> all = new ArrayList<>();
            for (String block : text.split("\n\n")) {
                Map<String, String> fields = new LinkedHashMap<>();
                block.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                    String[] parts = line.split(" =", 2);
                    fields.put(parts[0], parts[1].strip());
                });
                if (!fields.isEmpty()) {
                    all.add(new Vectors(fields));
                }
            }
            return all;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    String name() {
        return text("name");
    }

    String text(String field) {
        return requireNonNull(fields.get(field), field);
    }

    byte[] hex(String field) {
        return HexFormat.of().parseHex(text(field));
    }

    long number(String field) {
        return Long.parseLong(text(field));
    }

    byte[] context() {
        return BouncyCastleRecord.context(hex("deployment"), ascii("table"), ascii("column"), hex("row"), hex("user"));
    }

    /** Under which the key of the record is derived from the secret. */
    byte[] use() {
        return ascii("use");
    }

    private byte[] ascii(String field) {
        return text(field).getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
        return name();
    }
}
