/** Not API: the checks that the records share. */
package ai.snagr.data.internal;
