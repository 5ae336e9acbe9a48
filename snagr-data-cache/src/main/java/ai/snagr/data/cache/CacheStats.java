package ai.snagr.data.cache;

/**
 * How reads were answered since the start.
 *
 * @param nearHits pages of the near tier that the database confirmed
 * @param farHits pages of the far tier that the database confirmed
 * @param loads pages that the database sent, because none was kept or the kept one had changed
 * @param drops pages of the near tier that were dropped because the database told that they may have changed
 * @param farFailures reads, writes and drops that Redis did not answer in time; each was done without it
 */
public record CacheStats(long nearHits, long farHits, long loads, long drops, long farFailures) {}
