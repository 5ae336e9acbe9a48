package ai.snagr.data;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.notification.NewNotification;
import ai.snagr.data.payment.StripeEventId;
import ai.snagr.data.payment.StripePaymentId;
import ai.snagr.data.preference.Channel;
import ai.snagr.data.search.SearchId;
import ai.snagr.data.unlock.SuggestedMessage;
import ai.snagr.data.user.UserId;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Every text of the API is either refused with a card number in it, or stands here with the reason why it is not. */
class CardNumberFieldsTest {
    private static final String CARD = "4242-4242-4242-4242";

    /** Leaves with a payment, an unlock or a notification. */
    private static final Set<String> CHECKED =
            Set.of("NewNotification.content", "StripeEventId.value", "StripePaymentId.value", "SuggestedMessage.text");

    /** What was stored, on its way out: it was checked when it came in, and must be readable whatever it is. */
    private static final Set<String> READ = Set.of(
            "AuditEvent.actor",
            "AuditEvent.object",
            "AuditEvent.reason",
            "AuditEvent.role",
            "AuditEvent.subject",
            "Job.error",
            "Match.title",
            "MatchDetails.description",
            "Notification.content",
            "Search.queryText",
            "SystemSetting.name",
            "SystemSetting.value",
            "Unlock.suggestedMessage");

    /** The marketplace's own text, or the user's words to search for: it stays in the database, next to no payment. */
    private static final Set<String> STAYS = Set.of(
            "MatchQuery.text",
            "NewMatch.description",
            "NewMatch.externalListingId",
            "NewMatch.title",
            "NewSearch.queryText",
            "SellerInfo.contact",
            "SellerInfo.name");

    /** A form of its own, into which no sentence fits. */
    private static final Set<String> NO_FREE_TEXT = Set.of(
            "ConsumerName.value",
            "Cursor.token",
            "EmailAddress.value",
            "KeyContext.deployment",
            "KeyContext.owner",
            "Money.currency",
            "PasswordHash.value",
            "PhoneNumber.value",
            "Position.token",
            "RequestId.value",
            "StoreAddress.jdbcUrl",
            "StoreAddress.password",
            "StoreAddress.user",
            "VersionTag.value",
            "WebUrl.value",
            "WebhookSecret.value");

    /** Of operators and programs about their own work. */
    private static final Set<String> OPERATION = Set.of(
            "AdminActor.id",
            "AdminActor.reason",
            "AdminProof.value",
            "JobFailure.error",
            "Problem.field",
            "Problem.rule");

    @Test
    void texts_ofTheApi_areAllDecidedOn() throws IOException, URISyntaxException {
        Set<String> texts = new TreeSet<>();
        PrintedRecordsTest.records()
                .forEach(type -> Arrays.stream(type.getRecordComponents())
                        .filter(component -> component.getType() == String.class)
                        .map(RecordComponent::getName)
                        .forEach(name -> texts.add(type.getSimpleName() + "." + name)));
        Set<String> decided = new TreeSet<>(CHECKED);
        decided.addAll(READ);
        decided.addAll(STAYS);
        decided.addAll(NO_FREE_TEXT);
        decided.addAll(OPERATION);

        assertThat(texts).as("add a new text to one of the lists").containsExactlyInAnyOrderElementsOf(decided);
    }

    @Test
    void texts_thatLeave_areRefusedWithACardNumber() {
        Refusal.of(() -> new NewNotification(
                        new UserId(new UUID(1, 2)), new SearchId(new UUID(3, 4)), Channel.SMS, "Take " + CARD))
                .ofType(NewNotification.class)
                .naming("content")
                .hiding("4242");
        Refusal.of(() -> SuggestedMessage.of("Take " + CARD))
                .ofType(SuggestedMessage.class)
                .naming("text")
                .hiding("4242");
        Refusal.of(() -> StripePaymentId.of("pi_4242424242424242"))
                .ofType(StripePaymentId.class)
                .naming("value")
                .hiding("4242");
        Refusal.of(() -> StripeEventId.of("evt_4242424242424242"))
                .ofType(StripeEventId.class)
                .naming("value")
                .hiding("4242");
        assertThat(CHECKED).hasSize(4);
    }
}
