package ai.snagr.data.postgres;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Actor;
import ai.snagr.data.Cursor;
import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.Page;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.Session;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.change.Position;
import ai.snagr.data.job.JobId;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.notification.NotificationId;
import ai.snagr.data.payment.NewPayment;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.postgres.PlanTap.Node;
import ai.snagr.data.postgres.PlanTap.StatementPlan;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.preference.PhoneNumber;
import ai.snagr.data.preference.Preferences;
import ai.snagr.data.search.NewSearch;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.TestDatabase;
import ai.snagr.data.testkit.contract.Possessions;
import ai.snagr.data.testkit.internal.TestAdmins;
import ai.snagr.data.unlock.Unlock;
import ai.snagr.data.user.EmailAddress;
import ai.snagr.data.user.NewUser;
import ai.snagr.data.user.UserId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The plans of the statements that the library really sends, as the roles it sends them as: an index serves each under
 * row-level security. Once as the server plans them, once with the plans that it keeps for any parameters.
 */
final class QueryPlanIT {
    private static final String LATER_PAGE = ", later page";

    /** Small and not of users; and the rows of one import, which are all read. */
    private static final Set<String> MAY_BE_SCANNED =
            Set.of("deployment", "system_settings", "staging_matches", "change_epoch", "change_consumers", "lock_keys");

    /** Lists of everybody's rows, and the newest row: the index is read in its order and without a condition. */
    private static final Set<String> MAY_BE_READ_FROM_THE_START =
            Set.of("audit_events_by_time", "jobs_failed", "audit_checkpoints_pkey", "audit_leaves_pkey");

    /** What is for all rows of its tables. */
    private static final Set<String> READ_ALL = Set.of("trail.export");

    private static final List<String> CONDITIONS =
            List.of("Index Cond", "Recheck Cond", "Filter", "Join Filter", "Hash Cond", "Merge Cond");

    private static final Pattern PER_ROW = Pattern.compile("current_setting\\(|->>|\\bsnagr\\.\\w+\\(");
    private static final Pattern KEYSET = Pattern.compile("ROW\\(.*\\) < ROW\\(");

    /** One statement for each call; these need more. */
    private static final Map<String, Integer> STATEMENTS = Map.ofEntries(
            // the event names the user, who is not known before
            Map.entry("users.findLogin", 2),
            // the attempt reads three lists
            Map.entry("matches.listBySearch", 3),
            // the lease, the user's key, the settings of the import, its turn, the look, one step, its batch key, and
            // clearing up
            Map.entry("matches.upsertAll", 8),
            // what the grant is made from
            Map.entry("unlocks.unlock", 2),
            // what does not open at once is looked at anew
            Map.entry("unlocks.unlock, by another payment", 4),
            // the user's key, under which the phone number is sealed
            Map.entry("preferences.save, with a phone number", 2),
            // the key is looked for, made and read back
            Map.entry("preferences.save, with the first phone number", 4),
            // the preferences, and the event since there is a phone number
            Map.entry("preferences.get, in a transaction", 2),
            // the epoch is not there, begins, and is read
            Map.entry("changes.poll, the first", 3),
            // the two events of the export, account and preferences, seven tables, one reveal, and what is on record
            Map.entry("privacy.export", 14),
            // the sink's note, those that it lacks, begin, take, put, and the notes again until there is none
            Map.entry("trail.seal", 8),
            // the event, five pages of checkpoints and of leaves, and what is not sealed
            Map.entry("trail.export", 12),
            // the refusal says whether there is such a payment
            Map.entry("payments.fail", 2));

    /** What is refused, since it belongs to somebody who has one of everything, and for which reason. */
    private static final Map<String, ErrorCode> REFUSED = Map.of(
            "users.create", ErrorCode.EMAIL_UNAVAILABLE,
            "searches.delete", ErrorCode.WRONG_STATE,
            "payments.fail", ErrorCode.WRONG_STATE,
            "unlocks.unlock, by another payment", ErrorCode.ALREADY_UNLOCKED,
            // what is sealed in the crowd does not open; by then the statement has been run
            "unlocks.reveal, of much", ErrorCode.UNREADABLE);

