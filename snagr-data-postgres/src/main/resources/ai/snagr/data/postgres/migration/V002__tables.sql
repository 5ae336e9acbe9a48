-- Every row of a user carries user_id, and every key contains it. Enumerations are text with a check, since comparing a
-- PostgreSQL enum is not leakproof. Money is bigint minor units. What is sealed begins with fe01 and is at least as long
-- as the shortest record: 96 bytes and the smallest padding.

create table snagr.deployment (
  id uuid not null,
  constraint deployment_pkey primary key (id)
);
create unique index deployment_is_one_row on snagr.deployment ((true));
insert into snagr.deployment (id) values (pg_catalog.gen_random_uuid());

create table snagr.system_settings (
  name text collate "C" not null,
  value text not null,
  updated_at timestamptz not null default now(),
  constraint system_settings_pkey primary key (name),
  constraint system_settings_name_check check (name ~ '^[a-z0-9._]{1,100}$'),
  constraint system_settings_value_check check (char_length(value) <= 2000)
);

create table snagr.users (
  id uuid not null,
  email text not null,
  email_key text collate "C" not null,
  password_hash text,
  is_active boolean not null default true,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint users_pkey primary key (id),
  constraint users_email_key_key unique (email_key),
  constraint users_email_check check (char_length(email) <= 254),
  constraint users_email_key_check check (email_key ~ '[^[:space:]]'),
  constraint users_password_hash_check check (char_length(password_hash) <= 500)
);

create table snagr.subject_keys (
  user_id uuid not null,
  key_id integer not null,
  wrapped_by integer not null,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  constraint subject_keys_pkey primary key (user_id, key_id),
  constraint subject_keys_user_fkey foreign key (user_id) references snagr.users (id) on delete cascade,
  constraint subject_keys_key_id_check check (key_id > 0),
  constraint subject_keys_wrapped_by_check check (wrapped_by > 0)
);

create table snagr.user_preferences (
  user_id uuid not null,
  notification_email boolean not null default true,
  notification_sms boolean not null default false,
  phone_number bytea,
  updated_at timestamptz not null default now(),
  constraint user_preferences_pkey primary key (user_id),
  constraint user_preferences_user_fkey foreign key (user_id) references snagr.users (id) on delete cascade,
  constraint user_preferences_phone_number_check
    check (octet_length(phone_number) >= 160 and substring(phone_number from 1 for 2) = '\xfe01'::bytea)
);
alter table snagr.user_preferences alter column phone_number set storage external;

create table snagr.searches (
  user_id uuid not null,
  id uuid not null,
  query_text text not null,
  parameters jsonb not null,
  last_activity_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  query_tsv tsvector not null generated always as (to_tsvector('pg_catalog.simple'::regconfig, query_text)) stored,
  constraint searches_pkey primary key (user_id, id),
  constraint searches_user_fkey foreign key (user_id) references snagr.users (id) on delete cascade,
  constraint searches_query_text_check check (char_length(query_text) between 1 and 500),
  constraint searches_parameters_check
    check (jsonb_typeof(parameters) = 'object' and octet_length(parameters::text) <= 65536)
);
create index searches_by_creation on snagr.searches (user_id, created_at desc, id desc);
create index searches_by_text on snagr.searches using gin (query_tsv);

create table snagr.saved_searches (
  user_id uuid not null,
  id uuid not null,
  search_id uuid not null,
  status text not null default 'active',
  frequency text not null,
  last_run_at timestamptz,
  next_run_at timestamptz not null,
  created_at timestamptz not null default now(),
  constraint saved_searches_pkey primary key (user_id, id),
  constraint saved_searches_search_key unique (user_id, search_id),
  constraint saved_searches_search_fkey
    foreign key (user_id, search_id) references snagr.searches (user_id, id) on delete cascade,
  constraint saved_searches_status_check check (status in ('active', 'paused')),
  constraint saved_searches_frequency_check check (frequency in ('daily', 'weekly')),
  constraint saved_searches_next_run_at_check check (isfinite(next_run_at))
);
create index saved_searches_active on snagr.saved_searches (user_id, created_at desc, id desc) where status = 'active';
create index saved_searches_due on snagr.saved_searches (next_run_at, id) where status = 'active';

