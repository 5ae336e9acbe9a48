package ai.snagr.data.postgres.internal.crypto;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Lends engines, and keeps a few for the next borrower: making one costs more than sealing a record. Not a thread-local:
 * that would outlive this object, and be of no use to virtual threads. An engine comes back scrubbed, so that those in
 * store know no key.
 */
final class Engines {
    private static final int KEPT = 16;

    private final AtomicReferenceArray<Engine> kept = new AtomicReferenceArray<>(KEPT);

    Loan borrow() {
        int slot = (int) (Thread.currentThread().getId() % KEPT);
        Engine engine = kept.getAndSet(slot, null);
        return new Loan(engine == null ? new Engine() : engine, slot);
    }

    final class Loan implements AutoCloseable {
        final Engine engine;
        private final int slot;

        private Loan(Engine engine, int slot) {
            this.engine = engine;
            this.slot = slot;
        }

        @Override
        public void close() {
            engine.scrub();
            kept.set(slot, engine);
        }
    }
}
