package ai.snagr.data.privacy;

import ai.snagr.data.SnagrDataException;
import java.io.IOException;
import java.io.OutputStream;

/** What is held about one person. For {@code Actor.user} alone: nobody else is shown what is opened here. */
public interface PersonalData {
    /**
     * Writes everything that is held about the user as one JSON object in UTF-8, with what is sealed opened where he may see
     * it: his phone number, and the sellers and addresses that he has paid for. Never: his password hash, keys, and what he
     * has not paid for.
     *
     * <p>The rows are read and written page by page, whatever their number. They are not one snapshot: what stands unchanged
     * from beginning to end is there once, what is changed meanwhile as it was or as it is. The last member is
     * {@code "complete": true}; when the call throws, the object has no end, and no reader takes it for a whole one.
     *
     * <p>On record, outside the caller's transaction: the attempt before the first byte, one reveal for each match that is
     * opened, and the success before the last byte.
     *
     * @param out is flushed and not closed
     * @throws IOException what the stream throws
     * @throws SnagrDataException ACCESS_DENIED for any other actor; UNREADABLE if a sealed value does not open
     */
    void export(OutputStream out) throws IOException;
}
