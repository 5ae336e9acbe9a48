package ai.snagr.data.payment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Money;
import ai.snagr.data.Refusal;
import ai.snagr.data.match.MatchId;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class PaymentInputTest {
    private static final StripePaymentId STRIPE_ID = StripePaymentId.of("pi_3MtwBwLkdIwHu7ix");
    private static final MatchId MATCH = new MatchId(new UUID(1, 2));

    @Test
    void new_oneCent_isAccepted() {
        Money cent = Money.of(1, "USD");

        assertThat(new NewPayment(MATCH, STRIPE_ID, cent).amount()).isEqualTo(cent);
    }

    @Test
    void new_nothing_isRefused() {
        Money nothing = Money.of(0, "USD");

        Refusal.of(() -> new NewPayment(MATCH, STRIPE_ID, nothing))
                .ofType(NewPayment.class)
                .naming("amount");
    }
}
