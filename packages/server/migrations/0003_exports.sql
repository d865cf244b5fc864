-- Who asked for which key to be exported to which encryption key.
create table exports (
  seq bigint generated always as identity unique,
  challenge text primary key,
  key_id text not null references keys (id),
  encryption_key text not null,
  user_id text not null,
  requested_at bigint not null
);

create index exports_by_requester on exports (key_id, user_id, seq);

-- What each signer has released: its share's ciphertext and its signed statement.
create table export_pieces (
  key_id text not null references keys (id),
  encryption_key text not null,
  signer_id text not null,
  release text not null,
  encrypted_key_share text not null,
  valid boolean not null,
  primary key (key_id, encryption_key, signer_id)
);

-- Signed words of signers that they have retired a key.
create table tombstones (
  key_id text not null references keys (id),
  challenge text not null,
  signer_id text not null,
  encryption_key text not null,
  statement text not null,
  primary key (key_id, challenge, signer_id)
);
