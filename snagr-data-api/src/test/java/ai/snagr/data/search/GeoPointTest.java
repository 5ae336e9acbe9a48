package ai.snagr.data.search;

import static org.assertj.core.api.Assertions.assertThat;

import ai.snagr.data.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GeoPointTest {
    @Test
    void new_poles_areAccepted() {
        assertThat(new GeoPoint(-90, -180).latitude()).isEqualTo(-90);
        assertThat(new GeoPoint(90, 180).longitude()).isEqualTo(180);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 180.0001, -180.0001})
    void new_offTheEarth_namesBoth(double degrees) {
        Refusal.of(() -> new GeoPoint(degrees, degrees))
                .ofType(GeoPoint.class)
                .naming("latitude", "longitude")
                .hiding("0001");
    }

    @Test
    void new_latitudeBeyondThePole_isRefused() {
        Refusal.of(() -> new GeoPoint(90.0001, 0)).naming("latitude");
    }
}
