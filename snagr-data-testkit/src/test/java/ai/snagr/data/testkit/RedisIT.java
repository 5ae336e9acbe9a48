package ai.snagr.data.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import org.junit.jupiter.api.Test;

class RedisIT {
    @Test
    void create_twice_isolatesKeys() throws Exception {
        try (TestRedis one = TestRedis.create();
                TestRedis other = TestRedis.create()) {
            set(one, "here");

            assertThat(one.keys()).containsExactly("here");
            assertThat(other.keys()).isEmpty();
        }
    }

    @Test
    void flush_removesOwnKeysOnly() throws Exception {
        try (TestRedis one = TestRedis.create();
                TestRedis other = TestRedis.create()) {
            set(one, "gone");
            set(other, "kept");

            one.flush();

            assertThat(one.keys()).isEmpty();
            assertThat(other.keys()).containsExactly("kept");
        }
    }

    @Test
    void close_withKeys_leavesTheDatabaseEmptyForTheNext() throws Exception {
        TestRedis first = TestRedis.create();
        set(first, "old");
        first.close();

        try (TestRedis next = TestRedis.create()) {
            assertThat(next.uri()).isEqualTo(first.uri());
            assertThat(next.keys()).isEmpty();
        }
    }

    @Test
    void close_twice_leavesTheNextOwnersKeys() throws Exception {
        TestRedis first = TestRedis.create();
        first.close();

        try (TestRedis next = TestRedis.create()) {
            set(next, "kept");
            first.close();

            assertThat(next.keys()).containsExactly("kept");
        }
    }

    @Test
    void keys_moreThanOnePage_givesAll() throws Exception {
        try (TestRedis redis = TestRedis.create()) {
            for (int i = 0; i < 2_500; i++) {
                set(redis, "key" + i);
            }
            assertThat(redis.keys()).hasSize(2_500);
        }
    }

    @Test
    void version_isRead() {
        try (TestRedis redis = TestRedis.create()) {
            assertThat(redis.version()).matches("(Valkey )?\\d+\\.\\d+.*");
        }
    }

    private static void set(TestRedis redis, String key) throws IOException {
        URI uri = URI.create(redis.uri());
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            String select = "SELECT " + uri.getPath().substring(1) + "\r\n";
            socket.getOutputStream().write((select + "SET " + key + " value\r\n").getBytes(UTF_8));
            byte[] answer = socket.getInputStream().readNBytes("+OK\r\n+OK\r\n".length());
            assertThat(new String(answer, UTF_8)).isEqualTo("+OK\r\n+OK\r\n");
        }
    }
}
