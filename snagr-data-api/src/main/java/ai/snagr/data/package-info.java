/** The door of the library: {@link ai.snagr.data.SnagrData}, sessions per actor, pages and errors. */
@CheckReturnValue
package ai.snagr.data;

import ai.snagr.data.meta.CheckReturnValue;
