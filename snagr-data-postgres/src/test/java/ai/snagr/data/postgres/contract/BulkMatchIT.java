package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.BulkMatchContract;

final class BulkMatchIT extends BulkMatchContract {}
