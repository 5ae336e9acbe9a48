-- The roles that statements run as, and the two that own things. None can log in, none has an attribute.
-- Roles belong to the cluster: other databases of it may hold this schema too, and may be creating them at this moment.
do $$
declare
  name text;
  newer constant boolean := current_setting('server_version_num')::integer >= 160000;
begin
  foreach name in array array['snagr_user', 'snagr_auth', 'snagr_matcher', 'snagr_payments', 'snagr_notifier',
                              'snagr_worker', 'snagr_admin', 'snagr_auditor', 'snagr_bulk', 'snagr_definer'] loop
    if not exists (select from pg_catalog.pg_roles r where r.rolname = name) then
      begin
        execute pg_catalog.format('create role %I nologin noinherit', name);
      exception when duplicate_object or unique_violation then
        null;  -- another database was faster
      end;
    end if;
    if not exists (
        select
        from pg_catalog.pg_roles me
        where me.rolname = current_user
          and (me.rolsuper
            or me.rolcreaterole and not newer
            or pg_catalog.pg_has_role(me.oid, name, 'member with admin option'))) then
      raise exception 'The role % exists, and % may not grant it', name, current_user
        using errcode = 'insufficient_privilege',
              hint = pg_catalog.format('As a superuser: grant %I to %I with admin option', name, current_user);
    end if;
  end loop;
end $$;
