package ai.snagr.data.postgres.internal.audit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One check of an export. What is believed are the signatures alone: the roots of the checkpoints that one of the keys
 * signed. The hashes of the leaves are believed as far as they lead to such a root, and then each event is compared with
 * its leaf; so a changed event is found by its place, and a changed leaf by the two checkpoints between which it stands.
 */
public final class TrailCheck {
    private static final JsonMapper JSON = JsonMapper.shared();
    /** How much a transaction may be older than the checkpoint before the one that it is sealed in, and clocks may differ. */
    private static final Duration TOLERANCE = Duration.ofHours(1);

    private final List<SignedNote.VerifierKey> keys;
    private final Set<String> findings = new LinkedHashSet<>();
    private final TreeMap<Long, Line> leaves = new TreeMap<>();
    private final List<SealedEvent> others = new ArrayList<>();
    private final List<String> exportedNotes = new ArrayList<>();
    private String origin = "";
    private boolean ended;

    private TrailCheck(List<SignedNote.VerifierKey> keys) {
        this.keys = keys;
    }

    public static List<String> run(Reader export, String checkpoints, List<SignedNote.VerifierKey> keys)
            throws IOException {
        TrailCheck check = new TrailCheck(keys);
        check.read(export);
        check.verify(SignedNote.split(checkpoints));
        return List.copyOf(check.findings);
    }

    private void read(Reader export) throws IOException {
        BufferedReader lines = new BufferedReader(export);
        long count = 0;
        Set<UUID> seen = new HashSet<>();
        for (String text = lines.readLine(); text != null; text = lines.readLine()) {
            try {
                JsonNode json = JSON.readTree(text);
                switch (json.required("type").stringValue()) {
                    case "trail" -> origin = json.required("origin").stringValue();
                    case "checkpoint" -> exportedNotes.add(json.required("note").stringValue());
                    case "event", "leaf" -> line(json, seen);
                    case "end" -> ended = json.required("lines").asLong() == count;
                    default -> findings.add("UNREADABLE line " + (count + 1));
                }
            } catch (JacksonException | IllegalArgumentException malformed) {
                findings.add("UNREADABLE line " + (count + 1));
            }
            count++;
        }
        if (!ended) {
            findings.add("PARTIAL_EXPORT " + count + " lines, and the end is missing or names another number");
        }
    }

    private void line(JsonNode json, Set<UUID> seen) {
        SealedEvent event = json.has("id") ? event(json) : null;
        if (event != null && !seen.add(event.id())) {
            findings.add("DUPLICATE event " + event.id());
        }
        if (!json.has("leaf")) {
            if (event != null) {
                others.add(event);
            }
            return;
        }
        Line line = new Line(
                UUID.fromString(json.required("leafOf").stringValue()),
                HexFormat.of().parseHex(json.required("hash").stringValue()),
                event);
        long index = json.required("leaf").asLong();
        if (leaves.put(index, line) != null) {
            findings.add("DUPLICATE leaf " + index);
        }
    }

    /** The event of a line. */
    static SealedEvent event(JsonNode json) {
        return new SealedEvent(
                UUID.fromString(json.required("id").stringValue()),
                json.required("createdAtMicros").asLong(),
                json.required("xid").asLong(),
                json.required("actor").stringValue(),
                json.required("role").stringValue(),
                json.required("action").stringValue(),
                text(json, "object"),
                text(json, "reason"),
                json.required("outcome").stringValue(),
                text(json, "request"),
                text(json, "subject"));
    }

    private static @Nullable String text(JsonNode json, String field) {
        JsonNode value = json.get(field);
        return value == null || value.isNull() ? null : value.stringValue();
    }

    private void verify(List<String> received) {
        List<Checkpoint> witnessed = signed("received", received);
        List<Checkpoint> exported = signed("exported", exportedNotes);
        if (witnessed.isEmpty() && exported.isEmpty()) {
            if (findings.isEmpty() || keys.isEmpty()) {
                throw new IllegalArgumentException("there is no checkpoint to check against");
            }
            return;
        }
        Map<Long, Checkpoint> bySize = new TreeMap<>();
        List<Checkpoint> all = new ArrayList<>(witnessed);
        all.addAll(exported);
        for (Checkpoint checkpoint : all) {
            if (!checkpoint.origin().equals(origin)) {
                findings.add("OTHER_TREE a checkpoint of " + checkpoint.size() + " events is of " + checkpoint.origin()
                        + ", the export of " + origin);
                continue;
            }
            Checkpoint known = bySize.putIfAbsent(checkpoint.size(), checkpoint);
            if (known != null && !known.sameTree(checkpoint)) {
                findings.add("FORKED at " + checkpoint.size() + " events: two signed roots");
            }
        }
        if (bySize.isEmpty()) {
            return;
        }
        long newestExported =
                exported.stream().mapToLong(Checkpoint::size).max().orElse(0);
        witnessed.stream()
                .filter(checkpoint -> checkpoint.origin().equals(origin) && checkpoint.size() > newestExported)
                .findFirst()
                .ifPresent(checkpoint -> findings.add("OLDER_SNAPSHOT the export ends at " + newestExported
                        + " events, and a checkpoint of " + checkpoint.size() + " was received"));
        List<byte[]> hashes = hashes();
        Checkpoint last = roots(bySize, hashes);
        events();
        order(bySize);
        if (last != null) {
            others.stream()
                    .filter(event -> Long.compareUnsigned(event.xid(), last.watermark()) < 0)
                    .forEach(event -> findings.add("BACKDATED event " + event.id() + ": its transaction " + event.xid()
                            + " was sealed, and it is not in the tree"));
        }
    }

