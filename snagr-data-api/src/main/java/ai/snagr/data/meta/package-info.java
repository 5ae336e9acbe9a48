/** Annotations that the compiler's analysis and the comparison of public APIs read. */
package ai.snagr.data.meta;
