-- What an audit event says grows: what became of the act, from which request, about whom. Whoever ran before this version
-- writes events without these, and goes on doing so while both serve.
alter table snagr.audit_events
  add column outcome text not null default 'succeeded',
  add column request text collate "C",
  add column subject bytea,
  -- A constant first: a volatile default would write every row anew. Rows of old are of transactions that have ended.
  add column xid xid8 not null default '0';
alter table snagr.audit_events
  alter column xid set default pg_current_xact_id(),
  drop constraint audit_events_action_check,
  -- A form and not a list, so that a node of the next version can write its actions while this one serves.
  add constraint audit_events_action_check check (action ~ '^[a-z][a-z_]{0,49}$'),
  add constraint audit_events_outcome_check check (outcome in ('succeeded', 'attempted', 'refused', 'failed')),
  add constraint audit_events_request_check check (char_length(request) between 1 and 100),
  add constraint audit_events_subject_check check (octet_length(subject) = 32);

-- Also where a session says that it applies changes from elsewhere, in which ordinary triggers keep silent.
alter table snagr.audit_events enable always trigger audit_events_append_only;
alter table snagr.audit_events enable always trigger audit_events_no_truncate;

-- The keys under which the pseudonyms of the subjects are made, wrapped by one that is not in the database. The newest is
-- used; there is a second one only if the keys of the installation were exchanged.
create table snagr.audit_keys (
  number integer not null,
  wrapped_by integer not null,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  constraint audit_keys_pkey primary key (number),
  constraint audit_keys_number_check check (number > 0),
  constraint audit_keys_wrapped_by_check check (wrapped_by > 0)
);
