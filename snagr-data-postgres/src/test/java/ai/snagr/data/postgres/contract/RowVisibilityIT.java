package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.RowVisibilityContract;

final class RowVisibilityIT extends RowVisibilityContract {}
