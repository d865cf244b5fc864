/**
 * Keys from the begin of their making to their certificate, and the execution ids of all sessions.
 *
 * @module
 */
import type { KeyBirth } from '@quorate/authority';
import type { KeyCertificate, KeyCertificateBody, SignerSignature } from '@quorate/wire';
import { appendAudit, type AuditEntry } from './audit.ts';
import type { Database } from './database.ts';
import { StoreRefusal } from './refuse.ts';
import { type Mark, spendOnSession } from './spent.ts';

interface KeyRow {
  readonly key_id: string;
  readonly challenge: string;
  readonly execution_id: string;
  readonly sealed_share: Uint8Array | null;
  readonly body: string | null;
  readonly birth: string | null;
  readonly signature: string | null;
  readonly certificate: string | null;
}

/** `begun` has no share, `pending` no certificate. */
export type StoredKey =
  | { readonly state: 'begun'; readonly challenge: string }
  | {
      readonly state: 'pending';
      readonly challenge: string;
      readonly sealedShare: Uint8Array;
      readonly body: KeyCertificateBody;
      /** `null` in keys from before requests could say anything. */
      readonly birth: KeyBirth | null;
      readonly signature: SignerSignature;
    }
  | {
      readonly state: 'usable';
      readonly challenge: string;
      readonly sealedShare: Uint8Array;
      readonly body: KeyCertificateBody;
      /** `null` in keys from before requests could say anything. */
      readonly birth: KeyBirth | null;
      readonly signature: SignerSignature;
      readonly certificate: KeyCertificate;
    };

export function keyOf(db: Database, { keyId }: { readonly keyId: string }): StoredKey | null {
  const row = db.get<KeyRow>('SELECT * FROM keys WHERE key_id = ?', keyId);
  if (row === undefined) return null;
  const { challenge, sealed_share: sealedShare } = row;
  if (sealedShare === null || row.body === null || row.signature === null) return { state: 'begun', challenge };
  const share = {
    challenge,
    sealedShare,
    body: JSON.parse(row.body) as KeyCertificateBody,
    birth: row.birth === null ? null : (JSON.parse(row.birth) as KeyBirth),
    signature: JSON.parse(row.signature) as SignerSignature,
  };
  if (row.certificate === null) return { state: 'pending', ...share };
  return { state: 'usable', ...share, certificate: JSON.parse(row.certificate) as KeyCertificate };
}

/** An execution id starts one session, ever. @throws {StoreRefusal} `evidence/spent` */
export function useExecution(db: Database, executionId: string): void {
  if (db.run('INSERT OR IGNORE INTO executions (execution_id) VALUES (?)', executionId) === 0)
    throw new StoreRefusal('evidence/spent', { reason: 'execution id' });
}

/** @throws {StoreRefusal} `evidence/spent`, `action/expired`, `key/failed` for a key id that has begun before */
export function beginKeygen(
  db: Database,
  { mark, keyId, executionId, audit }: { readonly mark: Mark; readonly keyId: string; readonly executionId: string; readonly audit: AuditEntry },
): void {
  spendOnSession(db, mark);
  useExecution(db, executionId);
  const inserted = db.run('INSERT OR IGNORE INTO keys (key_id, challenge, execution_id) VALUES (?, ?, ?)', keyId, mark.challenge, executionId);
  if (inserted === 0) throw new StoreRefusal('key/failed', { keyId });
  appendAudit(db, audit);
}

export function storeShare(
  db: Database,
  given: {
    readonly keyId: string;
    readonly executionId: string;
    readonly sealedShare: Uint8Array;
    readonly body: KeyCertificateBody;
    readonly birth: KeyBirth;
    readonly signature: SignerSignature;
    readonly audit: AuditEntry;
  },
): void {
  const changed = db.run(
    'UPDATE keys SET sealed_share = ?, body = ?, birth = ?, signature = ? WHERE key_id = ? AND execution_id = ? AND sealed_share IS NULL',
    given.sealedShare,
    JSON.stringify(given.body),
    JSON.stringify(given.birth),
    JSON.stringify(given.signature),
    given.keyId,
    given.executionId,
  );
  if (changed !== 1) throw new Error('a share belongs to the one execution that its key has begun');
  appendAudit(db, given.audit);
}

/** Makes a pending share usable. The first certificate stays. */
export function storeCertificate(
  db: Database,
  { keyId, certificate, audit }: { readonly keyId: string; readonly certificate: KeyCertificate; readonly audit: AuditEntry },
): void {
  const changed = db.run(
    'UPDATE keys SET certificate = ? WHERE key_id = ? AND certificate IS NULL AND sealed_share IS NOT NULL',
    JSON.stringify(certificate),
    keyId,
  );
  if (changed === 1) appendAudit(db, audit);
}

/** @throws {StoreRefusal} `key/retired`, `evidence/spent`, `action/expired` */
export function beginSign(
  db: Database,
  { mark, keyId, executionId, audit }: { readonly mark: Mark; readonly keyId: string; readonly executionId: string; readonly audit: AuditEntry },
): void {
  if (db.get('SELECT key_id FROM tombstones WHERE key_id = ?', keyId) !== undefined) throw new StoreRefusal('key/retired', { keyId });
  spendOnSession(db, mark);
  useExecution(db, executionId);
  appendAudit(db, audit);
}
