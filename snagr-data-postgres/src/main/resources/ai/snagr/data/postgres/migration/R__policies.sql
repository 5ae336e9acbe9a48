-- Who may do what: privileges, policies and functions, made anew whenever this file changes. A change of it comes with a
-- new version, so that an older library can tell that it must not put its own over it.

-- Functions belong to snagr_definer, the staging table to snagr_bulk. Whoever migrates becomes them for this script.
do $$
declare
  role text;
  borrowed text := '';
  newer constant boolean := current_setting('server_version_num')::integer >= 160000;
begin
  foreach role in array array['snagr_bulk', 'snagr_definer'] loop
    if not pg_catalog.pg_has_role(current_user, role, case when newer then 'set' else 'member' end) then
      execute pg_catalog.format('grant %I to current_user', role)
        || case when newer then ' with set true, inherit false' else '' end;
      borrowed := pg_catalog.concat_ws(',', nullif(borrowed, ''), role);
    end if;
  end loop;
  perform pg_catalog.set_config('snagr.borrowed', borrowed, true);
end $$;

-- Every privilege in the schema is granted here. What stands there otherwise is taken back, such as what a host's default
-- privileges gave to its API roles.
do $$
declare
  entry record;
begin
  for entry in
    select distinct c.relowner::regrole as owner, c.oid::regclass as relation, a.grantee
    from pg_catalog.pg_class c
    cross join lateral (
      select (pg_catalog.aclexplode(c.relacl)).grantee
      union
      select (pg_catalog.aclexplode(t.attacl)).grantee
      from pg_catalog.pg_attribute t
      where t.attrelid = c.oid) a
    where c.relnamespace = 'snagr'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
      and a.grantee <> c.relowner
  loop
    execute pg_catalog.format('set local role %s', entry.owner);
    execute pg_catalog.format('revoke all on %s from %s cascade', entry.relation,
      case when entry.grantee = 0 then 'public' else entry.grantee::regrole::text end);
    reset role;
  end loop;
  for entry in
    select distinct (pg_catalog.aclexplode(n.nspacl)).grantee, n.nspowner
    from pg_catalog.pg_namespace n
    where n.nspname = 'snagr'
  loop
    if entry.grantee <> entry.nspowner then
      execute pg_catalog.format('revoke all on schema snagr from %s cascade',
        case when entry.grantee = 0 then 'public' else entry.grantee::regrole::text end);
    end if;
  end loop;
end $$;

grant usage on schema snagr to
  snagr_user, snagr_auth, snagr_matcher, snagr_payments, snagr_notifier, snagr_worker, snagr_admin, snagr_auditor,
  snagr_bulk, snagr_definer, snagr_feed;
grant create on schema snagr to snagr_definer;  -- until the functions stand

-- PRIVILEGES

grant select on snagr.deployment, snagr.system_settings to
  snagr_user, snagr_auth, snagr_matcher, snagr_payments, snagr_notifier, snagr_worker, snagr_admin, snagr_auditor;
-- created_at and xid are not among the columns: nobody dates an event back
grant insert (id, actor, role, action, object, reason, outcome, request, subject) on snagr.audit_events to
  snagr_user, snagr_auth, snagr_matcher, snagr_payments, snagr_notifier, snagr_worker, snagr_admin, snagr_auditor;
-- the password hash leaves the table through login_lookup alone
grant select (id, email, email_key, is_active, deleted_at, created_at, updated_at) on snagr.users to
  snagr_user, snagr_auth, snagr_notifier, snagr_admin;

-- external_listing_id tells the address: a user reads that of an unlocked match, through unlocked_listing_id alone
grant select (user_id, id, search_id, job_id, title, price_minor, currency, description, image_url, seller_info, listing_url,
    posted_at, distance_meters, relevance_score, frozen, created_at, updated_at)
  on snagr.matches to snagr_user;
grant select, insert on snagr.subject_keys to snagr_user;
grant select, insert, update on snagr.user_preferences to snagr_user;
grant select, insert, update (last_activity_at), delete on snagr.searches to snagr_user;
grant select, insert, update, delete on snagr.saved_searches to snagr_user;
grant select, insert on snagr.jobs, snagr.payments to snagr_user;
grant select, update (suggested_message) on snagr.unlocks to snagr_user;
grant select on snagr.notifications to snagr_user;

grant insert, update (password_hash, updated_at) on snagr.users to snagr_auth;

grant select, insert on snagr.subject_keys to snagr_matcher;
grant select on snagr.searches to snagr_matcher;
grant select, update (status, error, retry_count, available_at, lease_token, started_at, completed_at)
  on snagr.jobs to snagr_matcher;
grant select,
    insert (user_id, id, search_id, job_id, external_listing_id, title, price_minor, currency, description, image_url,
      seller_info, listing_url, batch_id, posted_at, distance_meters, relevance_score, created_at, updated_at),
    update (job_id, title, price_minor, currency, description, image_url, seller_info, listing_url, batch_id, posted_at,
      distance_meters, relevance_score, updated_at)
  on snagr.matches to snagr_matcher;
