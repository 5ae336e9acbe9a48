package ai.snagr.data.postgres;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The statements that the classes of the library hold in their static fields, by reflection: so none is forgotten. */
final class StatementTexts {
    private static final String INTERNAL = PostgresSnagrData.class.getPackageName() + ".internal.";
    private static final Pattern VERB = Pattern.compile("(?is)\\s*(select|insert|update|delete|merge|with)\\s.*");

    private StatementTexts() {}

    static boolean isStatement(String text) {
        return VERB.matcher(text).matches();
    }

    /** The rooms of the library. */
    static Set<String> rooms() throws Exception {
        return classNames()
                .map(name -> name.substring(INTERNAL.length()).split("\\.", 2)[0])
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Each statement of that room, with the field in which it stands. A template, which has gaps, is none yet. */
    static Map<String, String> of(String room) throws Exception {
        Map<String, String> all = new LinkedHashMap<>();
        for (String name : classNames()
                .filter(name -> name.startsWith(INTERNAL + room + "."))
                .toList()) {
            for (Field field : Class.forName(name).getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers())) {
                    field.setAccessible(true);
                    collect(field.get(null), field.getDeclaringClass().getSimpleName() + "." + field.getName(), all);
                }
            }
        }
        return all;
    }

    /** A text, texts in an array, or what holds them: a list of pages, say. */
    private static void collect(Object value, String where, Map<String, String> all)
            throws ReflectiveOperationException {
        if (value instanceof String text) {
            if (isStatement(text) && !text.contains("%s") && !text.contains("%1$")) {
                all.putIfAbsent(text, where);
            }
        } else if (value instanceof String[] texts) {
            for (String text : texts) {
                collect(text, where, all);
            }
        } else if (value instanceof Record record) {
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                collectField(value, record.getClass().getDeclaredField(component.getName()), where, all);
            }
        } else if (value != null
                && value.getClass().getName().startsWith(INTERNAL)
                && !value.getClass().isSynthetic()) {
            for (Field field : value.getClass().getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    collectField(value, field, where, all);
                }
            }
        }
    }

    private static void collectField(Object holder, Field field, String where, Map<String, String> all)
            throws ReflectiveOperationException {
        if (field.getType() == String.class
                || field.getType() == String[].class
                || field.getType().getName().startsWith(INTERNAL)) {
            field.setAccessible(true);
            collect(field.get(holder), where, all);
        }
    }

    private static Stream<String> classNames() throws IOException, URISyntaxException {
        Path place = Path.of(PostgresSnagrData.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        if (Files.isDirectory(place)) {
            return classNames(place).stream();
        }
        try (FileSystem jar = FileSystems.newFileSystem(place)) {
            return classNames(jar.getPath("/")).stream();
        }
    }

    private static List<String> classNames(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.map(file ->
                            root.relativize(file).toString().replace('\\', '/').replace('/', '.'))
                    .filter(name -> name.startsWith(INTERNAL) && name.endsWith(".class"))
                    .filter(name -> !name.endsWith("package-info.class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .sorted()
                    .toList();
        }
    }
}
