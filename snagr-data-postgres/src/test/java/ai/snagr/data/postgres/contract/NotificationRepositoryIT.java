package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.NotificationRepositoryContract;

final class NotificationRepositoryIT extends NotificationRepositoryContract {}
