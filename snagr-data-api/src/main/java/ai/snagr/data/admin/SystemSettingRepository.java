package ai.snagr.data.admin;

import ai.snagr.data.SnagrDataException;
import ai.snagr.data.meta.CanIgnoreReturnValue;
import java.util.List;
import java.util.Optional;

/** Settings of the whole system. Every actor reads them; an admin sets them. */
public interface SystemSettingRepository {
    /** All settings, by name; there are few. */
    List<SystemSetting> list();

    /** The setting, or empty if there is none of that name. */
    Optional<SystemSetting> find(String name);

    /**
     * The setting as stored. For admins.
     *
     * @param name 1 to 100 characters of {@code a-z 0-9 . _}
     * @param value up to 2,000 characters; never a secret
     * @throws SnagrDataException INVALID_INPUT if name or value break these rules
     */
    @CanIgnoreReturnValue
    SystemSetting save(String name, String value);
}
