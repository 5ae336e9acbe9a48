package ai.snagr.data.testkit.contract;

import static ai.snagr.data.testkit.contract.Scene.assertFails;
import static ai.snagr.data.testkit.contract.Scene.awaitAny;
import static ai.snagr.data.testkit.contract.Scene.readAll;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.WebUrl;
import ai.snagr.data.bulk.BulkReport;
import ai.snagr.data.job.JobFailure;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchDetails;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.MatchRepository;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.testkit.SnagrDataTest;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.unlock.UnlockRepository;
import ai.snagr.data.user.UserId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a job found, written in bulk: all of it or nothing, each listing once, seller and address sealed. */
@SnagrDataTest
public abstract class BulkMatchContract {
    private static final int MANY = 5_000;

    @Test
    void upsertAll_newSearch_insertsAll(SnagrData data) {
        Import at = new Import(data);

        BulkReport report = at.writer.upsertAll(at.lease, Listings.first(MANY));

        assertThat(report).isEqualTo(new BulkReport(MANY, 0, 0));
        assertThat(report.received()).isEqualTo(MANY);
        assertThat(at.all()).hasSize(MANY);
    }

    @Test
    void upsertAll_emptyStream_writesNothing(SnagrData data) {
        Import at = new Import(data);

        assertThat(at.writer.upsertAll(at.lease, Stream.empty())).isEqualTo(new BulkReport(0, 0, 0));
        assertThat(at.all()).isEmpty();
    }

    @Test
    void upsertAll_halfChangedHalfEqual_countsExactlyAndLeavesEqualRowsAlone(SnagrData data) {
        Import at = new Import(data);
        at.write(Listings.first(MANY));
        Map<MatchId, Match> before = at.byId();

        BulkReport report = at.writer.upsertAll(
                at.lease,
                IntStream.range(0, MANY + 10).mapToObj(Listings::listing).map(at::changedIfOdd));

        assertThat(report).isEqualTo(new BulkReport(10, MANY / 2, MANY / 2));
        Map<MatchId, Match> after = at.byId();
        assertThat(after).hasSize(MANY + 10).containsKeys(before.keySet().toArray(MatchId[]::new));
        before.forEach((id, match) -> assertThat(requireNonNull(after.get(id)).price())
                .isEqualTo(at.isOdd(match) ? Import.CHANGED_PRICE : match.price()));
    }

    @Test
    void upsertAll_byALaterJob_isTheJobOfWhatItChanged(SnagrData data) {
        Import at = new Import(data);
        at.write(Listings.first(2));
        Map<MatchId, MatchDetails> before = at.details();
        at.matcher.jobs().complete(at.lease);
        assertThat(at.scene.as(at.user).jobs().rerun(at.search)).isNotNull();
        JobLease later = at.scene.lease(at.user);

        at.writer.upsertAll(later, Listings.first(2).map(at::changedIfOdd));

        at.details().forEach((id, match) -> {
            MatchDetails was = requireNonNull(before.get(id));
            if (at.isOdd(match.match())) {
                assertThat(match.jobId()).isEqualTo(later.jobId());
                assertThat(match.updatedAt()).isAfter(was.updatedAt());
                assertThat(match.createdAt()).isEqualTo(was.createdAt());
            } else {
                assertThat(match).isEqualTo(was);
            }
        });
    }