-- available_at: of a pending job, not before; of a running one, when its lease ends
create table snagr.jobs (
  user_id uuid not null,
  id uuid not null,
  search_id uuid not null,
  status text not null default 'pending',
  origin text not null,
  error text,
  retry_count integer not null default 0,
  available_at timestamptz not null default now(),
  lease_token uuid,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  constraint jobs_pkey primary key (user_id, id),
  constraint jobs_search_key unique (user_id, search_id, id),
  constraint jobs_search_fkey
    foreign key (user_id, search_id) references snagr.searches (user_id, id) on delete cascade,
  constraint jobs_status_check check (status in ('pending', 'running', 'completed', 'failed')),
  constraint jobs_origin_check check (origin in ('first_run', 'rerun')),
  constraint jobs_error_check check (char_length(error) <= 2000),
  constraint jobs_retry_count_check check (retry_count >= 0),
  constraint jobs_lease_check check ((status = 'running') = (lease_token is not null))
);
create index jobs_by_creation on snagr.jobs (user_id, search_id, created_at desc, id desc);
create index jobs_to_claim on snagr.jobs (available_at, id) where status in ('pending', 'running');
create index jobs_failed on snagr.jobs (completed_at desc, id desc) where status = 'failed';

-- One foreign key only: ownership follows from the chain jobs, searches, users. (user_id, search_id, external_listing_id)
-- serves its deletes as well, so it has no index of its own. frozen: paid for, what is sealed stays as it was bought.
create table snagr.matches (
  user_id uuid not null,
  id uuid not null,
  search_id uuid not null,
  job_id uuid not null,
  external_listing_id text collate "C" not null,
  title text not null,
  price_minor bigint not null,
  currency text collate "C" not null,
  description text,
  image_url text,
  seller_info bytea not null,
  listing_url bytea not null,
  posted_at timestamptz,
  distance_meters integer,
  relevance_score double precision not null,
  frozen boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  search_tsv tsvector not null
    generated always as (to_tsvector('pg_catalog.simple'::regconfig, title || ' ' || coalesce(description, ''))) stored,
  constraint matches_pkey primary key (user_id, id),
  constraint matches_listing_key unique (user_id, search_id, external_listing_id),
  constraint matches_job_fkey
    foreign key (user_id, search_id, job_id) references snagr.jobs (user_id, search_id, id) on delete cascade,
  constraint matches_external_listing_id_check check (char_length(external_listing_id) between 1 and 200),
  constraint matches_title_check check (char_length(title) between 1 and 500),
  constraint matches_price_check check (price_minor >= 0),
  constraint matches_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint matches_description_check check (char_length(description) <= 20000),
  constraint matches_image_url_check check (char_length(image_url) <= 2048),
  constraint matches_distance_check check (distance_meters >= 0),
  constraint matches_relevance_score_check check (relevance_score between 0 and 1),
  constraint matches_seller_info_check
    check (octet_length(seller_info) >= 160 and substring(seller_info from 1 for 2) = '\xfe01'::bytea),
  constraint matches_listing_url_check
    check (octet_length(listing_url) >= 608 and substring(listing_url from 1 for 2) = '\xfe01'::bytea)
);
alter table snagr.matches
  alter column seller_info set storage external,
  alter column listing_url set storage external;
create index matches_by_relevance on snagr.matches (user_id, search_id, relevance_score desc, id desc);
create index matches_by_text on snagr.matches using gin (search_tsv);

create table snagr.payments (
  user_id uuid not null,
  id uuid not null,
  match_id uuid,
  stripe_payment_id text collate "C" not null,
  amount_minor bigint not null,
  currency text collate "C" not null,
  status text not null,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint payments_pkey primary key (user_id, id),
  constraint payments_stripe_payment_id_key unique (stripe_payment_id),
  constraint payments_match_fkey
    foreign key (user_id, match_id) references snagr.matches (user_id, id) on delete set null (match_id),
  constraint payments_stripe_payment_id_check check (stripe_payment_id ~ '^(pi|ch|py)_[A-Za-z0-9_]{8,200}$'),
  constraint payments_amount_check check (amount_minor > 0),
  constraint payments_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint payments_status_check
    check (status in ('pending', 'completed', 'failed', 'refund_pending', 'refunded'))
);
create index payments_by_creation on snagr.payments (user_id, created_at desc, id desc);
create index payments_by_match on snagr.payments (user_id, match_id);

-- What was unlocked is kept: the key to matches restricts the deletion of a match, and so of its job and search.
create table snagr.unlocks (
  user_id uuid not null,
  id uuid not null,
  match_id uuid not null,
  payment_id uuid not null,
  unlocked_at timestamptz not null default now(),
  revoked_at timestamptz,
  suggested_message text,
  constraint unlocks_pkey primary key (user_id, id),
  constraint unlocks_match_key unique (user_id, match_id),
  constraint unlocks_payment_fkey
    foreign key (user_id, payment_id) references snagr.payments (user_id, id) on delete restrict,
  constraint unlocks_match_fkey
    foreign key (user_id, match_id) references snagr.matches (user_id, id) on delete restrict,
  constraint unlocks_suggested_message_check check (char_length(suggested_message) <= 2000)
);
create index unlocks_standing on snagr.unlocks (user_id, unlocked_at desc, id desc) where revoked_at is null;
create index unlocks_by_payment on snagr.unlocks (user_id, payment_id);

