package ai.snagr.data.keys;

import ai.snagr.data.Actor;
import ai.snagr.data.Money;
import ai.snagr.data.ServiceRole;
import ai.snagr.data.SnagrData;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.cache.CacheSettings;
import ai.snagr.data.cache.CachedSnagrData;
import ai.snagr.data.cache.RedisAddress;
import ai.snagr.data.job.JobLease;
import ai.snagr.data.match.Match;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.MatchQuery;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.postgres.Capability;
import ai.snagr.data.postgres.Keys;
import ai.snagr.data.postgres.PostgresSnagrData;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.spi.KeyProvider;
import ai.snagr.data.testkit.Samples;
import ai.snagr.data.testkit.StripeEvents;
import ai.snagr.data.unlock.RevealedMatch;
import ai.snagr.data.user.UserId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A process that writes, reads or unlocks, with its own keys. Each line of its standard input is a command, and is answered
 * by one line: a result, or the code of the refusal.
 */
final class OneOfThree {
    static final char[] PASSWORD = "of-tests".toCharArray();
    static final String READY = "ready";

    private final SnagrData data;
    private final Samples samples = Samples.create();

    private OneOfThree(SnagrData data) {
        this.data = data;
    }

    /** Capability, key store file, URL, user and password of the database, URL of Redis. */
    public static void main(String... arguments) throws IOException {
        try (KeyProvider keys = Keys.fromKeyStore(Path.of(arguments[1]), PASSWORD);
                PostgresSnagrData store = PostgresSnagrData.builder()
                        .primary(arguments[2], arguments[3], arguments[4])
                        .allowPlaintext("a server of tests")
                        .keys(keys)
                        .capabilities(Set.of(Capability.valueOf(arguments[0])))
                        .build();
                SnagrData data = arguments[0].equals(Capability.READ.name()) ? cached(store, arguments[5]) : store) {
            new OneOfThree(data).serve();
        }
    }

    private static SnagrData cached(PostgresSnagrData store, String redis) {
        return CachedSnagrData.wrap(
                store,
                CacheSettings.redis(RedisAddress.of(redis).allowPlaintext("a Redis of tests"))
                        .withFarTimeout(Duration.ofSeconds(5)));
    }

    private void serve() throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println(READY);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String answer;
            try {
                answer = answer(List.of(line.split(" ")));
            } catch (SnagrDataException refused) {
                answer = refused.code().name();
            }
            out.println(answer);
        }
    }

    private String answer(List<String> words) {
        return switch (words.get(0)) {
            case "register" -> samples.registeredUser(data).id().toString();
            case "search" -> samples.search(data.as(user(words))).id().toString();
            case "write" -> write(words);
            case "list" ->
                data
                        .as(user(words))
                        .matches()
                        .listBySearch(SearchId.of(words.get(2)), MatchQuery.top(50))
                        .items()
                        .stream()
                        .map(Match::id)
                        .map(MatchId::toString)
                        .collect(Collectors.joining(" "));
            case "unlock" -> unlock(words);
            case "reveal" -> {
                RevealedMatch revealed = data.as(user(words)).unlocks().reveal(MatchId.of(words.get(2)));
                yield revealed.listingUrl().expose().value();
            }
            default -> throw new IllegalArgumentException(words.get(0));
        };
    }

    private String write(List<String> words) {
        UserId user = UserId.of(words.get(1));
        JobLease lease = data.as(Actor.service(ServiceRole.MATCHER))
                .jobs()
                .claim(Duration.ofMinutes(5), 1)
                .get(0);
        List<NewMatch> found = samples.newMatches(8);
        return Long.toString(data.as(Actor.service(ServiceRole.MATCHER).onBehalfOf(user))
                .matches()
                .upsertAll(lease, found.stream())
                .inserted());
    }

    private String unlock(List<String> words) {
        UserId user = UserId.of(words.get(1));
        MatchId match = MatchId.of(words.get(2));
        return data.as(Actor.service(ServiceRole.PAYMENTS).onBehalfOf(user))
                .unlocks()
                .unlock(
                        match,
                        StripeEvents.create()
                                .payment(
                                        new StripePaymentId(
                                                "pi_" + match.toString().replace("-", "")),
                                        Money.of(499, "USD"),
                                        user,
                                        match))
                .matchId()
                .toString();
    }

    private static Actor user(List<String> words) {
        return Actor.user(UserId.of(words.get(1)));
    }
}
