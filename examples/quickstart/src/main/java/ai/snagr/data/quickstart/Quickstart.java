package ai.snagr.data.quickstart;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** The command line: 0 when the story went as told, 1 when something failed, 2 for bad input. */
public final class Quickstart {
    private static final int FAILED = 1;
    private static final int BAD_INPUT = 2;

    private Quickstart() {}

    public static void main(String... arguments) {
        PrintStream out = utf8(FileDescriptor.out);
        PrintStream err = utf8(FileDescriptor.err);
        int status;
        try {
            Options options = Options.parse(arguments);
            status = run(options, out, err);
        } catch (BadInput e) {
            err.println(e.getMessage());
            status = BAD_INPUT;
        } catch (Exception e) {
            err.println("failed: " + e);
            status = FAILED;
        }
        out.flush();
        System.exit(status);
    }

    private static int run(Options options, PrintStream out, PrintStream err) throws Exception {
        ListingsFile file = new ListingsFile(options.listings());
        ListingsFile.Scan scan = file.scan();
        Story story = new Story(out, options.json(), Boolean.getBoolean("quickstart.terminal"));
        story.title("Snagr Data, the main job on " + file.name());
        try (Servers servers = story.step("startServers", Servers::start)) {
            story.told(
                    "startServers",
                    "PostgreSQL " + servers.postgres().version() + " and Redis "
                            + servers.redis().version() + ", real ones, " + servers.kind());
            Report report = new MainJob(file, scan, servers, story).run();
            boolean asTold = report.wentAsTold();
            story.say("");
            story.say(asTold ? "  All of it went as it should." : "  SOMETHING DID NOT GO AS IT SHOULD.");
            if (options.json()) {
                out.println(report.toJson());
                out.flush();
            }
            keep(options, servers, options.json() ? err : out);
            return asTold ? 0 : FAILED;
        }
    }

    private static void keep(Options options, Servers servers, PrintStream to) throws InterruptedException {
        if (options.keep().isZero()) {
            return;
        }
        to.println();
        to.println("  The servers stay up for " + options.keep().toSeconds() + " s. Look inside:");
        to.println("    " + servers.postgres().psql());
        to.println("    " + servers.redis().redisCli());
        to.flush();
        TimeUnit.SECONDS.sleep(options.keep().toSeconds());
    }

    private static PrintStream utf8(FileDescriptor stream) {
        return new PrintStream(new FileOutputStream(stream), false, StandardCharsets.UTF_8);
    }
}
