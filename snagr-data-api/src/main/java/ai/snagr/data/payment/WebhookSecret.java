package ai.snagr.data.payment;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * The signing secret of a webhook endpoint, as Stripe's dashboard shows it; {@code toString} does not print it.
 *
 * @param value {@code whsec_} and 16 to 200 printable ASCII characters
 */
public record WebhookSecret(String value) {
    public WebhookSecret {
        requireNonNull(value, "value");
        Check.of(WebhookSecret.class)
                .that(
                        value.matches("whsec_[!-~]{16,200}"),
                        "value",
                        "must be whsec_ and 16 to 200 printable ASCII characters")
                .done();
    }

    public static WebhookSecret of(String value) {
        return new WebhookSecret(value);
    }

    @Override
    public String toString() {
        return "WebhookSecret[secret]";
    }
}
