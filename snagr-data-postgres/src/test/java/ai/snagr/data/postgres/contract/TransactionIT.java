package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.TransactionContract;

final class TransactionIT extends TransactionContract {}
