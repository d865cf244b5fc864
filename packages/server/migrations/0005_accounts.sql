-- Bearers of people that count: from a login, or handed out by whoever runs the server. Times in milliseconds.
create table sessions (
  id text primary key,
  user_id text not null,
  -- What the user signed in with; none for a bearer that was handed out.
  cred_id text,
  expires_at bigint not null,
  ended_at bigint
);

create index sessions_by_user on sessions (user_id);

create index sessions_by_expiry on sessions (expires_at);

-- Login challenges that were answered.
create table spent_logins (
  challenge text primary key,
  expires_at bigint not null
);

create index spent_logins_by_expiry on spent_logins (expires_at);

-- The one registration code of a user, as a hash.
create table registration_codes (
  user_id text primary key,
  -- Differs from code to code, so that what was begun with an older one ends with it.
  id text not null,
  code_hash text not null,
  expires_at bigint not null,
  attempts integer not null default 0,
  used_at bigint
);

-- What users have registered and nobody has confirmed.
create table registrations (
  seq bigint generated always as identity unique,
  uuid text not null,
  user_id text not null,
  cred_id text not null,
  kind text not null,
  name text not null,
  public_key text not null,
  created_at bigint not null,
  primary key (user_id, uuid)
);
