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

-- Which event stands where in the Merkle tree, and what was signed. Nothing is ever changed here either.
create table snagr.audit_leaves (
  leaf_index bigint not null,
  event_id uuid not null,
  leaf_hash bytea not null,
  constraint audit_leaves_pkey primary key (leaf_index),
  constraint audit_leaves_event_key unique (event_id),
  constraint audit_leaves_leaf_index_check check (leaf_index >= 0),
  constraint audit_leaves_leaf_hash_check check (octet_length(leaf_hash) = 32)
);

-- xid: the events of all transactions below it are in the tree. tree_range: the hashes from which the tree grows on.
create table snagr.audit_checkpoints (
  tree_size bigint not null,
  xid xid8 not null,
  tree_range bytea not null,
  note text not null,
  created_at timestamptz not null default now(),
  constraint audit_checkpoints_pkey primary key (tree_size),
  constraint audit_checkpoints_tree_size_check check (tree_size > 0),
  constraint audit_checkpoints_note_check check (char_length(note) <= 2000)
);

create index audit_events_by_xid on snagr.audit_events (xid, id);

do $$
declare
  name text;
begin
  foreach name in array array['audit_leaves', 'audit_checkpoints'] loop
    execute pg_catalog.format('create trigger %I before update or delete on snagr.%I for each row '
      || 'execute function snagr.refuse_change_of_audit()', name || '_append_only', name);
    execute pg_catalog.format('create trigger %I before truncate on snagr.%I for each statement '
      || 'execute function snagr.refuse_change_of_audit()', name || '_no_truncate', name);
    execute pg_catalog.format('alter table snagr.%I enable always trigger %I', name, name || '_append_only');
    execute pg_catalog.format('alter table snagr.%I enable always trigger %I', name, name || '_no_truncate');
  end loop;
end $$;
