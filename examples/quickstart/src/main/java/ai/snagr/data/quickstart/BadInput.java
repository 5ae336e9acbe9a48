package ai.snagr.data.quickstart;

/** The command line or the file cannot be used. The message is one line for the person who gave it. */
final class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BadInput(String message) {
        super(message);
    }
}
