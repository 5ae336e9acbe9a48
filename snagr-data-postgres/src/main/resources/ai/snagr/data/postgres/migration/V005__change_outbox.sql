-- What changed, written by triggers in the transaction that changed it: ids only, never a value.

-- The role that reads the changes of all users. As in V001.
do $$
declare
  newer constant boolean := current_setting('server_version_num')::integer >= 160000;
begin
  if not exists (select from pg_catalog.pg_roles r where r.rolname = 'snagr_feed') then
    begin
      create role snagr_feed nologin noinherit;
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
          or pg_catalog.pg_has_role(me.oid, 'snagr_feed', 'member with admin option'))) then
    raise exception 'The role snagr_feed exists, and % may not grant it', current_user
      using errcode = 'insufficient_privilege',
            hint = pg_catalog.format('As a superuser: grant snagr_feed to %I with admin option', current_user);
  end if;
end $$;

-- user_id: absent, all users. keys: absent, all that the user has of the kind. No foreign key: a change outlives its user.
-- xid tells which snapshots see the row. number is the order: a sequence keeps no value back (CACHE 1), so whoever waited
-- for a row, or came later, has the higher one.
create table snagr.change_outbox (
  xid xid8 not null default pg_current_xact_id(),
  number bigint generated always as identity,
  user_id uuid,
  kind text not null,
  keys uuid[],
  created_at timestamptz not null default now(),
  constraint change_outbox_pkey primary key (xid, number),
  constraint change_outbox_kind_check check (kind in
    ('users', 'subject_keys', 'user_preferences', 'searches', 'saved_searches', 'matches', 'unlocks'))
);
create index change_outbox_of_user on snagr.change_outbox (user_id, xid);

-- UNLOGGED, since it must be lost in a crash, a failover and a restore: transaction ids that were given out but not written
-- to disk are given out again then, so no snapshot from before may be compared with one from after. Without its row nobody
-- gets a position. purged_to is the highest transaction id whose rows were purged.
create unlogged table snagr.change_epoch (
  id uuid not null,
  purged_to xid8 not null,
  constraint change_epoch_pkey primary key (id)
);
create unique index change_epoch_is_one_row on snagr.change_epoch ((true));

create table snagr.change_consumers (
  name text collate "C" not null,
  position text not null,
  updated_at timestamptz not null default now(),
  constraint change_consumers_pkey primary key (name),
  constraint change_consumers_name_check check (name ~ '^[a-z0-9._-]{1,100}$'),
  constraint change_consumers_position_check check (char_length(position) <= 65536)
);
