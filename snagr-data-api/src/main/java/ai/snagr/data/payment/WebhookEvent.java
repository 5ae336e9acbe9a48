package ai.snagr.data.payment;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/** What an authentic webhook said. Answer Stripe with 200 whichever it is, once a payment is stored. */
public sealed interface WebhookEvent permits VerifiedPayment, WebhookEvent.Other {
    StripeEventId eventId();

    /** The payment, or empty if the event tells of none that unlocks something. */
    default Optional<VerifiedPayment> payment() {
        return this instanceof VerifiedPayment payment ? Optional.of(payment) : Optional.empty();
    }

    /**
     * An event from which nothing follows here.
     *
     * @param reason why
     */
    record Other(StripeEventId eventId, Reason reason) implements WebhookEvent {
        public Other {
            requireNonNull(eventId, "eventId");
            requireNonNull(reason, "reason");
        }
    }

    /** Why an event is no payment. */
    enum Reason {
        /** It is of another type than {@code payment_intent.succeeded}. */
        OTHER_TYPE,
        /** Money was taken, but for something else: the payment intent has none of our metadata. */
        OTHER_PURPOSE
    }
}
