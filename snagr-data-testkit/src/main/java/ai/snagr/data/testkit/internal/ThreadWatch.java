package ai.snagr.data.testkit.internal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds threads that outlive the tests that started them.
 *
 * <p>The JVM does not tell who started a thread, so a thread is put down to whichever tests ran when it appeared. Where
 * tests overlap, the last of them to end judges for all, names all of them, and none is blamed while the thread's true
 * owner may still be at work.
 */
public final class ThreadWatch {
    private static final Set<ThreadWatch> RUNNING = new HashSet<>();

    /** Threads of the JDK, JUnit, Testcontainers and the drivers that are shared by the whole process. */
    private static final Pattern SHARED = Pattern.compile("ForkJoinPool\\.commonPool-.*|CompletableFutureDelayScheduler"
            + "|Common-Cleaner|Cleaner-\\d+|process reaper.*|Attach Listener|Signal Dispatcher|Keep-Alive-.*"
            + "|HttpClient-\\d+-SelectorManager|VirtualThread-.*|.*-Poller|MasterPoller|JNA Cleaner"
            + "|junit-.*|surefire-.*|testcontainers-.*|tc-.*|docker-java-.*|ducttape-.*"
            + "|PostgreSQL-JDBC-.*|globalEventExecutor-.*|snagr-testkit-.*");

    private static final List<String> SHARED_PACKAGES = List.of("org.junit.", "org.testcontainers.");

    private static final List<String> JDK_PACKAGES = List.of("java.", "jdk.", "sun.");

    private final Optional<ThreadWatch> parent;
    private final Set<Thread> before = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<String> names = new LinkedHashSet<>();

    private ThreadWatch(String name, Optional<ThreadWatch> parent) {
        this.parent = parent;
        names.add(name);
        before.addAll(alive());
    }

    /** Notes the threads that are there now. */
    public static ThreadWatch begin(String name) {
        return begin(name, Optional.empty());
    }

    /** A watch inside this one; neither counts as overlapping the other. */
    public ThreadWatch child(String name) {
        return begin(name, Optional.of(this));
    }

    private static ThreadWatch begin(String name, Optional<ThreadWatch> parent) {
        synchronized (RUNNING) {
            ThreadWatch watch = new ThreadWatch(name, parent);
            RUNNING.add(watch);
            return watch;
        }
    }

    /**
     * The threads that are still there when the limit is over; empty if there are none, or if tests that overlapped are
     * still running and will tell.
     *
     * @param allowed whole names of threads that may stay
     */
    public List<String> end(Duration limit, List<Pattern> allowed) {
        synchronized (RUNNING) {
            RUNNING.remove(this);
            List<ThreadWatch> others =
                    RUNNING.stream().filter(other -> !other.isInLineWith(this)).toList();
            others.forEach(other -> other.takeOver(this));
            if (!others.isEmpty()) {
                return List.of();
            }
        }
        Deadline deadline = Deadline.in(limit);
        List<String> left = new ArrayList<>();
        for (Thread thread : alive()) {
            if (!before.contains(thread) && !isAllowed(thread, allowed) && !ends(thread, deadline)) {
                left.add(describe(thread));
            }
        }
        return left;
    }

    private boolean isInLineWith(ThreadWatch other) {
        return isBelow(other) || other.isBelow(this);
    }

    private boolean isBelow(ThreadWatch other) {
        return this == other || parent.map(above -> above.isBelow(other)).orElse(false);
    }

    private void takeOver(ThreadWatch ended) {
        before.retainAll(ended.before);
        names.addAll(ended.names);
    }

    private static boolean isAllowed(Thread thread, List<Pattern> allowed) {
        String type = thread.getClass().getName();
        return thread == Thread.currentThread()
                || SHARED_PACKAGES.stream().anyMatch(type::startsWith)
                || Stream.concat(Stream.of(SHARED), allowed.stream())
                        .anyMatch(pattern -> pattern.matcher(thread.getName()).matches());
    }

    private static boolean ends(Thread thread, Deadline deadline) {
        try {
            // At least a moment: joining for 0 means for ever.
            thread.join(Math.max(1, deadline.millisLeft()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    private String describe(Thread thread) {
        List<StackTraceElement> stack = List.of(thread.getStackTrace());
        List<StackTraceElement> ours = stack.stream()
                .filter(frame -> JDK_PACKAGES.stream().noneMatch(frame.getClassName()::startsWith))
                .toList();
        String place = (ours.isEmpty() ? stack : ours)
                .stream().limit(4).map(StackTraceElement::toString).collect(Collectors.joining(", "));
        return "thread \"" + thread.getName() + "\"" + (thread.isDaemon() ? " (daemon)" : "") + " still runs"
                + (names.size() > 1 ? ", started by one of " + String.join("; ", names) : "") + ", at " + place;
    }

    /** The live threads of the root group, which holds all others. */
    private static List<Thread> alive() {
        ThreadGroup root = Thread.currentThread().getThreadGroup();
        for (ThreadGroup above = root.getParent(); above != null; above = above.getParent()) {
            root = above;
        }
        Thread[] threads = new Thread[Math.max(64, root.activeCount() * 2)];
        int count = root.enumerate(threads, true);
        while (count == threads.length) {
            threads = new Thread[threads.length * 2];
            count = root.enumerate(threads, true);
        }
        return Stream.of(threads).limit(count).toList();
    }
}
