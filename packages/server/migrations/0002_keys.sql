-- Keys whose certificate all signers have signed; nothing else is ever stored here.
create table keys (
  seq bigint generated always as identity unique,
  id text primary key,
  scheme text not null,
  curve text not null,
  public_key text not null unique,
  owner_id text not null,
  name text,
  certificate text not null,
  challenge text not null unique,
  created_at bigint not null,
  exported_at bigint
);

create index keys_by_owner on keys (owner_id, seq);

create table wallets (
  seq bigint generated always as identity unique,
  id text primary key,
  key_id text not null references keys (id),
  network text not null,
  address text,
  name text,
  external_id text,
  owner_id text not null,
  created_at bigint not null
);

create index wallets_by_owner on wallets (owner_id, seq);

create index wallets_by_key on wallets (key_id, seq);

create table signatures (
  seq bigint generated always as identity unique,
  id text primary key,
  key_id text not null references keys (id),
  wallet_id text references wallets (id),
  network text,
  external_id text,
  path text not null,
  body text not null,
  user_id text not null,
  token_id text,
  status text not null check (status in ('Executing', 'Signed', 'Failed')),
  reason text,
  signature text,
  requested_at bigint not null,
  expires_at bigint not null,
  signed_at bigint
);

create index signatures_by_key on signatures (key_id, seq);

create index signatures_by_wallet on signatures (wallet_id, seq);

create index signatures_under_way on signatures (expires_at) where status = 'Executing';

-- Decides which of two requests with one external id came first. A failed request gives its id free.
create unique index signatures_by_external_id on signatures (external_id) where external_id is not null and status <> 'Failed';
