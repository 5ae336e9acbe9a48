-- PostgreSQL reads and prepares each CHECK of a table anew for every statement that inserts: these seven took about half as
-- long as the rest of the insert of an event. What they asked for stands in the policies, which a kept plan has prepared.
alter table snagr.audit_events
  drop constraint audit_events_actor_check,
  drop constraint audit_events_action_check,
  drop constraint audit_events_object_check,
  drop constraint audit_events_reason_check,
  drop constraint audit_events_outcome_check,
  drop constraint audit_events_request_check,
  drop constraint audit_events_subject_check;

-- Ascending: what is newest is then added at the right end, where pages are filled and not halved. Lists read them backwards.
drop index snagr.audit_events_by_time, snagr.audit_events_by_actor;
create index audit_events_by_time on snagr.audit_events (created_at, id);
create index audit_events_by_actor on snagr.audit_events (actor, created_at, id);

-- What is on record about one person, for him.
create index audit_events_by_subject on snagr.audit_events (subject, id) where subject is not null;