-- available_at as in jobs: not before, or when the lease ends
create table snagr.notifications (
  user_id uuid not null,
  id uuid not null,
  search_id uuid not null,
  channel text not null,
  status text not null default 'pending',
  content text not null,
  attempts integer not null default 0,
  available_at timestamptz not null default now(),
  lease_token uuid,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  constraint notifications_pkey primary key (user_id, id),
  constraint notifications_search_fkey
    foreign key (user_id, search_id) references snagr.searches (user_id, id) on delete cascade,
  constraint notifications_channel_check check (channel in ('email', 'sms')),
  constraint notifications_status_check check (status in ('pending', 'sent', 'failed')),
  constraint notifications_content_check check (char_length(content) between 1 and 10000),
  constraint notifications_attempts_check check (attempts >= 0)
);
create index notifications_by_creation on snagr.notifications (user_id, created_at desc, id desc);
create index notifications_by_search on snagr.notifications (user_id, search_id);
create index notifications_to_send on snagr.notifications (available_at, id) where status = 'pending';

create table snagr.audit_events (
  id uuid not null,
  created_at timestamptz not null default now(),
  actor text collate "C" not null,
  role text collate "C" not null default current_user,
  action text not null,
  object text,
  reason text,
  constraint audit_events_pkey primary key (id),
  constraint audit_events_actor_check check (char_length(actor) between 1 and 200),
  constraint audit_events_action_check check (action in ('reveal', 'admin_statement')),
  constraint audit_events_object_check check (char_length(object) <= 200),
  constraint audit_events_reason_check check (char_length(reason) <= 500)
);
create index audit_events_by_time on snagr.audit_events (created_at desc, id desc);
create index audit_events_by_actor on snagr.audit_events (actor, created_at desc, id desc);

-- Rows on their way into matches. Unlogged: what a crash loses is staged again.
create unlogged table snagr.staging_matches (
  run_id uuid not null,
  user_id uuid not null,
  record_no bigint not null,
  id uuid not null,
  external_listing_id text collate "C" not null,
  title text not null,
  price_minor bigint not null,
  currency text collate "C" not null,
  description text,
  image_url text,
  seller_info bytea not null,
  listing_url bytea not null,
  posted_at timestamptz,
  distance_meters integer,
  relevance_score double precision not null,
  constraint staging_matches_pkey primary key (user_id, run_id, record_no),
  constraint staging_matches_seller_info_check
    check (octet_length(seller_info) >= 160 and substring(seller_info from 1 for 2) = '\xfe01'::bytea),
  constraint staging_matches_listing_url_check
    check (octet_length(listing_url) >= 608 and substring(listing_url from 1 for 2) = '\xfe01'::bytea)
);
alter table snagr.staging_matches
  alter column seller_info set storage external,
  alter column listing_url set storage external;

create function snagr.refuse_change_of_frozen() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception 'The sealed columns of an unlocked match cannot change'
    using errcode = 'object_not_in_prerequisite_state';
end $$;
revoke all on function snagr.refuse_change_of_frozen() from public;

create trigger matches_frozen before update of seller_info, listing_url on snagr.matches for each row
  when (old.frozen
    and (new.seller_info is distinct from old.seller_info or new.listing_url is distinct from old.listing_url))
  execute function snagr.refuse_change_of_frozen();

create function snagr.refuse_change_of_audit() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception 'Audit events cannot be changed or deleted' using errcode = 'object_not_in_prerequisite_state';
end $$;
revoke all on function snagr.refuse_change_of_audit() from public;

create trigger audit_events_append_only before update or delete on snagr.audit_events for each row
  execute function snagr.refuse_change_of_audit();
create trigger audit_events_no_truncate before truncate on snagr.audit_events for each statement
  execute function snagr.refuse_change_of_audit();

-- COPY is refused to a role that row-level security binds. Hence staging has an owner of its own, whom it does not bind.
-- To give a table away one must be able to become its new owner, who needs the right to create in the schema: both are
-- granted for this moment and taken back.
do $$
declare
  newer constant boolean := current_setting('server_version_num')::integer >= 160000;
  borrowed constant boolean :=
    not pg_catalog.pg_has_role(current_user, 'snagr_bulk', case when newer then 'set' else 'member' end);
begin
  if borrowed then
    execute 'grant snagr_bulk to current_user' || case when newer then ' with set true, inherit false' else '' end;
  end if;
  grant create on schema snagr to snagr_bulk;
  alter table snagr.staging_matches owner to snagr_bulk;
  revoke create on schema snagr from snagr_bulk;
  if borrowed then
    revoke snagr_bulk from current_user;
  end if;
end $$;
