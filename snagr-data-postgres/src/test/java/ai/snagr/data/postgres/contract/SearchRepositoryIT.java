package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.SearchRepositoryContract;

final class SearchRepositoryIT extends SearchRepositoryContract {}
