-- What keeps seller and address of a match sealed until it is paid for: the key of its batch, sealed to a lock key, and the
-- key of the match, granted by the payment. Matches that were there before have no batch; they stay as they are.

-- The newest version seals. wrapped: the private half, under a key that only the process that takes payments has.
create table snagr.lock_keys (
  version integer not null,
  public_key bytea not null,
  wrapped_by integer not null,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  constraint lock_keys_pkey primary key (version),
  constraint lock_keys_version_check check (version > 0),
  constraint lock_keys_public_key_check check (octet_length(public_key) = 1216),
  constraint lock_keys_wrapped_by_check check (wrapped_by > 0)
);

-- key_id: which key of the user it needs besides. A match refers to its batch by no foreign key: it would be checked for
-- each row of a bulk write, and what it could tell, opening the match tells.
create table snagr.batch_keys (
  user_id uuid not null,
  id uuid not null,
  search_id uuid not null,
  job_id uuid not null,
  key_id integer not null,
  lock_version integer not null,
  sealed bytea not null,
  created_at timestamptz not null default now(),
  constraint batch_keys_pkey primary key (user_id, id),
  constraint batch_keys_job_fkey
    foreign key (user_id, search_id, job_id) references snagr.jobs (user_id, search_id, id) on delete cascade,
  constraint batch_keys_key_id_check check (key_id > 0),
  constraint batch_keys_lock_version_check check (lock_version > 0),
  constraint batch_keys_sealed_check
    check (octet_length(sealed) = 1176 and substring(sealed from 1 for 2) = '\xfe01'::bytea)
);
alter table snagr.batch_keys alter column sealed set storage external;
create index batch_keys_by_job on snagr.batch_keys (user_id, search_id, job_id);

-- Byte 3 of a record says whether its key is that of a match.
alter table snagr.matches
  add column batch_id uuid,
  add constraint matches_batch_check
    check ((batch_id is not null) = (substring(seller_info from 4 for 1) = '\x01'::bytea)
      and (batch_id is not null) = (substring(listing_url from 4 for 1) = '\x01'::bytea));

drop trigger matches_frozen on snagr.matches;
create trigger matches_frozen before update of seller_info, listing_url, batch_id on snagr.matches for each row
  when (old.frozen
    and (new.seller_info is distinct from old.seller_info or new.listing_url is distinct from old.listing_url
      or new.batch_id is distinct from old.batch_id))
  execute function snagr.refuse_change_of_frozen();

alter table snagr.unlocks
  add column grant_key bytea,
  add constraint unlocks_grant_key_check
    check (octet_length(grant_key) = 160 and substring(grant_key from 1 for 2) = '\xfe01'::bytea);

-- Also for a process of the version before, which knows of no grants: what it gives back loses its grant, and it unlocks
-- nothing that has a batch.
create function snagr.require_grant() returns trigger language plpgsql set search_path = '' as $$
begin
  if new.revoked_at is not null then
    new.grant_key := null;
  elsif new.grant_key is null and exists (
      select from snagr.matches m
      where m.user_id = new.user_id and m.id = new.match_id and m.batch_id is not null) then
    raise exception 'An unlock of a match that has a batch needs its grant'
      using errcode = 'check_violation', constraint = 'unlocks_granted';
  end if;
  return new;
end $$;
revoke all on function snagr.require_grant() from public;

create trigger unlocks_granted before insert or update of user_id, match_id, payment_id, revoked_at, grant_key
  on snagr.unlocks for each row
  execute function snagr.require_grant();
