package ai.snagr.data.quickstart;

import java.io.FilterReader;
import java.io.IOException;
import java.io.PushbackReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;

/** Text without a leading byte order mark. U+0000 in it means that the file is no text at all. */
final class WithoutByteOrderMark extends FilterReader {
    private static final char MARK = '\uFEFF';

    private boolean begun;

    WithoutByteOrderMark(Reader text) {
        super(new PushbackReader(text));
    }

    @Override
    public int read() throws IOException {
        char[] one = new char[1];
        return read(one, 0, 1) < 0 ? -1 : one[0];
    }

    @Override
    public int read(char[] buffer, int offset, int length) throws IOException {
        if (!begun) {
            begun = true;
            int first = in.read();
            if (first >= 0 && first != MARK) {
                ((PushbackReader) in).unread(first);
            }
        }
        int count = in.read(buffer, offset, length);
        for (int i = offset; i < offset + count; i++) {
            if (buffer[i] == 0) {
                throw new CharacterCodingException();
            }
        }
        return count;
    }
}
