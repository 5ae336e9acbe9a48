/** Not API: finding, starting and stopping servers, templates of databases, the leak check. */
@NullMarked
package ai.snagr.data.testkit.internal;

import org.jspecify.annotations.NullMarked;
