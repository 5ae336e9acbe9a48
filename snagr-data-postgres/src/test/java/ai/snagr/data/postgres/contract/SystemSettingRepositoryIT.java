package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.SystemSettingRepositoryContract;

final class SystemSettingRepositoryIT extends SystemSettingRepositoryContract {}