    /** The checkpoints that one of the keys signed, in the order in which they stand. */
    private List<Checkpoint> signed(String where, List<String> notes) {
        List<Checkpoint> signed = new ArrayList<>();
        int newestKey = 0;
        for (int i = 0; i < notes.size(); i++) {
            String note = notes.get(i);
            Optional<Checkpoint> checkpoint = SignedNote.unverified(note);
            String name = where + " checkpoint " + (i + 1);
            if (checkpoint.isEmpty()) {
                findings.add("UNREADABLE " + name);
                continue;
            }
            SignedNote.Signature best = SignedNote.Signature.OF_ANOTHER_KEY;
            int by = -1;
            for (int k = 0; k < keys.size(); k++) {
                SignedNote.Signature signature = keys.get(k).check(note);
                if (signature != SignedNote.Signature.OF_ANOTHER_KEY) {
                    best = signature;
                    by = k;
                }
            }
            switch (best) {
                case OF_ANOTHER_KEY -> findings.add("UNKNOWN_KEY signed the " + name);
                case WRONG -> findings.add("WRONG_SIGNATURE on the " + name);
                case RIGHT -> {
                    if (by < newestKey) {
                        findings.add("OLD_KEY signed the " + name + ", behind one of a newer key");
                    }
                    newestKey = Math.max(newestKey, by);
                    signed.add(checkpoint.get());
                }
            }
        }
        return signed;
    }

    /** The hashes from leaf 0 on, up to the first that is missing. */
    private List<byte[]> hashes() {
        List<byte[]> hashes = new ArrayList<>();
        for (Map.Entry<Long, Line> leaf : leaves.entrySet()) {
            if (leaf.getKey() != hashes.size()) {
                findings.add("MISSING_LEAF " + hashes.size());
                break;
            }
            hashes.add(leaf.getValue().hash);
        }
        return hashes;
    }

    /** Compares each root, smallest tree first; the last checkpoint that fits, or null. */
    private @Nullable Checkpoint roots(Map<Long, Checkpoint> bySize, List<byte[]> hashes) {
        MerkleTree.Range range = new MerkleTree.Range(0, List.of());
        Checkpoint last = null;
        for (Checkpoint checkpoint : bySize.values()) {
            if (checkpoint.size() > hashes.size()) {
                findings.add(
                        "TRUNCATED the export has " + hashes.size() + " leaves, a checkpoint " + checkpoint.size());
                return last;
            }
            long from = range.size();
            while (range.size() < checkpoint.size()) {
                range.add(hashes.get(Math.toIntExact(range.size())));
            }
            if (!Arrays.equals(range.root(), checkpoint.root())) {
                boolean moved = Arrays.equals(
                        MerkleTree.root(sorted(from, checkpoint.size(), hashes), Math.toIntExact(checkpoint.size())),
                        checkpoint.root());
                findings.add((moved ? "REORDERED" : "CHANGED_LEAVES") + " among leaves " + from + " to "
                        + (checkpoint.size() - 1));
                return last;
            }
            last = checkpoint;
        }
        return last;
    }

    /** The same hashes with those of the part in the order in which they would have been sealed. */
    private List<byte[]> sorted(long from, long to, List<byte[]> hashes) {
        List<SealedEvent> part = new ArrayList<>();
        leaves.subMap(from, to).values().forEach(line -> {
            if (line.event != null) {
                part.add(line.event);
            }
        });
        part.sort(SEALING);
        List<byte[]> all = new ArrayList<>(hashes.subList(0, Math.toIntExact(from)));
        part.forEach(event -> all.add(event.leafHash()));
        return all.size() == to ? all : hashes;
    }

    private static final Comparator<SealedEvent> SEALING = Comparator.comparingLong(SealedEvent::xid)
            .thenComparing(event -> event.id().toString());

    private void events() {
        Map<UUID, Long> places = new HashMap<>();
        leaves.forEach((index, line) -> {
            SealedEvent event = line.event;
            if (event == null) {
                findings.add("DELETED event " + line.of + ", leaf " + index);
            } else if (!Arrays.equals(event.leafHash(), line.hash)) {
                findings.add("EDITED event " + event.id() + ", leaf " + index);
            }
            places.put(line.of, index);
        });
        others.stream()
                .filter(event -> places.containsKey(event.id()))
                .forEach(event -> findings.add("DUPLICATE event " + event.id()));
    }

    /** Compares the database's clock with that of the signer. */
    private void order(Map<Long, Checkpoint> bySize) {
        long from = 0;
        Instant before = Instant.MIN;
        for (Checkpoint checkpoint : bySize.values()) {
            Instant earliest = before.equals(Instant.MIN) ? before : before.minus(TOLERANCE);
            Instant latest = checkpoint.time().plus(TOLERANCE);
            leaves.subMap(from, Math.max(from, checkpoint.size())).forEach((index, line) -> {
                if (line.event != null) {
                    Instant at = Instant.EPOCH.plus(line.event.createdAtMicros(), ChronoUnit.MICROS);
                    if (at.isBefore(earliest) || at.isAfter(latest)) {
                        findings.add("CLOCK of event " + line.event.id() + ", leaf " + index
                                + ", is more than an hour off the time at which it was sealed");
                    }
                }
            });
            from = checkpoint.size();
            before = checkpoint.time();
        }
    }

    /** One leaf of the export, with the event that stands there now. */
    @SuppressWarnings("ArrayRecordComponent") // carries a line, is never compared
    private record Line(UUID of, byte[] hash, @Nullable SealedEvent event) {}
}