    /**
     * Lists that may be sorted: the settings are few, and so are one user's failed jobs, of which an operator reads the
     * list of everybody's.
     */
    private static final Set<String> MAY_BE_SORTED = Set.of("settings.list", "jobs.listFailed of one user");

    private static final Map<String, String> INDEXES = Map.ofEntries(
            Map.entry("users.find", "users_pkey"),
            Map.entry("users.get", "users_pkey"),
            Map.entry("users.findByEmail", "users_email_key_key"),
            Map.entry("users.findLogin", "users_email_key_key"),
            Map.entry("searches.list", "searches_by_creation"),
            Map.entry("matches.listBySearch", "matches_by_relevance"),
            Map.entry("matches.listBySearchIfChanged", "matches_by_relevance"),
            Map.entry("savedSearches.listActive", "saved_searches_active"),
            Map.entry("jobs.startDue", "saved_searches_due"),
            Map.entry("jobs.claim", "jobs_to_claim"),
            Map.entry("jobs.listFailed", "jobs_failed"),
            Map.entry("jobs.listBySearch", "jobs_by_creation"),
            Map.entry("notifications.claim", "notifications_to_send"),
            Map.entry("notifications.list", "notifications_by_creation"),
            Map.entry("payments.list", "payments_by_creation"),
            Map.entry("unlocks.list", "unlocks_standing"),
            Map.entry("audit.list", "audit_events_by_time"),
            Map.entry("audit.listByActor", "audit_events_by_actor"),
            Map.entry("trail.oldestUnsealed", "audit_events_by_xid"),
            Map.entry("trail.seal", "audit_events_by_xid"),
            Map.entry("trail.export", "audit_leaves_pkey"),
            Map.entry("changes.poll of all", "change_outbox_pkey"),
            Map.entry("changes.poll of one user", "change_outbox_of_user"),
            Map.entry("changes.purge", "change_outbox_pkey"));

    // One for all: a database has the lock key of one.
    private static final KeyProvider KEYS = Keys.ephemeral();

    private static TestDatabase crowded;
    private static TestDatabase ofSmallSearches;

    private final List<String> findings = new ArrayList<>();
    private final Sent sent = new Sent(new LinkedHashMap<>(), new ArrayList<>());

    @BeforeAll
    static void fill() throws SQLException {
        crowded = TestDatabase.create();
        CrowdedStore.fill(crowded);
        ofSmallSearches = TestDatabase.create();
        CrowdedStore.fillWithSmallSearches(ofSmallSearches);
    }

