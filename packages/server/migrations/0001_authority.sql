-- Acts in their order. At most one is not certified yet, and it is the last.
create table acts (
  number integer primary key check (number >= 1),
  challenge text not null unique,
  evidence text not null,
  acks text not null default '[]',
  certified boolean not null default false
);

-- User actions: one row from the first question to the real call. Times in milliseconds.
create table challenges (
  challenge text primary key,
  user_id text not null,
  token_id text not null,
  statement text not null,
  payload text not null,
  expires_at bigint not null,
  evidence text,
  token_hash text unique,
  token_expires_at bigint,
  used_at bigint
);

create index challenges_by_expiry on challenges (expires_at);
