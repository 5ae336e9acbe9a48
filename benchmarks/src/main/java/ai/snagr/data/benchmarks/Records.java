package ai.snagr.data.benchmarks;

/** What seals a value for its place, and opens it there. */
interface Records {
    byte[] seal(byte[] value) throws Exception;

    byte[] open(byte[] sealed) throws Exception;
}
