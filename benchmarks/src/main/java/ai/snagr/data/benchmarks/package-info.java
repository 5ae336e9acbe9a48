/** Measurements: ours and others, interleaved in one run. Not published. */
@NullMarked
package ai.snagr.data.benchmarks;

import org.jspecify.annotations.NullMarked;
