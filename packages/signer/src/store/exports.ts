/**
 * Tombstones, ciphertexts, requests, and the statements gathered for them.
 *
 * @module
 */
import type { Authorization, Evidence, KeyCertificate, Signed } from '@quorate/wire';
import { appendAudit, type AuditEntry } from './audit.ts';
import type { Database } from './database.ts';
import { type Mark, spendOnce } from './spent.ts';

export interface Pair {
  readonly keyId: string;
  readonly encryptionKey: string;
}

/** What is stored for a key and an encryption key; the release, once made, with the statements for its request. */
export interface StoredExport {
  readonly ciphertext: Uint8Array;
  readonly released: { readonly release: Signed<'release'>; readonly tombstones: readonly Signed<'tombstone'>[] } | null;
}

export function exportOf(db: Database, { keyId, encryptionKey }: Pair): StoredExport | null {
  const row = db.get<{ ciphertext: Uint8Array; release: string | null }>(
    'SELECT ciphertext, release FROM ciphertexts WHERE key_id = ? AND encryption_key = ?',
    keyId,
    encryptionKey,
  );
  if (row === undefined) return null;
  if (row.release === null) return { ciphertext: row.ciphertext, released: null };
  const release = JSON.parse(row.release) as Signed<'release'>;
  return { ciphertext: row.ciphertext, released: { release, tombstones: statementsOf(db, release.body.challenge) } };
}

const statementsOf = (db: Database, challenge: string): Signed<'tombstone'>[] =>
  db
    .all<{ statement: string }>('SELECT statement FROM statements WHERE challenge = ? ORDER BY signer_id', challenge)
    .map(({ statement }) => JSON.parse(statement) as Signed<'tombstone'>);

/** An export request that this signer has retired the key for. */
export interface StoredRequest extends Pair {
  readonly challenge: string;
  readonly evidence: Evidence;
  readonly intents: readonly Signed<'intent'>[];
  readonly certificate: KeyCertificate;
  /** `null` in rows from before there were any. */
  readonly authorization: Authorization | null;
  /** Audit head right after the tombstone. */
  readonly auditHead: string;
  readonly statements: readonly Signed<'tombstone'>[];
}

interface RequestRow {
  readonly challenge: string;
  readonly key_id: string;
  readonly encryption_key: string;
  readonly evidence: string;
  readonly intents: string;
  readonly certificate: string;
  readonly audit_head: string;
  readonly authorization: string | null;
}

const readRequest = (db: Database, row: RequestRow): StoredRequest => ({
  challenge: row.challenge,
  keyId: row.key_id,
  encryptionKey: row.encryption_key,
  evidence: JSON.parse(row.evidence) as Evidence,
  intents: JSON.parse(row.intents) as Signed<'intent'>[],
  certificate: JSON.parse(row.certificate) as KeyCertificate,
  authorization: row.authorization === null ? null : (JSON.parse(row.authorization) as Authorization),
  auditHead: row.audit_head,
  statements: statementsOf(db, row.challenge),
});

export function requestOf(db: Database, { challenge }: { readonly challenge: string }): StoredRequest | null {
  const row = db.get<RequestRow>('SELECT * FROM requests WHERE challenge = ?', challenge);
  return row === undefined ? null : readRequest(db, row);
}

/** All requests for this pair. */
export function requestsOf(db: Database, { keyId, encryptionKey }: Pair): StoredRequest[] {
  return db.all<RequestRow>('SELECT * FROM requests WHERE key_id = ? AND encryption_key = ?', keyId, encryptionKey).map((row) => readRequest(db, row));
}

/** Requests for which fewer than `signers` statements are stored. */
export function unfinished(db: Database, { signers }: { readonly signers: number }): StoredRequest[] {
  return db
    .all<RequestRow>('SELECT * FROM requests AS r WHERE (SELECT count(*) FROM statements AS s WHERE s.challenge = r.challenge) < ?', signers)
    .map((row) => readRequest(db, row));
}

/** Requests for which this signer's statement is not stored. */
export function lacking(db: Database, { signerId }: { readonly signerId: string }): StoredRequest[] {
  return db
    .all<RequestRow>(
      'SELECT * FROM requests AS r WHERE NOT EXISTS (SELECT 1 FROM statements AS s WHERE s.challenge = r.challenge AND s.signer_id = ?)',
      signerId,
    )
    .map((row) => readRequest(db, row));
}

