package ai.snagr.data.cache;

import ai.snagr.data.search.SearchId;
import ai.snagr.data.user.UserId;

/** Which page is kept. The user is part of it: two actors never share an entry. */
record PageKey(UserId user, SearchId search, int size) {}
