package ai.snagr.data.cache;

import ai.snagr.data.Cursor;
import ai.snagr.data.Money;
import ai.snagr.data.Slice;
import ai.snagr.data.VersionTag;
import ai.snagr.data.Versioned;
import ai.snagr.data.WebUrl;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.search.SearchId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A page as bytes and back. A closed format of one type, field by field: no class name is read from outside. Whoever
 * changes a field changes {@link #FORMAT}, which is part of the key in Redis, so two releases do not read each other's.
 */
final class PageCodec {
    static final int FORMAT = 1;

    private static final int MAX_ROWS = 200;

    private PageCodec() {}

    static byte[] encode(Versioned<Slice<Match>> page) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(4_096);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(page.tag().value());
            out.writeUTF(page.value().next().map(Cursor::token).orElse(""));
            out.writeInt(page.value().size());
            for (Match match : page.value()) {
                write(out, match);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /** Throws if the bytes are no page; what was authenticated always is. */
    static Versioned<Slice<Match>> decode(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            VersionTag tag = new VersionTag(in.readUTF());
            String next = in.readUTF();
            int rows = in.readInt();
            if (rows < 0 || rows > MAX_ROWS) {
                throw new IOException("a page has at most " + MAX_ROWS + " rows");
            }
            List<Match> matches = new ArrayList<>(rows);
            for (int i = 0; i < rows; i++) {
                matches.add(readMatch(in));
            }
            return new Versioned<>(
                    new Slice<>(matches, next.isEmpty() ? Optional.empty() : Optional.of(new Cursor(next))), tag);
        }
    }

    private static void write(DataOutputStream out, Match match) throws IOException {
        write(out, match.id().value());
        write(out, match.searchId().value());
        out.writeUTF(match.title());
        out.writeLong(match.price().minorUnits());
        out.writeUTF(match.price().currency());
        WebUrl image = match.imageUrl();
        out.writeUTF(image == null ? "" : image.value());
        Instant posted = match.postedAt();
        out.writeBoolean(posted != null);
        if (posted != null) {
            out.writeLong(posted.getEpochSecond());
            out.writeInt(posted.getNano());
        }
        Integer distance = match.distanceMeters();
        out.writeInt(distance == null ? -1 : distance);
        out.writeDouble(match.relevanceScore());
    }

    private static Match readMatch(DataInputStream in) throws IOException {
        return new Match(
                new MatchId(readUuid(in)),
                new SearchId(readUuid(in)),
                in.readUTF(),
                new Money(in.readLong(), in.readUTF()),
                url(in.readUTF()),
                in.readBoolean() ? Instant.ofEpochSecond(in.readLong(), in.readInt()) : null,
                distance(in.readInt()),
                in.readDouble());
    }

    private static @Nullable WebUrl url(String text) {
        return text.isEmpty() ? null : new WebUrl(text);
    }

    private static @Nullable Integer distance(int meters) {
        return meters < 0 ? null : meters;
    }

    private static void write(DataOutputStream out, UUID id) throws IOException {
        out.writeLong(id.getMostSignificantBits());
        out.writeLong(id.getLeastSignificantBits());
    }

    private static UUID readUuid(DataInputStream in) throws IOException {
        return new UUID(in.readLong(), in.readLong());
    }
}
