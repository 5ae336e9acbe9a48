package ai.snagr.data.search;

import static java.util.Objects.requireNonNull;

import ai.snagr.data.internal.Check;

/**
 * A search to be made.
 *
 * @param queryText what the user wrote, 1 to 500 characters; personal, so {@code toString} does not print it
 */
public record NewSearch(String queryText, SearchParameters parameters) {
    public NewSearch {
        queryText = Check.normalized(requireNonNull(queryText, "queryText").strip());
        requireNonNull(parameters, "parameters");
        Check.of(NewSearch.class).text(queryText, "queryText", 500).done();
    }

    public static NewSearch of(String queryText) {
        return new NewSearch(queryText, SearchParameters.none());
    }

    public NewSearch withParameters(SearchParameters newParameters) {
        return new NewSearch(queryText, newParameters);
    }

    @Override
    public String toString() {
        return "NewSearch[queryText=[sensitive], parameters=" + parameters + "]";
    }
}
