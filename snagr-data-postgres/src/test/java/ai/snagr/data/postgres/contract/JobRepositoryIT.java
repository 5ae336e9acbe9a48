package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.JobRepositoryContract;

final class JobRepositoryIT extends JobRepositoryContract {}
