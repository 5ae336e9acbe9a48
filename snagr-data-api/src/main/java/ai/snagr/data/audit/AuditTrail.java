package ai.snagr.data.audit;

import ai.snagr.data.Page;
import ai.snagr.data.Slice;
import ai.snagr.data.SnagrDataException;

/** The record of sensitive acts. The library writes it; nothing can change or delete it. Read by AUDITOR alone. */
public interface AuditTrail {
    /**
     * All events, newest first; an empty slice when there are none.
     *
     * @return ordered by (createdAt, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list
     */
    Slice<AuditEvent> list(Page page);

    /**
     * The events of one actor, newest first; an empty slice when there are none.
     *
     * @param actor a user's id as text, or an admin's name
     * @return ordered by (createdAt, id) descending
     * @throws SnagrDataException INVALID_CURSOR if the cursor is from another list or actor
     */
    Slice<AuditEvent> listByActor(String actor, Page page);
}
