-- Which event of Stripe completed a payment: none completes two.
alter table snagr.payments
  add column stripe_event_id text collate "C",
  add constraint payments_stripe_event_id_check check (stripe_event_id ~ '^evt_[A-Za-z0-9_]{8,200}$'),
  add constraint payments_stripe_event_id_key unique (stripe_event_id);
