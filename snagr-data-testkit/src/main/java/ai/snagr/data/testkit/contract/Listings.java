package ai.snagr.data.testkit.contract;

import ai.snagr.data.Money;
import ai.snagr.data.WebUrl;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.privacy.Sensitive;
import java.time.Instant;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Listings to import, each told from others by a number from 0. */
final class Listings {
    private Listings() {}

    /** Those with the numbers from 0, made one by one as the stream is read. */
    static Stream<NewMatch> first(int count) {
        return IntStream.range(0, count).mapToObj(Listings::listing);
    }

    static NewMatch listing(int number) {
        return new NewMatch(
                "listing-" + number,
                "PlayStation 5 number " + number,
                Money.of(10_000 + number, "USD"),
                "Hardly used, with two controllers and box " + number,
                WebUrl.of("https://images.example.org/" + number + ".jpg"),
                Sensitive.of(seller("Sam Seller " + number)),
                Sensitive.of(WebUrl.of("https://market.example.org/item/" + number)),
                Instant.parse("2024-05-01T10:00:00.123456Z").plusSeconds(number),
                number,
                number % 1_000 / 1_000.0);
    }

    static SellerInfo seller(String name) {
        return new SellerInfo(
                name, WebUrl.of("https://market.example.org/seller"), "+1 202 555 0100", Map.of("rating", "4.9"));
    }

    static NewMatch withExternalId(NewMatch listing, String externalId) {
        return new NewMatch(
                externalId,
                listing.title(),
                listing.price(),
                listing.description(),
                listing.imageUrl(),
                listing.seller(),
                listing.listingUrl(),
                listing.postedAt(),
                listing.distanceMeters(),
                listing.relevanceScore());
    }

    static NewMatch withText(NewMatch listing, String title, @Nullable String description) {
        return new NewMatch(
                listing.externalListingId(),
                title,
                listing.price(),
                description,
                listing.imageUrl(),
                listing.seller(),
                listing.listingUrl(),
                listing.postedAt(),
                listing.distanceMeters(),
                listing.relevanceScore());
    }

    static NewMatch withImage(NewMatch listing, @Nullable WebUrl imageUrl) {
        return new NewMatch(
                listing.externalListingId(),
                listing.title(),
                listing.price(),
                listing.description(),
                imageUrl,
                listing.seller(),
                listing.listingUrl(),
                listing.postedAt(),
                listing.distanceMeters(),
                listing.relevanceScore());
    }

    static NewMatch withPostedAt(NewMatch listing, @Nullable Instant postedAt) {
        return new NewMatch(
                listing.externalListingId(),
                listing.title(),
                listing.price(),
                listing.description(),
                listing.imageUrl(),
                listing.seller(),
                listing.listingUrl(),
                postedAt,
                listing.distanceMeters(),
                listing.relevanceScore());
    }

    static NewMatch withDistance(NewMatch listing, @Nullable Integer distanceMeters) {
        return new NewMatch(
                listing.externalListingId(),
                listing.title(),
                listing.price(),
                listing.description(),
                listing.imageUrl(),
                listing.seller(),
                listing.listingUrl(),
                listing.postedAt(),
                distanceMeters,
                listing.relevanceScore());
    }

    static NewMatch withSealed(NewMatch listing, SellerInfo seller, WebUrl listingUrl) {
        return new NewMatch(
                listing.externalListingId(),
                listing.title(),
                listing.price(),
                listing.description(),
                listing.imageUrl(),
                Sensitive.of(seller),
                Sensitive.of(listingUrl),
                listing.postedAt(),
                listing.distanceMeters(),
                listing.relevanceScore());
    }
}
