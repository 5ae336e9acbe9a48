package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.SavedSearchRepositoryContract;

final class SavedSearchRepositoryIT extends SavedSearchRepositoryContract {}
