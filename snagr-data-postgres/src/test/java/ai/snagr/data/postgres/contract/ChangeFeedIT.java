package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.ChangeFeedContract;

final class ChangeFeedIT extends ChangeFeedContract {}
