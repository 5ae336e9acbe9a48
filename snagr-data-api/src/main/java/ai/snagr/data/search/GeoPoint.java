package ai.snagr.data.search;

import ai.snagr.data.internal.Check;

/**
 * A place on the earth, in degrees (WGS 84): latitude -90 to 90, longitude -180 to 180. Where somebody looks is his own
 * affair: {@code toString} does not print it.
 */
public record GeoPoint(double latitude, double longitude) {
    public GeoPoint {
        Check.of(GeoPoint.class)
                .that(latitude >= -90 && latitude <= 90, "latitude", "must be between -90 and 90")
                .that(longitude >= -180 && longitude <= 180, "longitude", "must be between -180 and 180")
                .done();
    }

    @Override
    public String toString() {
        return "GeoPoint[sensitive]";
    }
}
