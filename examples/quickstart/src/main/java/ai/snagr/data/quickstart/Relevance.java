package ai.snagr.data.quickstart;

import ai.snagr.data.search.GeoPoint;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How well a listing fits the search of the story: a cabin or cottage near the town's center, under $150. */
final class Relevance {
    static final String QUERY = "Cabin or cottage near downtown, under $150";
    static final GeoPoint CENTER = new GeoPoint(35.5951, -82.5515);
    static final int RADIUS_METERS = 20_000;
    static final long MAX_DOLLARS = 150;

    private static final List<String> WORDS = List.of("cabin", "cottage", "downtown");
    private static final double EARTH_RADIUS_METERS = 6_371_000;
    private static final LocalDate LONG_AGO = LocalDate.of(2020, 1, 1);
    private static final double FRESH_DAYS = 1_000;

    private Relevance() {}

    /** 0 to 1: a third each for the words in the title and the price, the rest for nearness and a recent review. */
    static double score(String title, long dollars, int distanceMeters, @Nullable LocalDate lastReview) {
        String lower = title.toLowerCase(Locale.ROOT);
        double words = Math.min(1, WORDS.stream().filter(lower::contains).count() / 2.0);
        double price = dollars <= MAX_DOLLARS ? 1 : (double) MAX_DOLLARS / dollars;
        double near = Math.max(0, 1 - (double) distanceMeters / RADIUS_METERS);
        double fresh = lastReview == null
                ? 0
                : Math.min(1, Math.max(0, lastReview.toEpochDay() - LONG_AGO.toEpochDay()) / FRESH_DAYS);
        return (words * 2 + price * 2 + near + fresh) / 6;
    }

    /** Along the great circle from the center, by the haversine formula. */
    static int distanceMeters(GeoPoint place) {
        double latitude = Math.toRadians(place.latitude() - CENTER.latitude()) / 2;
        double longitude = Math.toRadians(place.longitude() - CENTER.longitude()) / 2;
        double a = Math.pow(Math.sin(latitude), 2)
                + Math.cos(Math.toRadians(place.latitude()))
                        * Math.cos(Math.toRadians(CENTER.latitude()))
                        * Math.pow(Math.sin(longitude), 2);
        return (int) Math.round(2 * EARTH_RADIUS_METERS * Math.asin(Math.min(1, Math.sqrt(a))));
    }
}