/** Requests that keys were retired for, after this challenge, in order. */
export const retirementsAfter = (db: Database, { after, limit }: { readonly after: string; readonly limit: number }): string[] =>
  db
    .all<{ challenge: string }>('SELECT challenge FROM requests WHERE challenge > ? ORDER BY challenge LIMIT ?', after, limit)
    .map(({ challenge }) => challenge);

export interface Retirement extends Pair {
  readonly mark: Mark;
  /** `proven` where the quorum's intents stand in for freshness. */
  readonly age: 'fresh' | 'proven';
  readonly challenge: string;
  readonly time: number;
  /** `null` where one is stored for this pair. */
  readonly ciphertext: Uint8Array | null;
  readonly evidence: Evidence;
  readonly intents: readonly Signed<'intent'>[];
  readonly certificate: KeyCertificate;
  readonly authorization: Authorization;
  /** This signer's own. */
  readonly statement: Signed<'tombstone'>;
  /** This signer's yes, which is only now worth a write. */
  readonly approval?: AuditEntry;
  readonly audit: AuditEntry;
}

/**
 * The one transaction of an export: from its return on the key is retired here for good.
 * @throws {StoreRefusal} `evidence/spent`, `action/expired`
 */
export function retire(db: Database, given: Retirement): { readonly ciphertext: Uint8Array; readonly auditHead: string } {
  const { keyId, encryptionKey, challenge } = given;
  spendOnce(db, given.mark, given.age);
  db.run('INSERT OR IGNORE INTO tombstones (key_id, time) VALUES (?, ?)', keyId, given.time);
  const time = db.get<{ time: number }>('SELECT time FROM tombstones WHERE key_id = ?', keyId)?.time;
  if (time !== given.statement.body.time) throw new Error('a statement tells the time of the first retirement');
  // Encrypting twice would give two ciphertexts for one pair: the first stays.
  if (given.ciphertext !== null) {
    db.run('INSERT OR IGNORE INTO ciphertexts (key_id, encryption_key, ciphertext) VALUES (?, ?, ?)', keyId, encryptionKey, given.ciphertext);
  }
  const stored = exportOf(db, given);
  if (stored === null) throw new Error('a retirement needs a ciphertext');
  if (given.approval !== undefined) appendAudit(db, given.approval);
  const auditHead = appendAudit(db, given.audit);
  db.run(
    'INSERT INTO requests (challenge, key_id, encryption_key, evidence, intents, certificate, audit_head, authorization) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    challenge,
    keyId,
    encryptionKey,
    JSON.stringify(given.evidence),
    JSON.stringify(given.intents),
    JSON.stringify(given.certificate),
    auditHead,
    JSON.stringify(given.authorization),
  );
  storeStatements(db, { challenge, statements: [given.statement] });
  return { ciphertext: stored.ciphertext, auditHead };
}

/** The first statement of each signer stays. */
export function storeStatements(
  db: Database,
  { challenge, statements }: { readonly challenge: string; readonly statements: readonly Signed<'tombstone'>[] },
): void {
  for (const statement of statements) {
    db.run('INSERT OR IGNORE INTO statements (challenge, signer_id, statement) VALUES (?, ?, ?)', challenge, statement.signerId, JSON.stringify(statement));
  }
}

/**
 * Stores the statements and, with at least `quorum` of them, the release. A pair is released once: the release made for
 * an earlier request is returned in its place.
 */
export function release(
  db: Database,
  given: Pair & {
    readonly challenge: string;
    readonly quorum: number;
    readonly statements: readonly Signed<'tombstone'>[];
    readonly release: Signed<'release'>;
    readonly audit: AuditEntry;
  },
): NonNullable<StoredExport['released']> {
  storeStatements(db, given);
  const count = db.get<{ count: number }>('SELECT count(*) AS count FROM statements WHERE challenge = ?', given.challenge)?.count ?? 0;
  if (count < given.quorum) throw new Error('a release needs the tombstones of a quorum');
  const changed = db.run(
    'UPDATE ciphertexts SET release = ? WHERE key_id = ? AND encryption_key = ? AND release IS NULL',
    JSON.stringify(given.release),
    given.keyId,
    given.encryptionKey,
  );
  if (changed === 1) appendAudit(db, given.audit);
  const released = exportOf(db, given)?.released ?? null;
  if (released === null) throw new Error('a release belongs to a stored ciphertext');
  return released;
}
