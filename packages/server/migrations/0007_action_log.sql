-- Who asked what: one entry for each user action that was used, written with its use. `entry` is the evidence without its payload.
create table action_log (
  seq bigint generated always as identity unique,
  id text primary key,
  time bigint not null,
  user_id text not null,
  token_id text not null,
  method text not null,
  path text not null,
  entry text not null
);

create index action_log_by_time on action_log (time, seq);

create index action_log_by_user on action_log (user_id, time, seq);
