package ai.snagr.data.bulk;

/**
 * What a bulk write did. The parts add up to the rows received.
 *
 * @param inserted rows that were not there
 * @param updated rows that were there and changed
 * @param unchanged rows that were there, equal in everything visible, and were not written
 */
public record BulkReport(long inserted, long updated, long unchanged) {
    /** How many rows the call was given. */
    public long received() {
        return inserted + updated + unchanged;
    }
}
