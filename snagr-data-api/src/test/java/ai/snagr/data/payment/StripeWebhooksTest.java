package ai.snagr.data.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.Texts;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.user.UserId;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StripeWebhooksTest {
    private static final WebhookSecret SECRET = WebhookSecret.of("whsec_0123456789abcdef");
    private static final WebhookSecret OTHER_SECRET = WebhookSecret.of("whsec_fedcba9876543210");
    private static final Instant NOW = Instant.ofEpochSecond(1_767_225_600);
    private static final UserId USER = new UserId(new UUID(1, 2));
    private static final MatchId MATCH = new MatchId(new UUID(3, 4));
    private static final String BODY = """
        {"id":"evt_1RqM2eLkdIwHu7ix","object":"event","livemode":false,"type":"payment_intent.succeeded",
        "data":{"object":{"id":"pi_3RqM2eLkdIwHu7ix","object":"payment_intent","amount":299,"amount_received":299,
        "currency":"usd","livemode":false,"status":"succeeded","description":"Canary7f3a \\u00e9 \\ud83d\\ude00",
        "metadata":{"snagr_user_id":"00000000-0000-0001-0000-000000000002",
        "snagr_match_id":"00000000-0000-0003-0000-000000000004"}}}}""";

    private final StripeWebhooks webhooks = at(StripeWebhooks.test(SECRET), NOW);

    @Test
    void verify_succeededPayment_isThatPayment() {
        VerifiedPayment payment = webhooks.verify(bytes(BODY), header(SECRET, NOW, BODY))
                .payment()
                .orElseThrow();

        assertThat(payment.eventId()).isEqualTo(StripeEventId.of("evt_1RqM2eLkdIwHu7ix"));
        assertThat(payment.stripeId()).isEqualTo(StripePaymentId.of("pi_3RqM2eLkdIwHu7ix"));
        assertThat(payment.amount()).isEqualTo(Money.of(299, "USD"));
        assertThat(payment.userId()).isEqualTo(USER);
        assertThat(payment.matchId()).isEqualTo(MATCH);
        assertThat(payment.toString()).doesNotContain(Texts.CANARY);
    }

    /** Computed by another implementation: openssl dgst -sha256 -hmac. */
    @Test
    void verify_knownSignature_isAccepted() {
        String body = "{\"id\":\"evt_12345678\",\"livemode\":false,\"type\":\"charge.succeeded\"}";

        assertThat(webhooks.verify(
                        bytes(body),
                        "t=1767225600,v1=287664379e262dbffc3614980aa6ef0623cf2b691c52eb57468124f246f5be58"))
                .isEqualTo(new WebhookEvent.Other(StripeEventId.of("evt_12345678"), WebhookEvent.Reason.OTHER_TYPE));
    }

    @Test
    void verify_repeatedWithinTheTolerance_isTheSamePayment() {
        String header = header(SECRET, NOW, BODY);

        assertThat(webhooks.verify(bytes(BODY), header)).isEqualTo(webhooks.verify(bytes(BODY), header));
    }

    @ParameterizedTest
    @CsvSource({"-301, false", "-300, true", "0, true", "300, true", "301, false"})
    void verify_timeOfTheSignature_liesWithinTheTolerance(long seconds, boolean accepted) {
        String header = header(SECRET, NOW.plusSeconds(seconds), BODY);

        if (accepted) {
            assertThat(webhooks.verify(bytes(BODY), header).payment()).isPresent();
        } else {
            assertRefused(webhooks, BODY, header, "300 seconds");
        }
    }

    @Test
    void verify_oneOfSeveralSecrets_suffices() {
        StripeWebhooks rolling = at(StripeWebhooks.test(OTHER_SECRET, SECRET), NOW);

        assertThat(rolling.verify(bytes(BODY), header(SECRET, NOW, BODY)).payment())
                .isPresent();
        assertThat(rolling.verify(bytes(BODY), header(OTHER_SECRET, NOW, BODY)).payment())
                .isPresent();
    }

    @Test
    void verify_oneOfSeveralSignatures_suffices() {
        String time = "t=" + NOW.getEpochSecond();
        String wrong = "v1=" + signature(OTHER_SECRET, NOW, BODY);
        String right = "v1=" + signature(SECRET, NOW, BODY);

        assertThat(webhooks.verify(bytes(BODY), String.join(",", wrong, "v0=x", right, time))
                        .payment())
                .isPresent();
        assertThat(webhooks.verify(bytes(BODY), String.join(", ", time, right, wrong))
                        .payment())
                .isPresent();
    }

    @Test
    void verify_anotherSecret_isRefused() {
        assertRefused(webhooks, BODY, header(OTHER_SECRET, NOW, BODY), "no signature fits");
    }

    @Test
    void verify_anyByteAltered_isRefused() {
        String header = header(SECRET, NOW, BODY);
        byte[] body = bytes(BODY);
        for (int i = 0; i < body.length; i++) {
            byte[] altered = body.clone();
            altered[i] ^= 1;
            assertThatThrownBy(() -> webhooks.verify(altered, header)).isInstanceOf(SnagrDataException.Denied.class);
        }
        assertThatThrownBy(() -> webhooks.verify(Arrays.copyOf(body, body.length - 1), header))
                .isInstanceOf(SnagrDataException.Denied.class);
        assertRefused(webhooks, BODY + " ", header, "no signature fits");
    }

    @Test
    void verify_timeAltered_isRefused() {
        String late =
                header(SECRET, NOW.minusSeconds(1_000), BODY).replaceFirst("t=[0-9]+", "t=" + NOW.getEpochSecond());

        assertRefused(webhooks, BODY, late, "no signature fits");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "t=1767225600",
                "v1=SIG",
                "t=,v1=SIG",
                "t=now,v1=SIG",
                "t=-1767225600,v1=SIG",
                "t=176722560000,v1=SIG",
                "t=1767225600,t=1767225600,v1=SIG",
                "t=1767225600,v0=SIG",
                "t=1767225600,v1=",
                "t=1767225600,v1=0SIG",
                "T=1767225600,V1=SIG"
            })
    void verify_headerOfAnotherForm_isRefused(String header) {
        assertRefused(webhooks, BODY, header.replace("SIG", signature(SECRET, NOW, BODY)), "Stripe-Signature");
    }

    @Test
    void verify_headerTooLongOrTooManySignatures_isRefused() {
        String header = header(SECRET, NOW, BODY);

        assertRefused(webhooks, BODY, header + ",v0=" + "x".repeat(5_000), "Stripe-Signature");
        assertRefused(webhooks, BODY, header + (",v1=" + "0".repeat(64)).repeat(20), "Stripe-Signature");
    }

    @Test
    void verify_theOtherMode_isRefused() {
        String live = BODY.replace("\"livemode\":false", "\"livemode\":true");

        assertRefused(webhooks, live, header(SECRET, NOW, live), "mode");
        assertRefused(at(StripeWebhooks.live(SECRET), NOW), BODY, header(SECRET, NOW, BODY), "mode");
        assertThat(at(StripeWebhooks.live(SECRET), NOW)
                        .verify(bytes(live), header(SECRET, NOW, live))
                        .payment())
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "charge.succeeded",
                "checkout.session.completed",
                "payment_intent.payment_failed",
                "payment_intent.created",
                "charge.refunded",
                "an.event.of.tomorrow"
            })
    void verify_anotherType_isNoPaymentAndNoError(String type) {
        String body = BODY.replace("payment_intent.succeeded", type);

        WebhookEvent event = webhooks.verify(bytes(body), header(SECRET, NOW, body));

        assertThat(event.payment()).isEmpty();
        assertThat(event)
                .isEqualTo(new WebhookEvent.Other(
                        StripeEventId.of("evt_1RqM2eLkdIwHu7ix"), WebhookEvent.Reason.OTHER_TYPE));
    }

    @Test
    void verify_paymentForSomethingElse_isNoPaymentAndNoError() {
        String body = BODY.replace("snagr_", "shop_");

        assertThat(webhooks.verify(bytes(body), header(SECRET, NOW, body)))
                .isEqualTo(new WebhookEvent.Other(
                        StripeEventId.of("evt_1RqM2eLkdIwHu7ix"), WebhookEvent.Reason.OTHER_PURPOSE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "snagr_user_id | x | snagr_user_id",
                "snagr_match_id | x | snagr_match_id",
                "00000000-0000-0001-0000-000000000002 | 1-1-1-1-1 | snagr_user_id",
                "00000000-0000-0003-0000-000000000004 | | snagr_match_id",
                "\"status\":\"succeeded\" | \"status\":\"processing\" | data.object",
                "\"object\":\"payment_intent\" | \"object\":\"charge\" | data.object",
                "\"currency\":\"usd\" | \"currency\":\"usdx\" | currency",
                "\"currency\":\"usd\" | \"currency\":null | currency",
                "\"amount_received\":299 | \"amount_received\":0 | amount_received",
                "\"amount_received\":299 | \"amount_received\":-299 | amount_received",
                "\"amount_received\":299 | \"amount_received\":2.99 | amount_received",
                "\"amount_received\":299 | \"amount_received\":\"299\" | amount_received",
                "\"amount_received\":299 | \"amount_received\":9999999999999999 | amount",
                "pi_3RqM2eLkdIwHu7ix | pi_4242424242424242 | data.object",
                "pi_3RqM2eLkdIwHu7ix | in_3RqM2eLkdIwHu7ix | data.object",
                "evt_1RqM2eLkdIwHu7ix | ev | id",
                "\"livemode\":false,\"type\" | \"type\" | livemode",
                "\"metadata\": | \"data\": | metadata"
            })
    void verify_signedButIncomplete_isRefused(String what, String by, String named) {
        String body = BODY.replace(what, by == null ? "" : by);
        assertThat(body).isNotEqualTo(BODY);

        assertRefused(webhooks, body, header(SECRET, NOW, body), named);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "\"Canary7f3a\"",
                "{\"id\":\"Canary7f3a\"",
                "{\"id\":\"evt_12345678\",\"id\":\"evt_12345678\"}",
                "{\"id\":\"evt_12345678\",\"\\u0069d\":\"evt_12345678\"}",
                "{\"id\":\"evt_12345678\"} x",
                "{\"id\":\"evt_12345678\",}",
                "{'id':'evt_12345678'}",
                "{\"id\":\"evt_1234\t5678\"}",
                "{\"id\":\"evt_12345678\\x\"}",
                "{\"id\":\"\\u12g4\"}",
                "{\"a\":01}",
                "{\"a\":1.}",
                "{\"a\":+1}",
                "{\"a\":NaN}",
                "{\"a\":tru}",
                "/* */{}",
                "\uFEFF{}",
                "{\"a\":1" // no end
            })
    void verify_notStrictlyJson_isRefused(String body) {
        assertRefused(webhooks, body, header(SECRET, NOW, body), "JSON");
    }

    @ParameterizedTest
    @ValueSource(ints = {33, 10_000, 100_000})
    void verify_deeplyNested_isRefused(int depth) {
        String arrays = "{\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}";
        String objects = "{\"a\":".repeat(depth / 10 + 33) + "1" + "}".repeat(depth / 10 + 33);

        assertRefused(webhooks, arrays, header(SECRET, NOW, arrays), "JSON");
        assertRefused(webhooks, objects, header(SECRET, NOW, objects), "JSON");
    }

    @Test
    void verify_hugeBodyOrNumber_isRefused() {
        String huge = BODY + " ".repeat(262_144);
        String number = BODY.replace("299", "2".repeat(100_000));

        assertRefused(webhooks, huge, header(SECRET, NOW, huge), "262144 bytes");
        assertRefused(webhooks, number, header(SECRET, NOW, number), "JSON");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff", "c0af", "eda080", "f4908080", "e282", "80"})
    void verify_invalidUtf8_isRefused(String hex) {
        byte[] head = bytes("{\"Canary7f3a\":\"");
        byte[] middle = HexFormat.of().parseHex(hex);
        byte[] body = Arrays.copyOf(head, head.length + middle.length + 2);
        System.arraycopy(middle, 0, body, head.length, middle.length);
        body[body.length - 2] = '"';
        body[body.length - 1] = '}';

        assertRefused(webhooks, body, "t=" + NOW.getEpochSecond() + ",v1=" + signature(SECRET, NOW, body), "JSON");
    }

    @Test
    void new_secrets_areOneToTen() {
        assertThatThrownBy(() -> StripeWebhooks.test()).isInstanceOf(SnagrDataException.Misconfigured.class);
        assertThatThrownBy(() -> StripeWebhooks.live(new WebhookSecret[11])).isInstanceOf(RuntimeException.class);
        assertThat(SECRET.toString()).doesNotContain("0123");
    }

    /** Whoever can make one without a signature can unlock without paying. */
    @Test
    void verifiedPayment_constructor_isOfThePackageAlone() {
        Constructor<?>[] constructors = VerifiedPayment.class.getDeclaredConstructors();

        assertThat(constructors).hasSize(1);
        assertThat(Modifier.isPublic(constructors[0].getModifiers())
                        || Modifier.isProtected(constructors[0].getModifiers()))
                .isFalse();
        assertThat(Modifier.isFinal(VerifiedPayment.class.getModifiers())).isTrue();
        assertThat(java.io.Serializable.class.isAssignableFrom(VerifiedPayment.class))
                .isFalse();
    }

    private static void assertRefused(StripeWebhooks webhooks, String body, String header, String naming) {
        assertRefused(webhooks, bytes(body), header, naming);
    }

    private static void assertRefused(StripeWebhooks webhooks, byte[] body, String header, String naming) {
        SnagrDataException.Denied refusal =
                catchThrowableOfType(SnagrDataException.Denied.class, () -> webhooks.verify(body, header));

        assertThat(refusal).as("the refusal").isNotNull();
        assertThat(refusal.code()).isEqualTo(ErrorCode.WEBHOOK_REFUSED);
        assertThat(refusal.retryable()).isFalse();
        assertThat(refusal).hasMessageContaining(naming).hasNoCause();
        assertThat(refusal.getMessage()).doesNotContain(Texts.CANARY, "evt_", "pi_", "00000000", SECRET.value());
    }

    private static StripeWebhooks at(StripeWebhooks webhooks, Instant now) {
        return webhooks.withClock(Clock.fixed(now, ZoneOffset.UTC));
    }

    private static String header(WebhookSecret secret, Instant time, String body) {
        return "t=" + time.getEpochSecond() + ",v1=" + signature(secret, time, body);
    }

    private static String signature(WebhookSecret secret, Instant time, String body) {
        return signature(secret, time, bytes(body));
    }

    private static String signature(WebhookSecret secret, Instant time, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(bytes(secret.value()), "HmacSHA256"));
            mac.update(bytes(time.getEpochSecond() + "."));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
