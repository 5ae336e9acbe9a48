package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.UnlockRepositoryContract;

final class UnlockRepositoryIT extends UnlockRepositoryContract {}
