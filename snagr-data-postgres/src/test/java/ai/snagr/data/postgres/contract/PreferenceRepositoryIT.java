package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.PreferenceRepositoryContract;

final class PreferenceRepositoryIT extends PreferenceRepositoryContract {}
