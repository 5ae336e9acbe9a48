package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.PaymentRepositoryContract;

final class PaymentRepositoryIT extends PaymentRepositoryContract {}
