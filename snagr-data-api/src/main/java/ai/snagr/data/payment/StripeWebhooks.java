package ai.snagr.data.payment;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.ErrorCode;
import ai.snagr.data.Money;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.match.MatchId;
import ai.snagr.data.user.UserId;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks webhooks of Stripe and turns those of succeeded payment intents into payments. The payment intent must have been
 * made with the metadata {@value #USER_METADATA} and {@value #MATCH_METADATA}. Thread-safe.
 */
public final class StripeWebhooks {
    /** The key of the metadata that says who pays: the user's id. */
    public static final String USER_METADATA = "snagr_user_id";

    /** The key of the metadata that says what for: the match's id. */
    public static final String MATCH_METADATA = "snagr_match_id";

    /** How far the time of a signature may lie from now, on either side. */
    public static final Duration TOLERANCE = Duration.ofMinutes(5);

    private static final int MAX_BODY_BYTES = 262_144;
    private static final int MAX_HEADER_LENGTH = 4_096;
    private static final int MAX_SECRETS = 10;
    private static final int MAX_SIGNATURES = 20;

    private final Mode mode;
    private final List<WebhookSecret> secrets;
    private final Clock clock;

    private StripeWebhooks(Mode mode, List<WebhookSecret> secrets, Clock clock) {
        if (secrets.isEmpty() || secrets.size() > MAX_SECRETS) {
            throw new SnagrDataException.Misconfigured("Webhooks need 1 to " + MAX_SECRETS + " endpoint secrets");
        }
        this.mode = mode;
        this.secrets = secrets;
        this.clock = clock;
    }

    /**
     * Of payments with real money.
     *
     * @param secrets of the endpoint: several while one takes the place of another, 1 to 10
     * @throws SnagrDataException CONFIGURATION if there are none or too many
     */
    public static StripeWebhooks live(WebhookSecret... secrets) {
        return new StripeWebhooks(Mode.LIVE, List.of(secrets), Clock.systemUTC());
    }

    /**
     * Of Stripe's test mode.
     *
     * @param secrets as of {@link #live}
     * @throws SnagrDataException CONFIGURATION if there are none or too many
     */
    public static StripeWebhooks test(WebhookSecret... secrets) {
        return new StripeWebhooks(Mode.TEST, List.of(secrets), Clock.systemUTC());
    }

    /** The same, which takes the time from that clock. */
    public StripeWebhooks withClock(Clock other) {
        return new StripeWebhooks(mode, secrets, requireNonNull(other, "other"));
    }

    /**
     * What the webhook says: a payment, or an event from which nothing follows. Whatever the request was, an attempt to
     * deceive ends in the exception, and no exception holds anything of the body.
     *
     * @param rawBody the bytes of the request, as they came: not parsed, not decoded, not formatted
     * @param signatureHeader the header {@code Stripe-Signature}
     * @throws SnagrDataException WEBHOOK_REFUSED if no signature fits, its time is more than {@link #TOLERANCE} from now,
     *     the mode is another, or the event is damaged or incomplete
     */
    public WebhookEvent verify(byte[] rawBody, String signatureHeader) {
        requireNonNull(rawBody, "rawBody");
        requireNonNull(signatureHeader, "signatureHeader");
        if (rawBody.length > MAX_BODY_BYTES) {
            throw refused("its body is longer than " + MAX_BODY_BYTES + " bytes");
        }
        byte[] body = rawBody.clone(); // what is checked is what is read
        Signatures signatures = Signatures.of(signatureHeader);
        if (!isSigned(body, signatures)) {
            throw refused("no signature fits: check the endpoint's secret, and that the body is passed as it came");
        }
        Instant signedAt = Instant.ofEpochSecond(signatures.time);
        if (Duration.between(signedAt, clock.instant()).abs().compareTo(TOLERANCE) > 0) {
            throw refused("it was signed more than " + TOLERANCE.toSeconds()
                    + " seconds from now: it is a repetition, or this host's clock is wrong");
        }
        return event(body);
    }

    private boolean isSigned(byte[] body, Signatures signatures) {
        boolean fits = false;
        for (WebhookSecret secret : secrets) {
            byte[] expected = hmac(secret, signatures.timeAsWritten, body);
            for (byte[] given : signatures.values) {
                fits |= MessageDigest.isEqual(expected, given); // none is skipped: the time tells nothing
            }
        }
        return fits;
    }

    private static byte[] hmac(WebhookSecret secret, String time, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.value().getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            mac.update(time.getBytes(StandardCharsets.US_ASCII));
            mac.update((byte) '.');
            return mac.doFinal(body);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java platform has HmacSHA256", impossible);
        }
    }

    private WebhookEvent event(byte[] body) {
        Node event = Node.read(body);
        StripeEventId id = event.id("id");
        if (event.flag("livemode") != (mode == Mode.LIVE)) {
            throw refused("it is of the other mode than this endpoint, which is for " + mode);
        }
        if (!event.text("type").equals("payment_intent.succeeded")) {
            return new WebhookEvent.Other(id, WebhookEvent.Reason.OTHER_TYPE);
        }
        Node intent = event.node("data").node("object");
        Node metadata = intent.node("metadata");
        if (metadata.lacks(USER_METADATA) && metadata.lacks(MATCH_METADATA)) {
            return new WebhookEvent.Other(id, WebhookEvent.Reason.OTHER_PURPOSE);
        }
        if (!intent.text("object").equals("payment_intent")
                || !intent.text("status").equals("succeeded")) {
            throw incomplete("data.object");
        }
        if (intent.flag("livemode") != (mode == Mode.LIVE)) {
            throw incomplete("data.object.livemode");
        }
        try {
            return new VerifiedPayment(
                    id,
                    StripePaymentId.of(intent.text("id")),
                    Money.of(
                            intent.amount("amount_received"),
                            intent.text("currency").toUpperCase(Locale.ROOT)),
                    new UserId(metadata.uuid(USER_METADATA)),
                    new MatchId(metadata.uuid(MATCH_METADATA)));
        } catch (SnagrDataException.InvalidInput broken) {
            throw incomplete("id, currency or amount of data.object");
        }
    }

    private static SnagrDataException refused(String why) {
        return new SnagrDataException.Denied(ErrorCode.WEBHOOK_REFUSED, "A webhook was refused: " + why);
    }

    private static SnagrDataException incomplete(String part) {
        return refused("the event is signed, but " + part + " is not as it must be");
    }

    private enum Mode {
        LIVE,
        TEST
    }

    /** What the header says: a time, and signatures of scheme v1. Other schemes are passed over, as Stripe demands. */
    private record Signatures(long time, String timeAsWritten, List<byte[]> values) {
        static Signatures of(String header) {
            String time = null;
            List<byte[]> values = new ArrayList<>();
            if (header.length() > MAX_HEADER_LENGTH) {
                throw unreadable();
            }
            for (String part : header.split(",", -1)) {
                String pair = part.strip();
                if (pair.startsWith("t=")) {
                    if (time != null || !pair.matches("t=[0-9]{1,11}")) {
                        throw unreadable();
                    }
                    time = pair.substring(2);
                } else if (pair.matches("v1=[0-9a-f]{64}")) {
                    values.add(HexFormat.of().parseHex(pair.substring(3)));
                }
            }
            if (time == null || values.isEmpty() || values.size() > MAX_SIGNATURES) {
                throw unreadable();
            }
            return new Signatures(Long.parseLong(time), time, values);
        }

        private static SnagrDataException unreadable() {
            return refused("its header Stripe-Signature does not have one time t and signatures v1");
        }
    }

    /** An object of the event, which names what it lacks by its place. */
    private record Node(String place, Map<?, ?> members) {
        static Node read(byte[] body) {
            try {
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(body))
                        .toString();
                if (JsonReader.read(text) instanceof Map<?, ?> members) {
                    return new Node("", members);
                }
            } catch (CharacterCodingException | IllegalArgumentException damaged) {
                throw incomplete("its JSON");
            }
            throw incomplete("its JSON");
        }

        private @Nullable Object get(String name) {
            return members.get(name);
        }

        boolean lacks(String name) {
            return get(name) == null;
        }

        Node node(String name) {
            if (get(name) instanceof Map<?, ?> object) {
                return new Node(place + name + ".", object);
            }
            throw incomplete(place + name);
        }

        String text(String name) {
            if (get(name) instanceof String text) {
                return text;
            }
            throw incomplete(place + name);
        }

        boolean flag(String name) {
            if (get(name) instanceof Boolean flag) {
                return flag;
            }
            throw incomplete(place + name);
        }

        long amount(String name) {
            if (get(name) instanceof JsonReader.Literal number
                    && number.digits().matches("[1-9][0-9]{0,15}")) {
                return Long.parseLong(number.digits());
            }
            throw incomplete(place + name);
        }

        UUID uuid(String name) {
            String text = text(name);
            if (text.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")) {
                return UUID.fromString(text);
            }
            throw incomplete(place + name);
        }

        StripeEventId id(String name) {
            try {
                return StripeEventId.of(text(name));
            } catch (SnagrDataException.InvalidInput broken) {
                throw incomplete(place + name);
            }
        }
    }
}
