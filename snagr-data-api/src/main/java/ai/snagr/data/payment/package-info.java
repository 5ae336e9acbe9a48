/** Charges. The Stripe id makes them idempotent. */
@CheckReturnValue
package ai.snagr.data.payment;

import ai.snagr.data.meta.CheckReturnValue;
