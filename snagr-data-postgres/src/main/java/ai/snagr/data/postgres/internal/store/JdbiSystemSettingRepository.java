package ai.snagr.data.postgres.internal.store;

import ai.snagr.data.admin.SystemSetting;
import ai.snagr.data.admin.SystemSettingRepository;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;

final class JdbiSystemSettingRepository implements SystemSettingRepository {
    private static final RowMapper<SystemSetting> SETTING =
            (row, context) -> new SystemSetting(row.getString(1), row.getString(2), Rows.instant(row, 3));

    private static final String LIST = """
            select name, value, updated_at
            from snagr.system_settings
            order by name
            limit 1000""";

    private static final String BY_NAME =
            "select name, value, updated_at from snagr.system_settings where name = :name";

    private static final String SAVE = """
            insert into snagr.system_settings (name, value)
            values (:name, :value)
            on conflict (name) do update
            set value = excluded.value,
                updated_at = now()
            returning name, value, updated_at""";

    private final Caller caller;

    JdbiSystemSettingRepository(Caller caller) {
        this.caller = caller;
    }

    @Override
    public List<SystemSetting> list() {
        return caller.run(
                "settings.list", handle -> handle.createQuery(LIST).map(SETTING).list());
    }

    @Override
    public Optional<SystemSetting> find(String name) {
        if (name.indexOf('\0') >= 0) {
            return Optional.empty(); // PostgreSQL refuses the character, and no name has it
        }
        return caller.run(
                "settings.find",
                handle -> handle.createQuery(BY_NAME)
                        .bind("name", name)
                        .map(SETTING)
                        .findOne());
    }

    @Override
    public SystemSetting save(String name, String value) {
        SystemSetting checked = new SystemSetting(name, value, Instant.EPOCH);
        return caller.run(
                "settings.save",
                handle -> handle.createQuery(SAVE)
                        .bind("name", checked.name())
                        .bind("value", checked.value())
                        .map(SETTING)
                        .one());
    }
}
