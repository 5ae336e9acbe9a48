/** What every implementation of the API must do, as suites to inherit: subclass one and annotate nothing. */
@NullMarked
package ai.snagr.data.testkit.contract;

import org.jspecify.annotations.NullMarked;
