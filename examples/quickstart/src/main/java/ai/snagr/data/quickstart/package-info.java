/** A small service that embeds the library and plays the product on a file of listings. Not published. */
@NullMarked
package ai.snagr.data.quickstart;

import org.jspecify.annotations.NullMarked;