    static Stream<Arguments> visibleChanges() {
        return Stream.of(
                change("title", listing -> Listings.withText(listing, "Other title", listing.description())),
                change("price", listing -> listing.withPrice(Money.of(1, "USD"))),
                change(
                        "currency",
                        listing -> listing.withPrice(Money.of(listing.price().minorUnits(), "EUR"))),
                change("description", listing -> Listings.withText(listing, listing.title(), "Other words")),
                change("no description", listing -> Listings.withText(listing, listing.title(), null)),
                change("image", listing -> Listings.withImage(listing, WebUrl.of("https://images.example.org/x.jpg"))),
                change("no image", listing -> Listings.withImage(listing, null)),
                change("posted", listing -> Listings.withPostedAt(listing, Instant.parse("2024-06-01T00:00:00Z"))),
                change("not posted", listing -> Listings.withPostedAt(listing, null)),
                change("distance", listing -> Listings.withDistance(listing, 9)),
                change("no distance", listing -> Listings.withDistance(listing, null)),
                change("score", listing -> listing.withRelevanceScore(0.123)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("visibleChanges")
    void upsertAll_oneVisibleChange_updates(String what, Function<NewMatch, NewMatch> change, SnagrData data) {
        Import at = new Import(data);
        NewMatch listing = Listings.listing(0);
        NewMatch changed = change.apply(listing);

        assertThat(at.write(Stream.of(listing))).isEqualTo(new BulkReport(1, 0, 0));
        assertThat(at.write(Stream.of(changed))).isEqualTo(new BulkReport(0, 1, 0));
        assertThat(at.write(Stream.of(changed))).isEqualTo(new BulkReport(0, 0, 1));
        assertShows(at.details().values().iterator().next(), changed);
    }

    @Test
    void upsertAll_onlySealedPartsChanged_isUnchanged(SnagrData data) {
        Import at = new Import(data);
        NewMatch listing = Listings.listing(0);
        at.write(Stream.of(listing));

        BulkReport report = at.write(Stream.of(
                Listings.withSealed(listing, Listings.seller("Other"), WebUrl.of("https://market.example.org/other"))));

        assertThat(report).isEqualTo(new BulkReport(0, 0, 1));
    }

    @Test
    void upsertAll_extremes_comeBackAsTheyWere(SnagrData data) {
        Import at = new Import(data);
        String longText = "🎮ß日".repeat(7_000).substring(0, 26_000); // 19,500 characters of up to four bytes
        NewMatch largest = new NewMatch(
                "🎮".repeat(200),
                "日本語 𝄞 é " + "🎮".repeat(490),
                Money.of(Money.MAX_MINOR_UNITS, "JPY"),
                longText,
                WebUrl.of("https://images.example.org/" + "i".repeat(2_000)),
                Listings.listing(0).seller(),
                Listings.listing(0).listingUrl(),
                Instant.parse("2199-12-31T23:59:59.999999Z"),
                Integer.MAX_VALUE,
                1.0);
        NewMatch smallest = new NewMatch(
                "x",
                "y",
                Money.of(0, "USD"),
                "",
                null,
                Listings.listing(1).seller(),
                Listings.listing(1).listingUrl(),
                Instant.EPOCH,
                0,
                0.0);
        NewMatch barest = new NewMatch(
                "\t\n z",
                "line\nbreak\ttab",
                Money.of(1, "USD"),
                null,
                null,
                Listings.listing(2).seller(),
                Listings.listing(2).listingUrl(),
                null,
                null,
                Double.MIN_VALUE);

        at.write(Stream.of(largest, smallest, barest));

        Map<String, MatchDetails> byTitle = at.details().values().stream()
                .collect(Collectors.toMap(d -> d.match().title(), d -> d));
        for (NewMatch written : List.of(largest, smallest, barest)) {
            assertShows(requireNonNull(byTitle.get(written.title())), written);
        }
        assertThat(at.write(Stream.of(largest, smallest, barest))).isEqualTo(new BulkReport(0, 0, 3));
    }

    @Test
    void upsertAll_idsThatDifferOnlyInCaseOrForm_areDifferentListings(SnagrData data) {
        Import at = new Import(data);

        BulkReport report = at.write(Stream.of("abc", "ABC", "é", "e\u0301", "1", "01", "1 ")
                .map(id -> Listings.withExternalId(Listings.listing(0), id)));

        assertThat(report.inserted()).isEqualTo(7);
        assertThat(at.all()).hasSize(7);
    }

    @Test
    void upsertAll_idTwiceInTheStream_isRefusedWithItsRecords(SnagrData data) {
        Import at = new Import(data);
        Stream<NewMatch> listings = Stream.concat(
                Listings.first(3), Stream.of(Listings.listing(1).withPrice(Import.CHANGED_PRICE), Listings.listing(4)));

        SnagrDataException failure =
                assertFails(ErrorCode.DUPLICATE_IN_BATCH, () -> at.writer.upsertAll(at.lease, listings));

        assertThat(failure).hasMessageContaining("2 and 4").hasMessageNotContaining("listing-1");
        assertThat(at.all()).isEmpty();
        assertThat(at.write(Listings.first(3))).isEqualTo(new BulkReport(3, 0, 0));
    }

    @Test
    void upsertAll_idTwiceInTheStream_changesNothingThatIsThere(SnagrData data) {
        Import at = new Import(data);
        at.write(Listings.first(3));
        List<Match> before = at.all();
        Stream<NewMatch> listings = Stream.of(1, 1).map(i -> Listings.listing(i).withPrice(Import.CHANGED_PRICE));

        assertFails(ErrorCode.DUPLICATE_IN_BATCH, () -> at.writer.upsertAll(at.lease, listings));

        assertThat(at.all()).isEqualTo(before);
    }

    @Test
    void upsertAll_manyIdsTwiceFarApart_saysHowManyAndNamesFew(SnagrData data) {
        Import at = new Import(data);
        Stream<NewMatch> listings = Stream.concat(Listings.first(6_000), Listings.first(100));

        SnagrDataException failure =
                assertFails(ErrorCode.DUPLICATE_IN_BATCH, () -> at.writer.upsertAll(at.lease, listings));

        assertThat(failure).hasMessageContaining("100").hasMessageContaining("1 and 6001");
        assertThat(failure.getMessage()).hasSizeLessThan(400);
        assertThat(at.all()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 700, MANY - 1})
    void upsertAll_streamFails_writesNothing(int row, SnagrData data) {
        Import at = new Import(data);
        at.write(Listings.first(10));
        List<Match> before = at.all();
        RuntimeException broken = new IllegalArgumentException("the source broke");
        Stream<NewMatch> listings = IntStream.range(0, MANY).mapToObj(i -> {
            if (i == row) {
                throw broken;
            }
            return Listings.listing(i).withPrice(Import.CHANGED_PRICE);
        });

        assertThatThrownBy(() -> at.writer.upsertAll(at.lease, listings)).isSameAs(broken);

        assertThat(at.all()).isEqualTo(before);
        assertThat(at.write(Listings.first(11))).isEqualTo(new BulkReport(1, 0, 10));
    }

    @Test
    void upsertAll_streamFailsWithAnError_writesNothing(SnagrData data) {
        Import at = new Import(data);
        Error broken = new AssertionError("the source broke badly");
        Stream<NewMatch> listings =
                Stream.concat(Listings.first(1_000), Stream.of(1).map(i -> {
                    throw broken;
                }));

        assertThatThrownBy(() -> at.writer.upsertAll(at.lease, listings)).isSameAs(broken);

        assertThat(at.all()).isEmpty();
    }

    @Test
    void upsertAll_nullInTheStream_writesNothing(SnagrData data) {
        Import at = new Import(data);
        Stream<NewMatch> listings = Stream.concat(Listings.first(10), Stream.of((NewMatch) null));

        assertThatThrownBy(() -> at.writer.upsertAll(at.lease, listings)).isInstanceOf(NullPointerException.class);

        assertThat(at.all()).isEmpty();
    }

    @Test
    void upsertAll_stream_isNotClosed(SnagrData data) {
        Import at = new Import(data);
        AtomicBoolean closed = new AtomicBoolean();

        at.write(Listings.first(3).onClose(() -> closed.set(true)));

        assertThat(closed).isFalse();
    }

    @Test
    void upsertAll_nestedStream_isReadRowByRow(SnagrData data) {
        Import at = new Import(data);
        AtomicInteger made = new AtomicInteger();
        AtomicInteger passed = new AtomicInteger();
        AtomicInteger mostAhead = new AtomicInteger();
        Stream<NewMatch> listings = Stream.of(0)
                .flatMap(i -> Listings.first(500).peek(listing -> made.incrementAndGet()))
                .peek(listing -> mostAhead.accumulateAndGet(made.get() - passed.getAndIncrement(), Math::max));

        assertThat(at.write(listings).inserted()).isEqualTo(500);

        assertThat(mostAhead).hasValue(1);
    }

    @Test
    void upsertAll_parallelStream_keepsItsOrder(SnagrData data) {
        Import at = new Import(data);
        List<NewMatch> listings =
                Stream.concat(Listings.first(600), Listings.first(1)).toList();

        SnagrDataException failure = assertFails(
                ErrorCode.DUPLICATE_IN_BATCH, () -> at.writer.upsertAll(at.lease, listings.parallelStream()));

        assertThat(failure).hasMessageContaining("1 and 601");
    }

    @Test
    void upsertAll_wrongToken_isLeaseLost(SnagrData data) {
        Import at = new Import(data);
        JobLease lease = at.lease;
        JobLease forged =
                new JobLease(lease.jobId(), lease.userId(), lease.searchId(), UUID.randomUUID(), 1, lease.expiresAt());

        at.assertLeaseLost(forged);
    }

    @Test
    void upsertAll_otherSearchThanTheJobs_isLeaseLost(SnagrData data) {
        Import at = new Import(data);
        SearchId other = at.scene.search(at.user).id();
        JobLease lease = at.lease;

        at.assertLeaseLost(new JobLease(lease.jobId(), at.user, other, lease.token(), 1, lease.expiresAt()));
    }

    @Test
    void upsertAll_jobCompleted_isLeaseLost(SnagrData data) {
        Import at = new Import(data);
        at.matcher.jobs().complete(at.lease);

        at.assertLeaseLost(at.lease);
    }

    @Test
    void upsertAll_jobFailed_isLeaseLost(SnagrData data) {
        Import at = new Import(data);
        at.matcher.jobs().fail(at.lease, JobFailure.permanent("the marketplace is gone"));

        at.assertLeaseLost(at.lease);
    }

    @Test
    void upsertAll_jobTakenOver_isLeaseLost(SnagrData data) {
        Scene scene = new Scene(data);
        UserId user = scene.user();
        SearchId search = scene.search(user).id();
        Session matcher = scene.service(ServiceRole.MATCHER, user);
        JobLease first = matcher.jobs().claim(Duration.ofSeconds(1), 1).get(0);
        JobLease second =
                awaitAny(() -> matcher.jobs().claim(Duration.ofMinutes(5), 1)).get(0);
        Import at = new Import(scene, user, search, second);

        at.assertLeaseLost(first);
        assertThat(at.write(Listings.first(1)).inserted()).isEqualTo(1);
    }

    @Test
    void upsertAll_leaseOfAnotherUser_isLeaseLost(SnagrData data) {
        Import ofAlice = new Import(data);
        UserId bob = ofAlice.scene.user();

        assertFails(
                ErrorCode.LEASE_LOST,
                () -> ofAlice.scene
                        .service(ServiceRole.MATCHER, bob)
                        .matches()
                        .upsertAll(ofAlice.lease, Listings.first(1)));
        assertThat(ofAlice.all()).isEmpty();
    }

    @Test
    void upsertAll_byAnotherActor_isDenied(SnagrData data) {
        Import at = new Import(data);

        assertFails(
                ErrorCode.ACCESS_DENIED, () -> at.scene.as(at.user).matches().upsertAll(at.lease, Listings.first(1)));
        assertFails(
                ErrorCode.ACCESS_DENIED,
                () -> at.scene.service(ServiceRole.NOTIFIER, at.user).matches().upsertAll(at.lease, Listings.first(1)));
        assertFails(
                ErrorCode.USER_REQUIRED,
                () -> at.scene.service(ServiceRole.MATCHER).matches().upsertAll(at.lease, Listings.first(1)));
        assertThat(at.all()).isEmpty();
    }

    @Test
    void upsertAll_insideATransaction_isTakenBackWithIt(SnagrData data) {
        Import at = new Import(data);

        assertThatThrownBy(() -> at.matcher.inTransaction(session -> {
                    session.matches().upsertAll(at.lease, Listings.first(100));
                    session.jobs().complete(at.lease);
                    throw new IllegalStateException("take it back");
                }))
                .hasMessage("take it back");

        assertThat(at.all()).isEmpty();
        BulkReport report = at.matcher.inTransaction(session -> {
            BulkReport written = session.matches().upsertAll(at.lease, Listings.first(100));
            session.jobs().complete(at.lease);
            return written;
        });
        assertThat(report.inserted()).isEqualTo(100);
        assertThat(at.all()).hasSize(100);
    }

    @Test
    void upsertAll_idTwiceInsideATransactionThatGoesOn_writesTheRest(SnagrData data) {
        Import at = new Import(data);

        at.matcher.inTransaction(session -> {
            session.matches().upsertAll(at.lease, Listings.first(2));
            assertFails(
                    ErrorCode.DUPLICATE_IN_BATCH,
                    () -> session.matches().upsertAll(at.lease, Stream.of(5, 5).map(Listings::listing)));
            return session.matches().upsertAll(at.lease, Listings.first(3));
        });

        assertThat(at.all()).hasSize(3);
    }

    @Test
    void upsertAll_severalWritersOfOneSearch_loseNothing(SnagrData data) throws Exception {
        Import at = new Import(data);
        int writers = 3;
        for (int i = 1; i < writers; i++) {
            assertThat(at.scene.as(at.user).jobs().rerun(at.search)).isNotNull();
        }
        List<JobLease> leases = Stream.concat(
                        Stream.of(at.lease), at.matcher.jobs().claim(Duration.ofMinutes(5), 10).stream())
                .toList();
        assertThat(leases).hasSize(writers);

        List<BulkReport> reports = Race.run(
                writers,
                i -> at.writer.upsertAll(
                        leases.get(i), IntStream.range(i * 500, i * 500 + 1_000).mapToObj(Listings::listing)));

        assertThat(reports).extracting(BulkReport::received).containsOnly(1_000L);
        assertThat(reports.stream().mapToLong(BulkReport::inserted).sum()).isEqualTo(2_000);
        assertThat(reports).extracting(BulkReport::updated).containsOnly(0L);
        assertThat(at.all()).hasSize(2_000);
    }

    @Test
    void upsertAll_sameListingsForTwoUsers_areTwoMatches(SnagrData data) {
        Import ofAlice = new Import(data);
        Import ofBob = new Import(data);
        ofAlice.write(Listings.first(10));

        assertThat(ofBob.write(Listings.first(10).map(l -> l.withPrice(Import.CHANGED_PRICE)))
                        .inserted())
                .isEqualTo(10);

        assertThat(ofAlice.all()).extracting(Match::price).doesNotContain(Import.CHANGED_PRICE);
        assertThat(ofAlice.all())
                .extracting(Match::id)
                .doesNotContainAnyElementsOf(ofBob.byId().keySet());
    }

    @Test
    void upsertAll_visibleChange_sealsSellerAndAddressAnew(SnagrData data) {
        Import at = new Import(data);
        NewMatch listing = Listings.listing(0);
        at.write(Stream.of(listing));
        SellerInfo seller = Listings.seller("New Seller");
        WebUrl address = WebUrl.of("https://market.example.org/moved");

        at.write(Stream.of(Listings.withSealed(listing.withPrice(Import.CHANGED_PRICE), seller, address)));

        RevealedMatch revealed = at.unlockAndReveal(at.all().get(0).id());
        assertThat(revealed.seller().expose()).isEqualTo(seller);
        assertThat(revealed.listingUrl().expose()).isEqualTo(address);
    }

    @Test
    void upsertAll_unlockedMatch_keepsWhatWasPaidFor(SnagrData data) {
        Import at = new Import(data);
        NewMatch listing = Listings.listing(0);
        at.write(Stream.of(listing));
        MatchId id = at.all().get(0).id();
        RevealedMatch paidFor = at.unlockAndReveal(id);

        BulkReport report = at.write(Stream.of(Listings.withSealed(
                listing.withPrice(Import.CHANGED_PRICE),
                Listings.seller("Another"),
                WebUrl.of("https://market.example.org/elsewhere"))));

        assertThat(report).isEqualTo(new BulkReport(0, 1, 0));
        RevealedMatch now = at.scene.as(at.user).unlocks().reveal(id);
        assertThat(now.match().price()).isEqualTo(Import.CHANGED_PRICE);
        assertThat(now.seller()).isEqualTo(paidFor.seller()).isEqualTo(listing.seller());
        assertThat(now.listingUrl()).isEqualTo(paidFor.listingUrl()).isEqualTo(listing.listingUrl());
    }

    @Test
    void upsertAll_largestSeller_isRevealedAsItWas(SnagrData data) {
        Import at = new Import(data);
        Map<String, String> details = new HashMap<>();
        IntStream.range(0, 20).forEach(i -> details.put("d".repeat(40) + "_" + i, "\"🎮\\\n".repeat(100)));
        SellerInfo seller = new SellerInfo(
                "日本語 \"quoted\" \\ 🎮",
                WebUrl.of("https://market.example.org/" + "s".repeat(2_000)),
                "contact@example.org".repeat(10),
                details);
        WebUrl address = WebUrl.of("https://market.example.org/" + "a".repeat(2_000));

        at.write(Stream.of(Listings.withSealed(Listings.listing(0), seller, address)));

        RevealedMatch revealed = at.unlockAndReveal(at.all().get(0).id());
        assertThat(revealed.seller().expose()).isEqualTo(seller);
        assertThat(revealed.listingUrl().expose()).isEqualTo(address);
    }

    private static Arguments change(String what, Function<NewMatch, NewMatch> change) {
        return Arguments.of(what, change);
    }

    private static void assertShows(MatchDetails stored, NewMatch written) {
        Match match = stored.match();
        assertThat(match.title()).isEqualTo(written.title());
        assertThat(match.price()).isEqualTo(written.price());
        assertThat(stored.description()).isEqualTo(written.description());
        assertThat(match.imageUrl()).isEqualTo(written.imageUrl());
        assertThat(match.postedAt()).isEqualTo(written.postedAt());
        assertThat(match.distanceMeters()).isEqualTo(written.distanceMeters());
        assertThat(match.relevanceScore()).isEqualTo(written.relevanceScore());
    }

    /** A search of a user, with the lease on its running job. */
    private static final class Import {
        static final Money CHANGED_PRICE = Money.of(77, "USD");

        final Scene scene;
        final UserId user;
        final SearchId search;
        final JobLease lease;
        final Session matcher;
        final MatchRepository writer;

        Import(SnagrData data) {
            this(new Scene(data));
        }

        private Import(Scene scene) {
            this(scene, scene.user());
        }

        private Import(Scene scene, UserId user) {
            this(scene, user, scene.search(user).id(), scene.lease(user));
        }

        Import(Scene scene, UserId user, SearchId search, JobLease lease) {
            this.scene = scene;
            this.user = user;
            this.search = search;
            this.lease = lease;
            this.matcher = scene.service(ServiceRole.MATCHER, user);
            this.writer = matcher.matches();
        }

        BulkReport write(Stream<NewMatch> listings) {
            return writer.upsertAll(lease, listings);
        }

        List<Match> all() {
            return readAll(200, page -> scene.as(user).matches().listBySearch(search, MatchQuery.of(page)));
        }

        Map<MatchId, Match> byId() {
            return all().stream().collect(Collectors.toMap(Match::id, match -> match));
        }

        Map<MatchId, MatchDetails> details() {
            return all().stream()
                    .collect(Collectors.toMap(
                            Match::id, match -> scene.as(user).matches().get(match.id())));
        }

        NewMatch changedIfOdd(NewMatch listing) {
            return isOdd(listing.title()) ? listing.withPrice(CHANGED_PRICE) : listing;
        }

        boolean isOdd(Match match) {
            return isOdd(match.title());
        }

        private static boolean isOdd(String title) {
            return Integer.parseInt(title.substring(title.lastIndexOf(' ') + 1)) % 2 == 1;
        }

        /** The stream must be left alone: what feeds it may be costly. */
        void assertLeaseLost(JobLease lost) {
            Collection<Match> before = all();
            AtomicInteger read = new AtomicInteger();
            assertFails(
                    ErrorCode.LEASE_LOST,
                    () -> writer.upsertAll(lost, Listings.first(3).peek(listing -> read.incrementAndGet())));
            assertThat(read).as("rows read").hasValue(0);
            assertThat(all()).isEqualTo(before);
        }

        RevealedMatch unlockAndReveal(MatchId id) {
            UnlockRepository paying = scene.service(ServiceRole.PAYMENTS, user).unlocks();
            assertThat(paying.unlock(id, Scene.payment(user, id)).matchId()).isEqualTo(id);
            return scene.as(user).unlocks().reveal(id);
        }
    }
}
