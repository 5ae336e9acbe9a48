package ai.snagr.data.postgres.contract;

import ai.snagr.data.testkit.contract.PersonalDataContract;

final class PersonalDataIT extends PersonalDataContract {}
