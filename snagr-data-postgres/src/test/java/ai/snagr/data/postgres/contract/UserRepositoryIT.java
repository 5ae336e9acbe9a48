package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.UserRepositoryContract;

final class UserRepositoryIT extends UserRepositoryContract {}
