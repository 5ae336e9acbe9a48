package ai.snagr.data.quickstart;

import ai.snagr.data.Money;
import ai.snagr.data.Problem;
import ai.snagr.data.SnagrDataException;
import ai.snagr.data.WebUrl;
import ai.snagr.data.match.NewMatch;
import ai.snagr.data.match.SellerInfo;
import ai.snagr.data.privacy.Sensitive;
import ai.snagr.data.search.GeoPoint;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One row of a listings file in the columns of Inside Airbnb, as a match. */
final class Listing {
    static final List<String> COLUMNS = List.of(
            "id",
            "name",
            "host_id",
            "host_name",
            "neighbourhood",
            "latitude",
            "longitude",
            "room_type",
            "price",
            "last_review");

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("M/d/yy");
    private static final Map<String, String> COLUMN_OF = Map.of(
            "title", "name",
            "minorUnits", "price",
            "latitude", "latitude",
            "longitude", "longitude",
            "externalListingId", "id",
            "name", "host_name",
            "description", "room_type");

    private Listing() {}

    /** Why the row cannot be loaded, or empty if it can. */
    static Optional<Rejection> check(NamedCsvRecord row) {
        if (row.getFieldCount() != row.getHeader().size()) {
            return reject(
                    row,
                    "*",
                    "has " + row.getFieldCount() + " fields where the header names "
                            + row.getHeader().size());
        }
        String id = row.getField("id");
        if (id.matches("[0-9.,]+[Ee][+]?[0-9]+")) {
            return reject(
                    row,
                    "id",
                    "is in scientific notation (9.99999E+99): a spreadsheet has rounded it and its digits are lost;"
                            + " export the file again with this column as text");
        }
        if (!id.matches("[0-9]{1,20}")) {
            return reject(row, "id", "must be 1 to 20 digits");
        }
        if (!row.getField("host_id").matches("[0-9]{1,20}")) {
            return reject(row, "host_id", "must be 1 to 20 digits");
        }
        if (!row.getField("price").matches("[0-9]{1,9}")) {
            return reject(row, "price", "must be whole dollars, 1 to 9 digits");
        }
        for (String coordinate : List.of("latitude", "longitude")) {
            if (!row.getField(coordinate).matches("-?[0-9]{1,3}(\\.[0-9]{1,15})?")) {
                return reject(row, coordinate, "must be degrees such as 35.59511");
            }
        }
        try {
            NewMatch ignored = toMatch(row);
            return Optional.empty();
        } catch (DateTimeParseException notADate) {
            return reject(row, "last_review", "must be a date such as 12/31/22, or empty");
        } catch (SnagrDataException.InvalidInput invalid) {
            Problem problem = invalid.problems().get(0);
            return reject(row, COLUMN_OF.getOrDefault(problem.field(), problem.field()), problem.rule());
        }
    }

    /** The match of a row that {@link #check} accepts. */
    static NewMatch toMatch(NamedCsvRecord row) {
        GeoPoint place = new GeoPoint(
                Double.parseDouble(row.getField("latitude")), Double.parseDouble(row.getField("longitude")));
        long dollars = Long.parseLong(row.getField("price"));
        LocalDate lastReview = date(row.getField("last_review"));
        int distance = Relevance.distanceMeters(place);
        return new NewMatch(
                row.getField("id"),
                row.getField("name"),
                Money.of(dollars * 100, "USD"),
                row.getField("room_type") + " in " + row.getField("neighbourhood"),
                null,
                Sensitive.of(SellerInfo.of(
                        row.getField("host_name"),
                        WebUrl.of("https://www.airbnb.com/users/show/" + row.getField("host_id")))),
                Sensitive.of(WebUrl.of("https://www.airbnb.com/rooms/" + row.getField("id"))),
                instant(lastReview),
                distance,
                Relevance.score(row.getField("name"), dollars, distance, lastReview));
    }

    private static Optional<Rejection> reject(NamedCsvRecord row, String column, String reason) {
        return Optional.of(new Rejection(row.getStartingLineNumber(), column, reason));
    }

    private static @Nullable LocalDate date(String text) {
        return text.isEmpty() ? null : LocalDate.parse(text, DATE);
    }

    private static @Nullable Instant instant(@Nullable LocalDate date) {
        return date == null ? null : date.atStartOfDay(ZoneOffset.UTC).toInstant();
    }
}
