package ai.snagr.data.testkit;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.Money;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.payment.StripeEventId;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.payment.StripeWebhooks;
import ai.snagr.data.payment.VerifiedPayment;
import ai.snagr.data.payment.WebhookSecret;
import ai.snagr.data.user.UserId;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Stripe, as a test needs it: events of its test mode in their real form, signed with the secret of an endpoint. There is
 * no other way to a {@link VerifiedPayment}, in tests either. Thread-safe.
 */
public final class StripeEvents {
    private final WebhookSecret secret;

    private StripeEvents(WebhookSecret secret) {
        this.secret = secret;
    }

    /** With a secret that nobody else has. */
    public static StripeEvents create() {
        return new StripeEvents(
                WebhookSecret.of("whsec_" + UUID.randomUUID().toString().replace("-", "")));
    }

    /** With that secret, such as the one that the service under test is configured with. */
    public static StripeEvents signedWith(WebhookSecret secret) {
        return new StripeEvents(requireNonNull(secret, "secret"));
    }

    public WebhookSecret secret() {
        return secret;
    }

    /** What checks these events, by the system's clock. */
    public StripeWebhooks webhooks() {
        return StripeWebhooks.test(secret);
    }

    /** An id that no other event has. */
    public static StripeEventId newEventId() {
        return StripeEventId.of("evt_" + UUID.randomUUID().toString().replace("-", ""));
    }

    /** The body of an event {@code payment_intent.succeeded}, as Stripe formats it. */
    public static String succeeded(
            StripeEventId eventId, StripePaymentId stripeId, Money amount, UserId userId, MatchId matchId) {
        return """
            {
              "id": "%s",
              "object": "event",
              "api_version": "2025-08-27.basil",
              "created": 1767225600,
              "data": {
                "object": {
                  "id": "%s",
                  "object": "payment_intent",
                  "amount": %3$d,
                  "amount_capturable": 0,
                  "amount_details": {
                    "tip": {}
                  },
                  "amount_received": %3$d,
                  "application": null,
                  "automatic_payment_methods": {
                    "allow_redirects": "always",
                    "enabled": true
                  },
                  "capture_method": "automatic_async",
                  "confirmation_method": "automatic",
                  "created": 1767225590,
                  "currency": "%4$s",
                  "customer": null,
                  "description": null,
                  "latest_charge": "ch_3RqM2eLkdIwHu7ix0Zs1x9Ab",
                  "livemode": false,
                  "metadata": {
                    "%5$s": "%6$s",
                    "%7$s": "%8$s"
                  },
                  "payment_method_types": [
                    "card",
                    "link"
                  ],
                  "status": "succeeded"
                }
              },
              "livemode": false,
              "pending_webhooks": 1,
              "request": {
                "id": "req_Xh2l4mOaXk8Qpf",
                "idempotency_key": "d0f8a1b4-54b8-4d0e-9a39-2d2f4b7a9c11"
              },
              "type": "payment_intent.succeeded"
            }""".formatted(
                        eventId.value(),
                        stripeId.value(),
                        amount.minorUnits(),
                        amount.currency().toLowerCase(Locale.ROOT),
                        StripeWebhooks.USER_METADATA,
                        userId,
                        StripeWebhooks.MATCH_METADATA,
                        matchId);
    }

    /** That body, signed now. */
    public Delivery deliver(String body) {
        return deliver(body, Instant.now());
    }

    /** That body, signed at that time. */
    public Delivery deliver(String body, Instant signedAt) {
        return deliver(body.getBytes(StandardCharsets.UTF_8), signedAt);
    }

    /** These bytes, which need not be text, signed at that time. */
    public Delivery deliver(byte[] body, Instant signedAt) {
        long time = signedAt.getEpochSecond();
        return new Delivery(body, "t=" + time + ",v1=" + signature(time, body) + ",v0=" + "0".repeat(64));
    }

    /** The payment of an event of that kind with an id of its own, delivered and checked. */
    public VerifiedPayment payment(StripePaymentId stripeId, Money amount, UserId userId, MatchId matchId) {
        return payment(newEventId(), stripeId, amount, userId, matchId);
    }

    /** The payment of an event of that kind, delivered and checked. */
    public VerifiedPayment payment(
            StripeEventId eventId, StripePaymentId stripeId, Money amount, UserId userId, MatchId matchId) {
        Delivery delivery = deliver(succeeded(eventId, stripeId, amount, userId, matchId));
        return webhooks()
                .verify(delivery.body(), delivery.signature())
                .payment()
                .orElseThrow();
    }

    private String signature(long time, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.value().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update((time + ".").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java platform has HmacSHA256", impossible);
        }
    }

    /**
     * A request of Stripe.
     *
     * @param body its bytes
     * @param signature its header {@code Stripe-Signature}
     */
    @SuppressWarnings("ArrayRecordComponent") // is passed on, and never compared
    public record Delivery(byte[] body, String signature) {}
}
