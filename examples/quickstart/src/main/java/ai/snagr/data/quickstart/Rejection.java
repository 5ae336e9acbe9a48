package ai.snagr.data.quickstart;

/**
 * A row that was not loaded.
 *
 * @param line where it begins in the file, from 1
 * @param column the column at fault; {@code *} for the row as a whole
 * @param reason what is wrong; never the value
 */
record Rejection(long line, String column, String reason) {}
