package ai.snagr.data.testkit.internal;

import ai.snagr.data.testkit.ServerKind;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.ImageNameSubstitutor;

/** Servers in containers. Kept apart, so that Testcontainers is not touched where there is no Docker Engine. */
final class Containers {
    /** Databases are made of many small files: see {@link EmbeddedPostgres#defaultParent}. */
    private static final String MEMORY = "/snagr";

    private static final int POSTGRES_PORT = 5432;
    private static final int REDIS_PORT = 6379;

    private Containers() {}

    static PostgresServer postgres(String image, String password) {
        requireImage(image);
        PostgreSQLContainer container =
                new PostgreSQLContainer(DockerImageName.parse(image).asCompatibleSubstituteFor("postgres"));
        List<String> command = new ArrayList<>(List.of("postgres"));
        PostgresServer.SERVER_SETTINGS.forEach(setting -> command.addAll(List.of("-c", setting)));
        container
                .withUsername(EmbeddedPostgres.SUPERUSER)
                .withPassword(password)
                .withDatabaseName("postgres")
                .withEnv("PGDATA", MEMORY + "/data")
                .withTmpFs(Map.of(MEMORY, "rw"))
                .withCommand(command.toArray(String[]::new))
                .start();
        PostgresAddress address = new PostgresAddress(
                container.getHost() + ":" + container.getMappedPort(POSTGRES_PORT),
                "postgres",
                List.of(PostgresAddress.IN_THE_CLEAR));
        return new PostgresServer(ServerKind.DOCKER, address, EmbeddedPostgres.SUPERUSER, password, container);
    }

    /** Pulls the image, once: a container that is started without it tries for minutes, even where no registry is reached. */
    @SuppressWarnings("deprecation") // what replaces it is not public
    private static void requireImage(String image) {
        DockerImageName name = ImageNameSubstitutor.instance().apply(DockerImageName.parse(image));
        DockerClient docker = DockerClientFactory.instance().client();
        try {
            docker.inspectImageCmd(name.asCanonicalNameString()).exec();
        } catch (NotFoundException absent) {
            pull(docker, name);
        }
    }

    private static void pull(DockerClient docker, DockerImageName name) {
        try {
            docker.pullImageCmd(name.getUnversionedPart())
                    .withTag(name.getVersionPart())
                    .start()
                    .awaitCompletion();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while pulling " + name, interrupted);
        }
    }

    static RedisServer redis(String image) {
        List<String> command = new ArrayList<>(List.of("redis-server"));
        command.addAll(RedisServer.SERVER_SETTINGS);
        requireImage(image);
        GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(image));
        container
                .withExposedPorts(REDIS_PORT)
                .withCommand(command.toArray(String[]::new))
                .waitingFor(Wait.forLogMessage(".*Ready to accept connections.*\\n", 1))
                .start();
        RedisAddress address =
                new RedisAddress(container.getHost(), container.getMappedPort(REDIS_PORT), "", List.of());
        return new RedisServer(ServerKind.DOCKER, address, container);
    }
}
