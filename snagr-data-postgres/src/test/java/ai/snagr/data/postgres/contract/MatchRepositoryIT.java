package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.MatchRepositoryContract;

final class MatchRepositoryIT extends MatchRepositoryContract {}
