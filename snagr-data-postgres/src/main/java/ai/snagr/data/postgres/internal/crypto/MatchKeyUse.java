package ai.snagr.data.postgres.internal.crypto;

/** What a user's key contributes to the keys of his matches: never the whole of one, as long as they are not paid for. */
enum MatchKeyUse implements KeyUse {
    /** The secret without which the lock key alone opens no batch. */
    BATCHES("psk"),
    /** The salt without which the key of a batch alone gives no key of a match. */
    MATCHES("match"),
    /** Wraps the key of a match that was paid for. */
    GRANTS("grant");

    private final String info;

    MatchKeyUse(String info) {
        this.info = info;
    }

    @Override
    public byte[] info() {
        return Bytes.ascii(info);
    }
}