grant select (version, public_key) on snagr.lock_keys to snagr_matcher;
grant insert (user_id, id, search_id, job_id, key_id, lock_version, sealed) on snagr.batch_keys to snagr_matcher;

grant select (id) on snagr.users to snagr_payments;
grant select (user_id, id) on snagr.searches to snagr_payments, snagr_notifier;
grant select, insert on snagr.subject_keys to snagr_payments;
grant select, update (frozen) on snagr.matches to snagr_payments;
grant select, insert, update (status, stripe_event_id, completed_at, updated_at) on snagr.payments to snagr_payments;
grant select, insert, update (payment_id, unlocked_at, revoked_at, suggested_message, grant_key)
  on snagr.unlocks to snagr_payments;
grant select on snagr.lock_keys, snagr.batch_keys to snagr_payments;

grant select on snagr.subject_keys, snagr.user_preferences to snagr_notifier;
grant select, insert, update (status, attempts, available_at, lease_token, sent_at)
  on snagr.notifications to snagr_notifier;

grant update (is_active, deleted_at, updated_at) on snagr.users to snagr_admin;
grant insert, update (value, updated_at) on snagr.system_settings to snagr_admin;

grant select on snagr.audit_events, snagr.audit_leaves, snagr.audit_checkpoints to snagr_auditor;

grant select on snagr.change_outbox, snagr.change_epoch to snagr_user, snagr_feed;
grant select, insert, update (position, updated_at) on snagr.change_consumers to snagr_feed;
grant select on snagr.deployment, snagr.system_settings to snagr_feed;

grant select (id, email_key, is_active, deleted_at, password_hash) on snagr.users to snagr_definer;
grant select on snagr.searches, snagr.saved_searches, snagr.audit_events to snagr_definer;
grant select, insert on snagr.audit_leaves, snagr.audit_checkpoints to snagr_definer;
grant select (user_id, id, search_id, external_listing_id, title, price_minor, currency, image_url, posted_at,
    distance_meters, relevance_score, updated_at, search_tsv)
  on snagr.matches to snagr_definer;
grant select (user_id, match_id, revoked_at) on snagr.unlocks to snagr_definer;
grant update (last_run_at, next_run_at) on snagr.saved_searches to snagr_definer;
grant insert (user_id, id, search_id, status, origin) on snagr.jobs to snagr_definer;
grant select (xid, number, created_at), insert (user_id, kind, keys), delete on snagr.change_outbox to snagr_definer;
grant select, insert, update (purged_to) on snagr.change_epoch to snagr_definer;

set local role snagr_bulk;
grant select, delete on snagr.staging_matches to snagr_matcher;
reset role;

-- POLICIES
-- One permissive policy for each table, role and command. "own" compares the row's user with the claim sub; the subquery
-- makes that an InitPlan, evaluated once, and an index on the column serves it. "all" lets a role see every row, and
-- "shared" those of the row's user and of nobody. Whatever it is, an admin also needs a claim exp, in seconds of the
-- epoch, that has not passed and is not far ahead: a proof counts for one hour at most, and clocks may differ by five
-- minutes.

