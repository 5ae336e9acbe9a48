/** One background execution of a search: claim, complete, fail, retry. */
@CheckReturnValue
package ai.snagr.data.job;

import ai.snagr.data.meta.CheckReturnValue;
