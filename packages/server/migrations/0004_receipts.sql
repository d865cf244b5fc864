-- The request itself, for the receipt. Requests from before this have none, and so no receipt.
alter table exports add column evidence text;

-- Signed words of signers that a credential was allowed its export; each signer's one for a head.
create table authorizations (
  key_id text not null references keys (id),
  encryption_key text not null,
  challenge text not null,
  head_hash text not null,
  signer_id text not null,
  body text not null,
  signature text not null,
  primary key (key_id, challenge, head_hash, signer_id)
);