do $$
declare
  policy record;
  own constant text := '%I = (select (nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb ->> ''sub'')::uuid)';
  claims constant text := 'nullif(current_setting(''request.jwt.claims'', true), '''')::jsonb';
  -- Without a subquery, which for the one row of a statement costs more than it saves. The rest is what CHECKs would say.
  as_himself constant text := pg_catalog.format(
    'actor = coalesce(%1$s ->> ''admin'', %1$s ->> ''sub'', %1$s ->> ''role'') and role = current_user '
    'and action ~ ''^[a-z][a-z_]{0,49}$'' and outcome in (''succeeded'', ''attempted'', ''refused'', ''failed'') '
    'and octet_length(concat(actor, object, reason, request)) <= 4000 '
    'and (subject is null or octet_length(subject) = 32)', claims);
  admitted constant text := $sql$(select case when exp ~ '^[0-9]{1,12}$'
      then exp::bigint > extract(epoch from statement_timestamp())
        and exp::bigint <= extract(epoch from statement_timestamp()) + 3900
      else false end
    from (select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'exp') as claim (exp))$sql$;
  pending_job constant text := 'status = ''pending'' and retry_count = 0 and error is null and started_at is null '
    'and completed_at is null';
  pending_payment constant text := 'status = ''pending'' and completed_at is null and stripe_event_id is null';
  rows text;
begin
  for policy in
    select p.polname, c.oid::regclass as relation, c.relowner::regrole as owner
    from pg_catalog.pg_policy p
    join pg_catalog.pg_class c on c.oid = p.polrelid
    where c.relnamespace = 'snagr'::regnamespace
  loop
    execute pg_catalog.format('set local role %s', policy.owner);
    execute pg_catalog.format('drop policy %I on %s', policy.polname, policy.relation);
    reset role;
  end loop;

  -- Whoever owns the tables is bound by FORCE as well: without a policy a later migration would change no row, silently.
  for policy in
    select c.oid::regclass as relation, c.relowner::regrole as owner
    from pg_catalog.pg_class c
    where c.relnamespace = 'snagr'::regnamespace and c.relkind = 'r'
      and c.relname not in ('schema_history', 'staging_matches')
  loop
    execute pg_catalog.format('alter table %s enable row level security', policy.relation);
    execute pg_catalog.format('alter table %s force row level security', policy.relation);
    execute pg_catalog.format('create policy owner on %s to %s using (true) with check (true)',
      policy.relation, policy.owner);
  end loop;

  set local role snagr_bulk;
  alter table snagr.staging_matches enable row level security;  -- not FORCE: its owner must be able to COPY
  reset role;

  for policy in
    select v.*, pg_catalog.unnest(pg_catalog.string_to_array(v.commands, ' ')) as command
    from (values
      ('users',            'snagr_user',     'select',                      'own', null),
      ('users',            'snagr_auth',     'select insert update',        'own', null),
      ('users',            'snagr_payments', 'select',                      'own', null),
      ('users',            'snagr_notifier', 'select',                      'all', null),
      ('users',            'snagr_admin',    'select update',               'all', null),
      ('users',            'snagr_definer',  'select',                      'all', null),
      ('subject_keys',     'snagr_user',     'select insert',               'own', null),
      ('subject_keys',     'snagr_matcher',  'select insert',               'own', null),
      ('subject_keys',     'snagr_payments', 'select insert',               'own', null),
      ('subject_keys',     'snagr_notifier', 'select',                      'own', null),
      ('user_preferences', 'snagr_user',     'select insert update',        'own', null),
      ('user_preferences', 'snagr_notifier', 'select',                      'all', null),
      ('searches',         'snagr_user',     'select insert update delete', 'own', null),
      ('searches',         'snagr_matcher',  'select',                      'all', null),
      ('searches',         'snagr_payments', 'select',                      'own', null),
      ('searches',         'snagr_notifier', 'select',                      'all', null),
      ('searches',         'snagr_definer',  'select',                      'all', null),
      ('saved_searches',   'snagr_user',     'select insert update delete', 'own', null),
      ('saved_searches',   'snagr_definer',  'select update',               'all', null),
      ('jobs',             'snagr_user',     'select',                      'own', null),
      ('jobs',             'snagr_user',     'insert',                      'own', pending_job),
      ('jobs',             'snagr_matcher',  'select update',               'all', null),
      ('jobs',             'snagr_definer',  'insert',                      'all', pending_job),
      ('matches',          'snagr_user',     'select',                      'own', null),
      ('matches',          'snagr_matcher',  'select insert update',        'own', null),
      ('matches',          'snagr_payments', 'select update',               'own', null),
      ('matches',          'snagr_definer',  'select',                      'all', null),
      ('lock_keys',        'snagr_matcher',  'select',                      'all', null),
      ('lock_keys',        'snagr_payments', 'select',                      'all', null),
      ('batch_keys',       'snagr_matcher',  'insert',                      'own', null),
      ('batch_keys',       'snagr_payments', 'select',                      'own', null),
      ('payments',         'snagr_user',     'select',                      'own', null),
      ('payments',         'snagr_user',     'insert',                      'own', pending_payment),
      ('payments',         'snagr_payments', 'select insert update',        'own', null),
      ('unlocks',          'snagr_user',     'select update',               'own', null),
      ('unlocks',          'snagr_payments', 'select insert update',        'own', null),
      ('unlocks',          'snagr_definer',  'select',                      'all', null),
      ('notifications',    'snagr_user',     'select',                      'own', null),
      ('notifications',    'snagr_notifier', 'select insert update',        'all', null),
      ('system_settings',  'snagr_user',     'select',                      'all', null),
      ('system_settings',  'snagr_auth',     'select',                      'all', null),
      ('system_settings',  'snagr_matcher',  'select',                      'all', null),
      ('system_settings',  'snagr_payments', 'select',                      'all', null),
      ('system_settings',  'snagr_notifier', 'select',                      'all', null),
      ('system_settings',  'snagr_worker',   'select',                      'all', null),
      ('system_settings',  'snagr_admin',    'select insert update',        'all', null),
      ('system_settings',  'snagr_auditor',  'select',                      'all', null),
      ('system_settings',  'snagr_feed',     'select',                      'all', null),
      ('deployment',       'snagr_user',     'select',                      'all', null),
      ('deployment',       'snagr_auth',     'select',                      'all', null),
      ('deployment',       'snagr_matcher',  'select',                      'all', null),
      ('deployment',       'snagr_payments', 'select',                      'all', null),
      ('deployment',       'snagr_notifier', 'select',                      'all', null),
      ('deployment',       'snagr_worker',   'select',                      'all', null),
      ('deployment',       'snagr_admin',    'select',                      'all', null),
      ('deployment',       'snagr_auditor',  'select',                      'all', null),
      ('deployment',       'snagr_feed',     'select',                      'all', null),
      ('audit_events',     'snagr_user',     'insert',                      'all', as_himself),
      ('audit_events',     'snagr_auth',     'insert',                      'all', as_himself),
      ('audit_events',     'snagr_matcher',  'insert',                      'all', as_himself),
      ('audit_events',     'snagr_payments', 'insert',                      'all', as_himself),
      ('audit_events',     'snagr_notifier', 'insert',                      'all', as_himself),
      ('audit_events',     'snagr_worker',   'insert',                      'all', as_himself),
      ('audit_events',     'snagr_admin',    'insert',                      'all', as_himself),
      ('audit_events',     'snagr_auditor',  'insert',                      'all', as_himself),
      ('audit_events',     'snagr_auditor',  'select',                      'all', null),
      ('audit_events',      'snagr_definer',  'select',                      'all', null),
      ('audit_leaves',      'snagr_definer',  'select insert',               'all', null),
      ('audit_leaves',      'snagr_auditor',  'select',                      'all', null),
      ('audit_checkpoints', 'snagr_definer',  'select insert',               'all', null),
      ('audit_checkpoints', 'snagr_auditor',  'select',                      'all', null),
      ('change_outbox',    'snagr_user',     'select',                      'shared', null),
      ('change_outbox',    'snagr_feed',     'select',                      'all', null),
      ('change_outbox',    'snagr_definer',  'select insert delete',        'all', null),
      ('change_epoch',     'snagr_user',     'select',                      'all', null),
      ('change_epoch',     'snagr_feed',     'select',                      'all', null),
      ('change_epoch',     'snagr_definer',  'select insert update',        'all', null),
      ('change_consumers', 'snagr_feed',     'select insert update',        'all', null),
      ('staging_matches',  'snagr_matcher',  'select delete',               'own', null)
    ) as v (relation, role, commands, visible, written)
  loop
    rows := case
      when policy.visible = 'own'
        then pg_catalog.format(own, case when policy.relation = 'users' then 'id' else 'user_id' end)
      when policy.visible = 'shared' then '(' || pg_catalog.format(own, 'user_id') || ' or user_id is null)'
      when policy.written is null and policy.role <> 'snagr_admin' then 'true'
    end;
    if policy.role = 'snagr_admin' then
      rows := pg_catalog.concat_ws(' and ', rows, admitted);
    end if;
    if policy.relation = 'staging_matches' then
      set local role snagr_bulk;
    end if;
    execute pg_catalog.format('create policy %I on snagr.%I for %s to %I',
        policy.role || '_' || policy.command, policy.relation, policy.command, policy.role)
      || case when policy.command <> 'insert' then pg_catalog.format(' using (%s)', rows) else '' end
      || case when policy.command in ('insert', 'update')
           then pg_catalog.format(' with check (%s)', pg_catalog.concat_ws(' and ', rows, policy.written))
           else '' end;
    reset role;
  end loop;
end $$;

-- FUNCTIONS
-- SECURITY DEFINER functions read past the policies, as snagr_definer, so each has a predicate of its own.

set local role snagr_definer;

do $$
declare
  name regprocedure;
begin
  for name in
    select p.oid
    from pg_catalog.pg_proc p
    where p.pronamespace = 'snagr'::regnamespace and p.proowner = 'snagr_definer'::regrole
      and p.prorettype <> 'trigger'::regtype  -- their triggers stand on them
  loop
    execute pg_catalog.format('drop function %s', name);
  end loop;
end $$;

-- PUBLIC may execute what somebody creates, unless that somebody's default says otherwise, and not for one schema alone.
-- So only the default of the role that is ours is changed; whoever migrates may have functions elsewhere.
alter default privileges revoke execute on functions from public;

/* The user in the claim sub; null when there is none, or no valid one. Never raises. */
create function snagr.current_user_id() returns uuid
language plpgsql stable set search_path = '' as $$
begin
  return (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid;
exception when others then
  return null;
end $$;

/* What is needed to check a login. */
create function snagr.login_lookup(email_key text)
  returns table (id uuid, is_active boolean, deleted_at timestamptz, password_hash text)
language sql stable security definer set search_path = '' as $$
  select u.id, u.is_active, u.deleted_at, u.password_hash
  from snagr.users u
  where u.email_key = login_lookup.email_key
$$;

/* The caller's matches that fit the words, best first. plpgsql, variables and custom plans: the planner must see the values,
   or it takes the index of the text for everybody's rows. */
create function snagr.search_matches(
    p_search uuid, p_query text, p_min_price bigint, p_max_price bigint, p_currency text, p_max_distance integer,
    p_after_score double precision, p_after_id uuid, p_limit integer)
  returns table (id uuid, search_id uuid, title text, price_minor bigint, currency text, image_url text,
    posted_at timestamptz, distance_meters integer, relevance_score double precision, updated_at timestamptz)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
  v_user constant uuid := snagr.current_user_id();
  v_query constant tsquery := websearch_to_tsquery('pg_catalog.simple'::regconfig, p_query);
begin
  return query
    select m.id, m.search_id, m.title, m.price_minor, m.currency, m.image_url, m.posted_at, m.distance_meters,
      m.relevance_score, m.updated_at
    from snagr.matches m
    where m.user_id = v_user
      and m.search_id = p_search
      and m.search_tsv @@ v_query
      and (p_currency is null or m.currency = p_currency)
      and (p_min_price is null or m.price_minor >= p_min_price)
      and (p_max_price is null or m.price_minor <= p_max_price)
      and (p_max_distance is null or m.distance_meters <= p_max_distance)
      and (p_after_id is null or (m.relevance_score, m.id) < (p_after_score, p_after_id))
    order by m.relevance_score desc, m.id desc
    limit p_limit;
end $$;

/* The caller's searches whose text fits the words, newest first. */
create function snagr.search_searches(p_query text, p_after_created timestamptz, p_after_id uuid, p_limit integer)
  returns table (id uuid, user_id uuid, query_text text, parameters jsonb, last_activity_at timestamptz,
    created_at timestamptz)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
  v_user constant uuid := snagr.current_user_id();
  v_query constant tsquery := websearch_to_tsquery('pg_catalog.simple'::regconfig, p_query);
begin
  return query
    select s.id, s.user_id, s.query_text, s.parameters, s.last_activity_at, s.created_at
    from snagr.searches s
    where s.user_id = v_user
      and s.query_tsv @@ v_query
      and (p_after_id is null or (s.created_at, s.id) < (p_after_created, p_after_id))
    order by s.created_at desc, s.id desc
    limit p_limit;
end $$;

/* The marketplace's id of one of the caller's matches, by which its sealed values open; null unless it is unlocked. */
create function snagr.unlocked_listing_id(p_match uuid) returns text
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_user constant uuid := snagr.current_user_id();
begin
  return (
    select m.external_listing_id
    from snagr.unlocks u
    join snagr.matches m on m.user_id = u.user_id and m.id = u.match_id
    where u.user_id = v_user and u.match_id = p_match and u.revoked_at is null);
end $$;

/* Starts what is due, longest overdue first: each active saved search of a user in good standing gets one pending job, with
   the ids given, and its next run in the future, a whole number of periods after the last. What another call is starting
   is skipped. */
create function snagr.start_due(p_limit integer, p_job_ids uuid[])
  returns table (saved_search_id uuid, user_id uuid, search_id uuid, job_id uuid)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  if p_limit > cardinality(p_job_ids) then
    raise exception 'start_due needs % job ids and got %', p_limit, cardinality(p_job_ids)
      using errcode = 'invalid_parameter_value';
  end if;
  return query
    with due as (
      select s.user_id, s.id, s.search_id, s.next_run_at, case s.frequency when 'daily' then 24 else 168 end as hours
      from snagr.saved_searches s
      join snagr.users u on u.id = s.user_id
      where s.status = 'active' and s.next_run_at <= now() and u.is_active and u.deleted_at is null
      order by s.next_run_at, s.id
      limit p_limit
      for update of s skip locked
    ), numbered as (
      select d.*, row_number() over (order by d.next_run_at, d.id) as number
      from due d
    ), moved as (
      update snagr.saved_searches s
      set last_run_at = now(),
        next_run_at = n.next_run_at + make_interval(hours =>
          n.hours * (floor(extract(epoch from now() - n.next_run_at) / (n.hours * 3600))::integer + 1))
      from numbered n
      where s.user_id = n.user_id and s.id = n.id
      returning s.id, n.user_id, n.search_id, n.number
    ), started as (
      insert into snagr.jobs (user_id, id, search_id, status, origin)
      select m.user_id, p_job_ids[m.number], m.search_id, 'pending', 'rerun'
      from moved m
    )
    select m.id, m.user_id, m.search_id, p_job_ids[m.number]
    from moved m
    order by m.number;
end $$;

/* The bytes of an event that are sealed: a version, then its fields in this order, a text as its length and its UTF-8. No
   setting of the session changes them. */
create function snagr.audit_entry(e snagr.audit_events) returns bytea
language plpgsql stable set search_path = '' as $$
begin
  return '\x01'::bytea || uuid_send(e.id) || timestamptz_send(e.created_at) || xid8send(e.xid)
    || int4send(octet_length(convert_to(e.actor, 'UTF8'))) || convert_to(e.actor, 'UTF8')
    || int4send(octet_length(convert_to(e.role, 'UTF8'))) || convert_to(e.role, 'UTF8')
    || int4send(octet_length(convert_to(e.action, 'UTF8'))) || convert_to(e.action, 'UTF8')
    || coalesce(int4send(octet_length(convert_to(e.object, 'UTF8'))) || convert_to(e.object, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length(convert_to(e.reason, 'UTF8'))) || convert_to(e.reason, 'UTF8'), int4send(-1))
    || int4send(octet_length(convert_to(e.outcome, 'UTF8'))) || convert_to(e.outcome, 'UTF8')
    || coalesce(int4send(octet_length(convert_to(e.request, 'UTF8'))) || convert_to(e.request, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length(e.subject)) || e.subject, int4send(-1));
end $$;

/* The last signed state, with size 0 before the first; no row while somebody else seals. The lock ends with the
   transaction. */
create function snagr.audit_seal_begin()
  returns table (tree_size bigint, tree_range bytea, note text)
language plpgsql volatile security definer set search_path = '' as $$
#variable_conflict use_column
begin
  if not pg_try_advisory_xact_lock(32490986948132866) then
    return;
  end if;
  return query
    select c.tree_size, c.tree_range, c.note
    from (select 1) one
    left join (select * from snagr.audit_checkpoints order by tree_size desc limit 1) c on true;
end $$;

/* Gives the oldest events that have no leaf one, in the order of their transactions, and returns all leaves behind the last
   checkpoint. Only events of transactions below every running one are taken: behind them nothing can appear any more. After
   a move to a server whose counter is behind, every event is looked at. */
create function snagr.audit_seal_take(p_limit integer)
  returns table (leaf_index bigint, leaf_hash bytea, watermark bigint)
language plpgsql volatile security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
  v_watermark xid8 := pg_snapshot_xmin(pg_current_snapshot());
  v_size bigint;
  v_from xid8;
  v_next bigint;
  v_taken bigint;
  v_last xid8;
begin
  if not pg_try_advisory_xact_lock(32490986948132866) then
    raise exception 'Somebody else seals the audit trail' using errcode = 'lock_not_available';
  end if;
  select c.tree_size, c.xid into v_size, v_from
  from snagr.audit_checkpoints c
  order by c.tree_size desc
  limit 1;
  v_size := coalesce(v_size, 0);
  if v_from is null or v_watermark < v_from then
    v_from := '0';
  end if;
  select coalesce(max(l.leaf_index) + 1, 0) into v_next from snagr.audit_leaves l;
  with due as (
    select e.id, e.xid, pg_catalog.sha256('\x00'::bytea || snagr.audit_entry(e)) as leaf_hash
    from snagr.audit_events e
    where e.xid >= v_from and e.xid < v_watermark
      and not exists (select from snagr.audit_leaves l where l.event_id = e.id)
    order by e.xid, e.id
    limit p_limit
  ), numbered as (
    select d.*, row_number() over (order by d.xid, d.id) as number
    from due d
  ), taken as (
    insert into snagr.audit_leaves (leaf_index, event_id, leaf_hash)
    select v_next + n.number - 1, n.id, n.leaf_hash
    from numbered n
  )
  select n.number, n.xid into v_taken, v_last
  from numbered n
  order by n.number desc
  limit 1;
  if v_taken = p_limit then
    v_watermark := v_last;
  end if;
  return query
    select l.leaf_index, l.leaf_hash, v_watermark::text::bigint
    from snagr.audit_leaves l
    where l.leaf_index >= v_size
    order by l.leaf_index;
end $$;

/* Stores what was signed, in the transaction that took the leaves. */
create function snagr.audit_seal_put(p_size bigint, p_watermark bigint, p_range bytea, p_note text) returns void
language sql volatile security definer set search_path = '' as $$
  insert into snagr.audit_checkpoints (tree_size, xid, tree_range, note)
  values (p_size, p_watermark::text::xid8, p_range, p_note)
$$;

/* The signed notes of trees larger than that, smallest first. */
create function snagr.audit_notes(p_size bigint) returns table (tree_size bigint, note text)
language sql stable security definer set search_path = '' as $$
  select c.tree_size, c.note
  from snagr.audit_checkpoints c
  where c.tree_size > p_size
  order by c.tree_size
  limit 1000
$$;

/* When the oldest event without a leaf was written; null if there is none. */
create function snagr.audit_oldest_unsealed() returns timestamptz
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_from constant xid8 := coalesce(
    (select c.xid from snagr.audit_checkpoints c order by c.tree_size desc limit 1), '0');
begin
  return (
    select e.created_at
    from snagr.audit_events e
    where e.xid >= v_from and not exists (select from snagr.audit_leaves l where l.event_id = e.id)
    order by e.xid, e.id
    limit 1);
end $$;

/* Has the feed of changes begin anew, unless it has begun: without an epoch nobody may have a position. */
create function snagr.begin_change_epoch() returns void
language sql volatile security definer set search_path = '' as $$
  insert into snagr.change_epoch (id, purged_to) values (gen_random_uuid(), '0') on conflict do nothing
$$;

/* Deletes the oldest changes, as far as they are of that age and no snapshot lacks them, and says how many. */
create function snagr.purge_changes(p_age_millis bigint, p_limit integer) returns integer
language plpgsql volatile security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_purged integer;
  v_last xid8;
begin
  perform snagr.begin_change_epoch();
  perform from snagr.change_epoch for update;  -- one at a time
  with oldest as (
    select o.xid, o.number, o.created_at
    from snagr.change_outbox o
    where o.xid < pg_snapshot_xmin(pg_current_snapshot())
    order by o.xid, o.number
    limit p_limit
  ), purged as (
    delete from snagr.change_outbox o
    using oldest
    where o.xid = oldest.xid and o.number = oldest.number
      and oldest.created_at < statement_timestamp() - p_age_millis * interval '1 millisecond'
    returning o.xid
  )
  select count(*), max(p.xid) into v_purged, v_last
  from purged p;
  update snagr.change_epoch
  set purged_to = v_last
  where purged_to < v_last;
  return v_purged;
end $$;

/* What is on record about one person: what, when, by which role, and whether by himself; no name of whoever else it was,
   no reason, and not of which row he was refused, since that may be another's. Who asks must know his pseudonym, which
   nobody can compute without the key store. */
create function snagr.audit_events_about(p_subject bytea, p_after uuid, p_limit integer)
  returns table (id uuid, created_at timestamptz, role text, by_himself boolean, action text, object text, outcome text)
language plpgsql stable security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
  v_himself constant text := snagr.current_user_id();
begin
  return query
    select e.id, e.created_at, e.role, e.actor = v_himself, e.action,
      case when e.outcome <> 'refused' then e.object end, e.outcome
    from snagr.audit_events e
    where e.subject = p_subject and e.id > p_after and v_himself is not null
    order by e.id
    limit p_limit;
end $$;

/*
 * The same for what is older than three days, by whoever writes: so the table is bounded, whether or not somebody follows it
 * or purges. Never waits for another who does so, and leaves it to others in a transaction that such a row could make fail.
 */
create function snagr.trim_changes(p_limit integer) returns void
language plpgsql volatile security definer set search_path = '' as $$
begin
  if current_setting('transaction_isolation') = 'read committed' then
    perform snagr.begin_change_epoch();
    perform from snagr.change_epoch for update skip locked;
    if found then
      perform snagr.purge_changes(259200000, p_limit);
    end if;
  end if;
end $$;

-- for all of them, whatever the default said when they were created
revoke all on function
  snagr.current_user_id(),
  snagr.login_lookup(text),
  snagr.search_matches(uuid, text, bigint, bigint, text, integer, double precision, uuid, integer),
  snagr.search_searches(text, timestamptz, uuid, integer),
  snagr.unlocked_listing_id(uuid),
  snagr.start_due(integer, uuid[]),
  snagr.audit_entry(snagr.audit_events),
  snagr.audit_seal_begin(),
  snagr.audit_seal_take(integer),
  snagr.audit_seal_put(bigint, bigint, bytea, text),
  snagr.audit_notes(bigint),
  snagr.audit_oldest_unsealed(),
  snagr.audit_events_about(bytea, uuid, integer),
  snagr.begin_change_epoch(),
  snagr.purge_changes(bigint, integer),
  snagr.trim_changes(integer)
from public;
grant execute on function snagr.login_lookup(text) to snagr_auth;
grant execute on function
  snagr.search_matches(uuid, text, bigint, bigint, text, integer, double precision, uuid, integer),
  snagr.search_searches(text, timestamptz, uuid, integer),
  snagr.unlocked_listing_id(uuid),
  snagr.audit_events_about(bytea, uuid, integer)
to snagr_user;
grant execute on function
  snagr.start_due(integer, uuid[]),
  snagr.audit_seal_begin(),
  snagr.audit_seal_take(integer),
  snagr.audit_seal_put(bigint, bigint, bytea, text),
  snagr.audit_notes(bigint),
  snagr.audit_oldest_unsealed(),
  snagr.purge_changes(bigint, integer)
to snagr_worker;
grant execute on function snagr.begin_change_epoch() to snagr_user, snagr_feed;

reset role;

-- CHANGES
-- A function for each table whose changes are told, and its triggers: one for each event, since PostgreSQL allows a
-- transition table no more. They run whatever session_replication_role says. An update is told where a column that is named
-- here has changed, with the keys before and after. Of more than 1,000 keys, and of TRUNCATE, only the kind is told.

do $$
declare
  told record;
  event text;
  owner regrole;
  function_name text;
  body constant text := $body$
    create or replace function snagr.%1$I() returns trigger
    language plpgsql security definer set search_path = '' as $trigger$
    declare
      v_users uuid[];
      v_keys uuid[];
    begin
      if tg_op = 'INSERT' then
        select array_agg(c.user_id), array_agg(c.key) into v_users, v_keys
        from (select distinct n.%3$I as user_id, %4$s as key from new_rows n limit 1001) c;
      elsif tg_op = 'UPDATE' then
        select array_agg(c.user_id), array_agg(c.key) into v_users, v_keys
        from (
          select distinct side.user_id, side.key
          from old_rows o
          full join new_rows n using (%6$s)
          cross join lateral (values (o.%3$I, %5$s), (n.%3$I, %4$s)) as side (user_id, key)
          where row(%7$s) is distinct from row(%8$s) and side.user_id is not null
          limit 1001) c;
      elsif tg_op = 'DELETE' then
        select array_agg(c.user_id), array_agg(c.key) into v_users, v_keys
        from (select distinct o.%3$I as user_id, %5$s as key from old_rows o limit 1001) c;
      end if;
      -- One writer in a hundred deletes 200 old rows, and whoever writes many as many again: faster than they come.
      if random() * 100 < cardinality(v_users) then
        perform snagr.trim_changes(200 + 2 * cardinality(v_users));
      end if;
      case
        when tg_op = 'TRUNCATE' or cardinality(v_users) > 1000 then
          insert into snagr.change_outbox (kind) values (%2$L);
        when cardinality(v_users) = 1 then
          insert into snagr.change_outbox (kind, user_id, keys)
          values (%2$L, v_users[1], nullif(array_remove(v_keys, null), '{}'));
        when cardinality(v_users) > 1 then
          insert into snagr.change_outbox (kind, user_id, keys)
          select %2$L, c.user_id, nullif(array_remove(array_agg(c.key), null), '{}')
          from unnest(v_users, v_keys) as c (user_id, key)
          group by c.user_id;
        else
          null;
      end case;
      return null;
    end $trigger$ $body$;
begin
  for told in
    select *
    from (values
      ('users', 'id', null, 'id', 'email is_active deleted_at created_at updated_at', 'insert update delete truncate'),
      ('subject_keys', 'user_id', null, 'user_id, key_id', 'wrapped', 'delete truncate'),
      ('user_preferences', 'user_id', null, 'user_id', 'notification_email notification_sms phone_number updated_at',
        'insert update delete truncate'),
      ('searches', 'user_id', 'id', 'user_id, id', 'query_text parameters created_at', 'insert update delete truncate'),
      ('saved_searches', 'user_id', 'search_id', 'user_id, id',
        'search_id status frequency last_run_at next_run_at created_at', 'insert update delete truncate'),
      ('matches', 'user_id', 'search_id', 'user_id, id',
        'updated_at search_id job_id title price_minor currency description image_url posted_at distance_meters '
        'relevance_score frozen created_at seller_info listing_url', 'insert update delete truncate'),
      ('unlocks', 'user_id', 'match_id', 'user_id, id',
        'match_id payment_id unlocked_at revoked_at suggested_message', 'insert update delete truncate')
    ) as v (relation, user_column, key_column, primary_key, visible, events)
  loop
    function_name := 'tell_change_of_' || told.relation;
    select c.relowner into owner
    from pg_catalog.pg_class c
    where c.oid = pg_catalog.format('snagr.%I', told.relation)::regclass;

    set local role snagr_definer;
    execute pg_catalog.format(body, function_name, told.relation, told.user_column,
      case when told.key_column is null then 'null::uuid' else 'n.' || told.key_column end,
      case when told.key_column is null then 'null::uuid' else 'o.' || told.key_column end,
      told.primary_key,
      (select pg_catalog.string_agg('o.' || c, ', ') from pg_catalog.string_to_table(told.visible, ' ') as c),
      (select pg_catalog.string_agg('n.' || c, ', ') from pg_catalog.string_to_table(told.visible, ' ') as c));
    execute pg_catalog.format('revoke all on function snagr.%I() from public', function_name);
    execute pg_catalog.format('grant execute on function snagr.%I() to %s', function_name, owner);
    execute pg_catalog.format('set local role %s', owner);
    foreach event in array pg_catalog.string_to_array(told.events, ' ') loop
      execute pg_catalog.format(
        'create or replace trigger %I after %s on snagr.%I %s for each statement execute function snagr.%I()',
        'tell_' || event, event, told.relation,
        case event
          when 'insert' then 'referencing new table as new_rows'
          when 'update' then 'referencing old table as old_rows new table as new_rows'
          when 'delete' then 'referencing old table as old_rows'
          else ''
        end,
        function_name);
      execute pg_catalog.format('alter table snagr.%I enable always trigger %I', told.relation, 'tell_' || event);
    end loop;
    set local role snagr_definer;  -- whoever makes a trigger needs the right to execute, whoever sets it off does not
    execute pg_catalog.format('revoke all on function snagr.%I() from %s', function_name, owner);
    reset role;
  end loop;
end $$;

revoke create on schema snagr from snagr_definer;

do $$
declare
  role text;
begin
  foreach role in array pg_catalog.string_to_array(current_setting('snagr.borrowed'), ',') loop
    execute pg_catalog.format('revoke %I from current_user', role);
  end loop;
end $$;
