-- What an operator may switch off while the system runs. A setting that is there already stays as it is.
insert into snagr.system_settings (name, value)
values
  ('registration.enabled', 'true'),
  ('search.enabled', 'true'),
  ('unlock.enabled', 'true'),
  ('notification.enabled', 'true')
on conflict (name) do nothing;