    @AfterAll
    static void drop() {
        Stream.of(crowded, ofSmallSearches).filter(Objects::nonNull).forEach(TestDatabase::close);
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "force_generic_plan"})
    void everyMethod_inACrowdedStore_isServedByAnIndex(String planCacheMode) throws Exception {
        inspect(crowded, planCacheMode, (data, tap) -> callEverything(crowded, data, tap));
        assertThat(findings).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "force_generic_plan"})
    void listBySearch_whereStatisticsPromiseOneMatch_readsTheIndexOfTheOrder(String planCacheMode) throws Exception {
        inspect(
                ofSmallSearches,
                planCacheMode,
                (data, tap) ->
                        matchPages(tap, data.as(Actor.user(CrowdedStore.heavyUser())), CrowdedStore.newSearch()));
        assertThat(findings).isEmpty();
    }

    /** What is sent by a call of every method, in each variant of its statement, to a store with the crowd in it. */
    static Sent everythingSentTo(TestDatabase crowded) throws Exception {
        QueryPlanIT calls = new QueryPlanIT();
        inspect(crowded, "auto", (data, tap) -> calls.callEverything(crowded, data, tap));
        return calls.sent;
    }

    private void callEverything(TestDatabase database, PostgresSnagrData data, PlanTap tap) throws Exception {
        // Whoever asks first after a crash begins the epoch, unless a writer has.
        try (Connection owner = database.adminConnection();
                Statement statement = owner.createStatement()) {
            statement.execute("truncate snagr.change_epoch");
        }
        check(
                tap,
                "changes.poll, the first",
                data.as(Actor.service(ServiceRole.FEED)),
                s -> s.changes().poll(Position.START, 1));
        callRepositories(data, tap);
        trail(database, data, tap);
    }

    private void callRepositories(SnagrData data, PlanTap tap) {
        Possessions shared = Possessions.of(data);
        Position position = data.as(Actor.service(ServiceRole.FEED))
                .changes()
                .poll(Position.START, 1)
                .next();
        for (String method : shared.attempts().keySet()) {
            if (method.equals("changes.subscribe")) {
                continue; // sends what changes.poll and changes.acknowledge send, on a thread of its own
            }
            Possessions owned = changesSomething(method) ? Possessions.of(data) : shared;
            prepare(data, method, owned);
            Function<Session, @Nullable Object> attempt = claimsOfAll(method)
                    .orElseGet(() -> requireNonNull(owned.attempts().get(method), method));
            check(tap, method, actor(data, method, owned.user().id()), attempt);
        }
        furtherCalls(data, tap, shared);
        changes(data, tap, position);
        rowsOfMany(data, tap);
        laterPages(data, tap);
    }

    private static void inspect(TestDatabase database, String planCacheMode, Inspection inspection) throws Exception {
        database.open(KEYS).close(); // which makes the login that serves
        CrowdedStore.sendPlans(database, planCacheMode);
        try (PlanTap tap = PlanTap.to(database.jdbcUrl());
                PostgresSnagrData data = PostgresSnagrData.builder()
                        .primary(tap.jdbcUrl(database.name()), database.user(), database.password())
                        .keys(KEYS)
                        .admins(TestAdmins::verify)
                        .build()) {
            inspection.of(data, tap);
        }
    }

    /** What {@link Possessions#attempts()} leaves out: what succeeds where its own is refused, and what is of one user. */
    private void furtherCalls(SnagrData data, PlanTap tap, Possessions shared) {
        UserId id = shared.user().id();
        Session user = data.as(Actor.user(id));
        EmailAddress fresh = freshEmail();
        Session auth = data.as(Actor.service(ServiceRole.AUTH));
        check(tap, "users.create, of a new one", auth, s -> s.users().create(NewUser.of(fresh)));
        check(
                tap,
                "preferences.save, with a phone number",
                user,
                s -> s.preferences().save(withPhone(id)));
        check(
                tap,
                "preferences.get, in a transaction",
                user,
                s -> s.inTransaction(tx -> tx.preferences().get()));
        UserId newcomer = auth.users().create(NewUser.of(freshEmail())).id();
        check(
                tap,
                "preferences.get, by somebody else",
                on(data, ServiceRole.NOTIFIER, id),
                s -> s.preferences().get());
        check(
                tap,
                "preferences.save, with the first phone number",
                data.as(Actor.user(newcomer)),
                s -> s.preferences().save(withPhone(newcomer)));
        SearchId unneeded = user.searches().create(NewSearch.of("theremin")).id();
        check(
                tap,
                "searches.delete, with nothing unlocked",
                user,
                s -> s.searches().delete(unneeded));
        StripePaymentId stripeId = StripePaymentId.of("pi_" + unused());
        check(
                tap,
                "payments.create, of a new one",
                user,
                s -> s.payments().create(new NewPayment(shared.locked().id(), stripeId, Money.of(500, "USD"))));
        check(
                tap,
                "unlocks.unlock, by another payment",
                on(data, ServiceRole.PAYMENTS, id),
                s -> Samples.create().unlock(data, id, shared.unlock().matchId()));
        check(
                tap,
                "payments.fail, of a pending one",
                on(data, ServiceRole.PAYMENTS, id),
                s -> s.payments().fail(stripeId));
        check(
                tap,
                "jobs.claim of one user",
                on(data, ServiceRole.MATCHER, id),
                s -> s.jobs().claim(Duration.ofHours(1), 20));
        check(
                tap,
                "jobs.listFailed of one user",
                on(data, ServiceRole.MATCHER, id),
                s -> s.jobs().listFailed(Page.first(20)));
        check(
                tap,
                "notifications.claim of one user",
                on(data, ServiceRole.NOTIFIER, id),
                s -> s.notifications().claim(Duration.ofHours(1), 20));
    }

    /** What came since a position: of everybody, and of one user among the many. */
    private void changes(SnagrData data, PlanTap tap, Position position) {
        Session feed = data.as(Actor.service(ServiceRole.FEED));
        check(tap, "changes.poll of all", feed, s -> s.changes().poll(position, 20));
        Session heavy = data.as(Actor.user(CrowdedStore.heavyUser()));
        Position own = heavy.changes().poll(Position.START, 20).next();
        check(tap, "changes.poll of one user", heavy, s -> s.changes().poll(own, 20));
    }

    /** The seal over a trail that is long already, and its export. */
    private void trail(TestDatabase database, PostgresSnagrData data, PlanTap tap) throws Exception {
        Path key = Files.createTempDirectory("trail").resolve("key");
        AuditSealer sealer = data.auditSealer(AuditSigner.create(key, "audit.example"), new LastNote());
        Files.delete(key);
        Files.delete(requireNonNull(key.getParent()));
        assertThat(sealer.seal()).isPositive();
        CrowdedStore.repeatCheckpoints(database);
        Session admin = data.as(Samples.admin("operator", "plans"));
        assertThat(admin.users().find(new UserId(UUID.randomUUID()))).isEmpty();
        check(tap, "trail.oldestUnsealed", admin, s -> sealer.oldestUnsealed().orElseThrow());
        check(tap, "trail.seal", admin, s -> {
            assertThat(sealer.seal()).isPositive();
            return s;
        });
        check(tap, "trail.export", admin, s -> {
            try {
                sealer.export(Writer.nullWriter());
                return s;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static String unused() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private static EmailAddress freshEmail() {
        return EmailAddress.of(unused() + "@example.com");
    }

    private static Preferences withPhone(UserId user) {
        return Preferences.defaults(user).with(Set.of(Channel.SMS), new PhoneNumber("+18285550123"));
    }

    /**
     * One row of the user who has much of everything. Which index of his finds it is not pinned: the statement and the policy
     * both name the user, the planner takes the two for independent, expects one row by any index that begins with the
     * user, and may then filter all of his.
     */
    private void rowsOfMany(SnagrData data, PlanTap tap) {
        SearchId search = CrowdedStore.heavySearch();
        Page one = Page.first(1);
        Session heavy = data.as(Actor.user(CrowdedStore.heavyUser()));
        Unlock unlock = heavy.unlocks().list(one).first().unlock();
        MatchId match = unlock.matchId();
        JobId job = heavy.jobs().listBySearch(search, one).first().id();
        NotificationId notification = heavy.notifications().list(one).first().id();
        check(tap, "searches.find, of much", heavy, s -> s.searches().find(search));
        check(tap, "jobs.find, of much", heavy, s -> s.jobs().find(job));
        check(tap, "matches.find, of much", heavy, s -> s.matches().find(match));
        check(tap, "payments.find, of much", heavy, s -> s.payments().find(unlock.paymentId()));
        check(tap, "notifications.find, of much", heavy, s -> s.notifications().find(notification));
        check(tap, "unlocks.find, of much", heavy, s -> s.unlocks().find(match));
        check(tap, "unlocks.suggestMessage, of much", heavy, s -> s.unlocks().suggestMessage(match, Optional.empty()));
        check(tap, "unlocks.reveal, of much", heavy, s -> s.unlocks().reveal(match));
    }

    private void laterPages(SnagrData data, PlanTap tap) {
        UserId id = CrowdedStore.heavyUser();
        SearchId search = CrowdedStore.heavySearch();
        Session heavy = data.as(Actor.user(id));
        Session auditor = data.as(Actor.service(ServiceRole.AUDITOR));
        laterPage(tap, "searches.list", heavy, (s, page) -> s.searches().list(page));
        laterPage(tap, "searches.listByText", heavy, (s, page) -> s.searches().listByText("theremin", page));
        laterPage(
                tap,
                "savedSearches.listActive",
                heavy,
                (s, page) -> s.savedSearches().listActive(page));
        laterPage(tap, "jobs.listBySearch", heavy, (s, page) -> s.jobs().listBySearch(search, page));
        laterPage(
                tap,
                "jobs.listFailed",
                data.as(Actor.service(ServiceRole.MATCHER)),
                (s, page) -> s.jobs().listFailed(page));
        Session matcher = on(data, ServiceRole.MATCHER, id);
        Cursor failed = matcher.jobs().listFailed(Page.first(20)).next().orElseThrow();
        check(tap, "jobs.listFailed of one user", matcher, s -> s.jobs().listFailed(Page.after(failed, 20)));
        laterPage(tap, "payments.list", heavy, (s, page) -> s.payments().list(page));
        laterPage(tap, "unlocks.list", heavy, (s, page) -> s.unlocks().list(page));
        laterPage(
                tap, "notifications.list", heavy, (s, page) -> s.notifications().list(page));
        laterPage(tap, "audit.list", auditor, (s, page) -> s.audit().list(page));
        laterPage(tap, "audit.listByActor", auditor, (s, page) -> s.audit().listByActor(id.toString(), page));
        matchPages(tap, heavy, search);
    }

    /** Pages of one search's matches, with each filter, the first page and a later one. */
    private void matchPages(PlanTap tap, Session session, SearchId search) {
        Map<String, Function<MatchQuery, MatchQuery>> filters = new LinkedHashMap<>();
        filters.put("all", query -> query);
        filters.put("by price", query -> query.priceAtLeast(Money.of(100, "USD")));
        filters.put("by distance", query -> query.within(4_000));
        filters.put("by price and distance", query -> query.within(4_000).priceAtMost(Money.of(1_000_000, "USD")));
        filters.put("by text", query -> query.withText("theremin"));
        filters.forEach((name, filter) -> {
            String one = "matches.listBySearch, " + name;
            check(tap, one, session, s -> s.matches().listBySearch(search, filter.apply(MatchQuery.top(20))));
            laterPage(
                    tap,
                    one,
                    session,
                    (s, page) -> s.matches().listBySearch(search, filter.apply(MatchQuery.of(page))));
            laterPage(
                    tap,
                    "matches.listBySearchIfChanged, " + name,
                    session,
                    (s, page) -> s.matches()
                            .listBySearchIfChanged(search, filter.apply(MatchQuery.of(page)), Optional.empty())
                            .orElseThrow()
                            .value());
        });
    }

    private void laterPage(PlanTap tap, String method, Session session, PageOf list) {
        Cursor second = list.read(session, Page.first(20)).next().orElseThrow();
        Cursor third = list.read(session, Page.after(second, 20)).next().orElseThrow();
        check(tap, method + LATER_PAGE, session, s -> list.read(s, Page.after(third, 20)));
    }

    /** Reads only: what may be called again and again for the same user. */
    private static boolean changesSomething(String method) {
        return !method.matches("\\w+\\.(find|get|list).*");
    }

    /** A thousand of one claim are half of all that wait, and no index is the way to them. */
    private static Optional<Function<Session, @Nullable Object>> claimsOfAll(String method) {
        return switch (method) {
            case "jobs.claim" -> Optional.of(s -> s.jobs().claim(Duration.ofHours(1), 20));
            case "jobs.startDue" -> Optional.of(s -> s.jobs().startDue(20));
            case "notifications.claim" -> Optional.of(s -> s.notifications().claim(Duration.ofHours(1), 20));
            default -> Optional.empty();
        };
    }

    /** What must have happened before. */
    private static void prepare(SnagrData data, String method, Possessions owned) {
        if (method.equals("payments.completeRefund")) {
            assertThat(on(data, ServiceRole.PAYMENTS, owned.user().id())
                            .payments()
                            .beginRefund(owned.payment().stripeId()))
                    .isNotNull();
        }
    }

    /** Whose work that is. */
    private static Session actor(SnagrData data, String method, UserId id) {
        return switch (method) {
            case "users.create", "users.findLogin" -> data.as(Actor.service(ServiceRole.AUTH));
            case "users.changePassword" -> on(data, ServiceRole.AUTH, id);
            case "users.findByEmail", "users.deactivate", "users.activate", "users.delete", "settings.save" ->
                data.as(Samples.admin("operator", "plans"));
            case "jobs.startDue", "changes.purge" -> data.as(Actor.service(ServiceRole.WORKER));
            case "jobs.claim", "jobs.extend", "jobs.complete", "jobs.fail", "jobs.listFailed" ->
                data.as(Actor.service(ServiceRole.MATCHER));
            case "matches.upsertAll" -> on(data, ServiceRole.MATCHER, id);
            case "payments.fail", "payments.beginRefund", "payments.completeRefund" ->
                on(data, ServiceRole.PAYMENTS, id);
            case "notifications.createAll", "notifications.claim", "notifications.acknowledge", "notifications.retry" ->
                data.as(Actor.service(ServiceRole.NOTIFIER));
            case "changes.acknowledged", "changes.acknowledge", "changes.subscribe" ->
                data.as(Actor.service(ServiceRole.FEED));
            case "audit.list", "audit.listByActor" -> data.as(Actor.service(ServiceRole.AUDITOR));
            default -> data.as(Actor.user(id));
        };
    }

    private static Session on(SnagrData data, ServiceRole role, UserId user) {
        return data.as(Actor.service(role).onBehalfOf(user));
    }

    private void check(PlanTap tap, String call, Session session, Function<Session, @Nullable Object> attempt) {
        tap.take();
        Optional<ErrorCode> refusal = Optional.empty();
        try {
            var unused = attempt.apply(session);
        } catch (SnagrDataException e) {
            refusal = Optional.of(e.code());
        }
        List<StatementPlan> plans =
                tap.take().stream().filter(plan -> !isPrelude(plan)).toList();
        tap.takeParsed().forEach(parsed -> sent.statements.putIfAbsent(parsed, call));
        plans.stream().filter(StatementPlan::nested).forEach(sent.nested::add);
        if (!refusal.equals(Optional.ofNullable(REFUSED.get(call)))) {
            findings.add(call + ": the call ended with " + refusal);
        }
        long sent = plans.stream().filter(plan -> !plan.nested()).count();
        int expected = STATEMENTS.getOrDefault(call, 1);
        if (sent != expected) {
            findings.add(call + ": " + sent + " statements were sent, expected " + expected + ": "
                    + plans.stream()
                            .filter(plan -> !plan.nested())
                            .map(plan -> firstLine(plan.sql()))
                            .toList());
        }
        boolean byText = call.contains("ByText") || call.contains("by text");
        for (StatementPlan plan : plans) {
            plan.root().all().forEach(node -> checkNode(call, node));
            if (call.contains(".list") && !MAY_BE_SORTED.contains(call) && !byText && !isByWords(plan)) {
                checkOrder(call, plan);
            }
        }
        if (!byText) {
            checkIndexes(call, plans);
        }
    }

    private void checkNode(String call, Node node) {
        String table = node.text("Relation Name");
        if (node.type().equals("Seq Scan") && !READ_ALL.contains(call) && !MAY_BE_SCANNED.contains(table)) {
            report(call, "is read as a whole", node, "Filter");
        }
        String index = node.text("Index Name");
        if (!index.isEmpty()
                && node.text("Index Cond").isEmpty()
                && !MAY_BE_READ_FROM_THE_START.contains(index)
                && MAY_BE_SCANNED.stream().noneMatch(index::startsWith)) {
            report(call, "is read as a whole, by an index", node, "Filter");
        }
        for (String condition : CONDITIONS) {
            if (PER_ROW.matcher(node.text(condition)).find()) {
                report(call, "evaluates a policy or a function for each row", node, condition);
            }
        }
    }

    /** The index gives the order, and the place to begin at. */
    private void checkOrder(String call, StatementPlan plan) {
        List<Node> nodes = plan.root().all().toList();
        nodes.stream()
                .filter(node -> node.type().endsWith("Sort") && sortsRowsOfATable(node))
                .forEach(node -> report(call, "is sorted", node, "Sort Key"));
        if (call.endsWith(LATER_PAGE)) {
            nodes.stream()
                    .filter(node -> KEYSET.matcher(node.text("Filter")).find())
                    .forEach(node -> report(call, "is read from its beginning", node, "Filter"));
            if (nodes.stream()
                    .noneMatch(node -> KEYSET.matcher(node.text("Index Cond")).find())) {
                findings.add(call + ": no index begins at the cursor");
            }
        }
    }

    /** Not those of a page, which are few, nor those of a part that is computed once and apart. */
    private static boolean sortsRowsOfATable(Node node) {
        return node.children()
                .filter(child -> !child.type().equals("Limit"))
                .filter(child -> !child.text("Parent Relationship").equals("InitPlan"))
                .anyMatch(child -> !child.text("Relation Name").isEmpty() || sortsRowsOfATable(child));
    }

    private void checkIndexes(String call, List<StatementPlan> plans) {
        String index = INDEXES.get(call.split(",", 2)[0]);
        Set<String> used = plans.stream()
                .flatMap(plan -> plan.root().all())
                .map(node -> node.text("Index Name"))
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toSet());
        if (index != null && !used.contains(index)) {
            findings.add(call + ": the index " + index + " is not used, but " + used);
        }
    }

    private void report(String call, String what, Node node, String condition) {
        String name = Stream.of("Relation Name", "Index Name", "Node Type")
                .map(node::text)
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElseThrow();
        findings.add(call + ": " + name + " " + what + ": " + node.type() + " " + node.text("Index Name") + ", "
                + condition + " " + node.text(condition));
    }

    /** What comes before each statement: who acts and, for an admin, that he does. */
    private static boolean isPrelude(StatementPlan plan) {
        String sql = plan.sql().strip();
        return sql.startsWith("select where (set_config('role'")
                || (sql.startsWith("insert into snagr.audit_events") && sql.contains("'admin_statement'"));
    }

    /** The search for words, inside its function or around it: it reads what fits and sorts that. */
    private static boolean isByWords(StatementPlan plan) {
        return plan.nested() || plan.sql().contains("snagr.search_matches(");
    }

    private static String firstLine(String sql) {
        return sql.lines().map(String::strip).limit(2).collect(Collectors.joining(" "));
    }

    /**
     * @param statements each with the first call that sent it
     * @param nested what functions and triggers ran
     */
    record Sent(Map<PlanTap.Parsed, String> statements, List<StatementPlan> nested) {}

    private static final class LastNote implements CheckpointSink {
        private Optional<String> last = Optional.empty();

        @Override
        public Optional<String> last() {
            return last;
        }

        @Override
        public void append(String note) {
            last = Optional.of(note);
        }
    }

    @FunctionalInterface
    private interface Inspection {
        void of(PostgresSnagrData data, PlanTap tap) throws Exception;
    }

    @FunctionalInterface
    private interface PageOf {
        Slice<?> read(Session session, Page page);
    }
}
