package ai.snagr.data.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.snagr.data.match.MatchId;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.payment.NewPayment;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.user.NewUser;
import ai.snagr.data.user.UserId;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SamplesTest {
    @Test
    void create_twice_givesTheSameSamples() {
        Samples one = Samples.create();
        Samples other = Samples.create();

        assertThat(one.newUser()).isEqualTo(other.newUser());
        assertThat(one.newSearch()).isEqualTo(other.newSearch());
        assertThat(one.newMatches(100)).isEqualTo(other.newMatches(100));
        UserId user = new UserId(new UUID(0, 1));
        MatchId paid = new MatchId(new UUID(0, 2));
        assertThat(one.verifiedPayment(user, paid)).isEqualTo(other.verifiedPayment(user, paid));
        assertThat(one.preferences(user)).isEqualTo(other.preferences(user));
    }

    @Test
    void samples_ofOneOrTwoSeeds_areUniqueWhereTheSchemaWantsIt() {
        List<Samples> both = List.of(Samples.ofSeed(1), Samples.ofSeed(2));

        assertThat(draw(both, Samples::newUser).map(NewUser::email)).doesNotHaveDuplicates();
        assertThat(draw(both, Samples::newMatch).map(NewMatch::externalListingId))
                .doesNotHaveDuplicates();
        assertThat(draw(both, Samples::newMatch).map(match -> match.listingUrl().expose()))
                .doesNotHaveDuplicates();
        MatchId match = new MatchId(new UUID(0, 1));
        UserId user = new UserId(new UUID(0, 2));
        assertThat(draw(both, samples -> samples.verifiedPayment(user, match)).map(VerifiedPayment::stripeId))
                .doesNotHaveDuplicates();
        assertThat(draw(both, samples -> samples.newPayment(match)).map(NewPayment::stripeId))
                .doesNotHaveDuplicates();
    }

    @Test
    void samples_thousandsOfEachKind_areValid() {
        Samples samples = Samples.ofSeed(999_999);

        assertThat(draw(List.of(samples), Samples::newSearch)).hasSize(2_000);
        assertThat(draw(List.of(samples), Samples::price)).allMatch(price -> price.minorUnits() > 0);
        assertThat(draw(List.of(samples), Samples::phoneNumber)).hasSize(2_000);
    }

    @Test
    void ofSeed_outOfRange_saysTheRange() {
        assertThatThrownBy(() -> Samples.ofSeed(-1)).hasMessage("seed must be between 0 and 999999");
        assertThatThrownBy(() -> Samples.ofSeed(1_000_000)).isInstanceOf(IllegalArgumentException.class);
    }

    private static <T> Stream<T> draw(List<Samples> samples, Function<Samples, T> kind) {
        return samples.stream().flatMap(each -> IntStream.range(0, 2_000).mapToObj(i -> kind.apply(each)));
    }
}
