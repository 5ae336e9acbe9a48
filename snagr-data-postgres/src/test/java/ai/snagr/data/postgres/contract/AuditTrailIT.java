package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.AuditTrailContract;

final class AuditTrailIT extends AuditTrailContract {}
