package ai.snagr.data.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives a test class a migrated database of its own, on a real server. What the tests need they take as parameters of a
 * constructor or method: {@link TestDatabase}, {@link ai.snagr.data.SnagrData} (opened on that database with test keys),
 * {@link ai.snagr.data.spi.KeyProvider}, {@link TestRedis} and {@link Samples}. Nothing is made before it is asked for, and
 * everything is closed at the end. Test classes may run in parallel.
 *
 * <p>A transaction, a connection or a thread that is left behind fails the class, or with {@link Isolation#PER_METHOD} the
 * method, and is named.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(SnagrDataExtension.class)
public @interface SnagrDataTest {
    /** Who shares a database. */
    Isolation isolation() default Isolation.PER_CLASS;

    /** Regular expressions of the names of threads that may outlive the tests. */
    String[] allowedThreads() default {};

    /** Who shares a database. */
    enum Isolation {
        /**
         * All test methods of a class, those of nested classes included. They see what the others wrote: let each work with
         * users of its own.
         */
        PER_CLASS,
        /** Nobody: every test method has its own. */
        PER_METHOD
    }
}
