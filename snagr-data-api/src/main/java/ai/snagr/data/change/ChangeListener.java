package ai.snagr.data.change;

/** Deals with changes, one batch after the other, on a thread of the library. */
@FunctionalInterface
public interface ChangeListener {
    /**
     * Deals with one batch. After it returns the batch counts as dealt with. When it throws, the same changes come again, after
     * a pause; so they may when the process ends in the middle.
     *
     * @param batch never without a change
     */
    void changed(ChangeBatch batch) throws Exception;
}
