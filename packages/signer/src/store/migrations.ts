/**
 * The store's schema as numbered steps. Values of several members are JSON text: they are checked where they are used.
 *
 * @module
 */
const first = `
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- This signer's one acknowledgement per number, which it repeats and never replaces.
CREATE TABLE acks (
  number INTEGER PRIMARY KEY,
  head TEXT NOT NULL,
  challenge TEXT NOT NULL UNIQUE,
  evidence TEXT NOT NULL,
  ack TEXT NOT NULL
) STRICT;

-- Certified acts: what the deciding state is made of.
CREATE TABLE acts (number INTEGER PRIMARY KEY, head TEXT NOT NULL, evidence TEXT NOT NULL, acks TEXT NOT NULL) STRICT;

CREATE TABLE spent (
  challenge TEXT PRIMARY KEY,
  effect TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_by_expiry ON spent (expires_at);

CREATE TABLE executions (execution_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Pending until a certificate stands in it. The primary key is what allows one execution id per key id, ever.
CREATE TABLE keys (
  key_id TEXT PRIMARY KEY,
  challenge TEXT NOT NULL UNIQUE,
  execution_id TEXT NOT NULL UNIQUE REFERENCES executions,
  sealed_share BLOB,
  body TEXT,
  signature TEXT,
  certificate TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstones (key_id TEXT PRIMARY KEY REFERENCES keys, time INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- One ciphertext per key and encryption key, whatever the number of requests for it.
CREATE TABLE ciphertexts (
  key_id TEXT NOT NULL REFERENCES tombstones,
  encryption_key TEXT NOT NULL,
  ciphertext BLOB NOT NULL,
  release TEXT,
  PRIMARY KEY (key_id, encryption_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
  challenge TEXT PRIMARY KEY,
  key_id TEXT NOT NULL,
  encryption_key TEXT NOT NULL,
  evidence TEXT NOT NULL,
  intents TEXT NOT NULL,
  certificate TEXT NOT NULL,
  audit_head TEXT NOT NULL,
  FOREIGN KEY (key_id, encryption_key) REFERENCES ciphertexts
) STRICT, WITHOUT ROWID;

CREATE TABLE statements (
  challenge TEXT NOT NULL REFERENCES requests,
  signer_id TEXT NOT NULL,
  statement TEXT NOT NULL,
  PRIMARY KEY (challenge, signer_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE aux (
  epoch INTEGER PRIMARY KEY,
  execution_id TEXT NOT NULL REFERENCES executions,
  sealed BLOB NOT NULL,
  usable INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  event TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
`;

const authorizations = `
-- What signers said of the credential when a quorum agreed; missing in requests from before they said it.
ALTER TABLE requests ADD COLUMN authorization TEXT;
`;

const replication = `
-- The latest signed audit head of each signer, this one included.
CREATE TABLE audit_heads (signer_id TEXT PRIMARY KEY, number INTEGER NOT NULL, head TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Acknowledgements of any signer that stand in no certificate kept here: what a second one would be held against.
CREATE TABLE seen_acks (
  number INTEGER NOT NULL,
  signer_id TEXT NOT NULL,
  ack TEXT NOT NULL,
  PRIMARY KEY (number, signer_id)
) STRICT, WITHOUT ROWID;

-- What contradicts what, both pieces as they came. Bounded; what stops this signer is never dropped for want of room.
CREATE TABLE conflicts (
  digest TEXT PRIMARY KEY,
  time INTEGER NOT NULL,
  kind TEXT NOT NULL,
  number INTEGER NOT NULL,
  party TEXT NOT NULL,
  first TEXT NOT NULL,
  second TEXT NOT NULL,
  cleared INTEGER
) STRICT, WITHOUT ROWID;
`;

const passkeyCounters = `
-- The highest counter that was seen of a passkey.
CREATE TABLE counters (cred_id TEXT PRIMARY KEY, highest INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;
const faults = `
-- Sessions that failed after this signer had spoken in them: by a culprit that was proven, or with a set of signers.
CREATE TABLE faults (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  time INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
`;

const births = `
-- What the request that made a key says of it beside the certificate; missing in keys from before it could say anything.
ALTER TABLE keys ADD COLUMN birth TEXT;
`;

const snapshots = `
-- The state at certain heads, in pieces of equal size, with what this signer says of it. Pieces without a statement are
-- of a snapshot that was not finished.
CREATE TABLE snapshots (number INTEGER PRIMARY KEY, statement TEXT NOT NULL) STRICT;
CREATE TABLE snapshot_pieces (number INTEGER NOT NULL, piece INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (number, piece)) STRICT;
`;

export const migrations: readonly string[] = [first, authorizations, replication, passkeyCounters, births, snapshots, faults];
