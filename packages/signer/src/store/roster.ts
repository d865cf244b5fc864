/**
 * What belongs to the roster as a whole: the genesis this store serves, and the aux info.
 *
 * @module
 */
import type { Signed } from '@quorate/wire';
import { appendAudit, type AuditEntry, firstBroken } from './audit.ts';
import type { Database } from './database.ts';
import { headsOf } from './heads.ts';
import { useExecution } from './keys.ts';
import { StoreRefusal } from './refuse.ts';
import { certifiedInTrail, type Floors, floorsOf } from './restore.ts';

/** Ties the store to one genesis, for good. @throws {StoreRefusal} `authority/foreign` */
export function bind(db: Database, { genesisHash }: { readonly genesisHash: string }): void {
  db.run("INSERT OR IGNORE INTO settings (name, value) VALUES ('genesis hash', ?)", genesisHash);
  const bound = db.get<{ value: string }>("SELECT value FROM settings WHERE name = 'genesis hash'")?.value;
  if (bound !== genesisHash) throw new StoreRefusal('authority/foreign', { reason: 'the store belongs to another genesis' });
}

export interface Loaded {
  /** Every retired key with the time of its tombstone. */
  readonly retired: readonly { readonly keyId: string; readonly time: number }[];
  /** Where the audit trail breaks, if it does. */
  readonly auditBrokenAt: number | null;
  /** The latest known signed audit head of each signer. */
  readonly heads: readonly Signed<'auditHead'>[];
  readonly floors: Floors;
  /** The number of the last act that the audit trail says was certified here, whether or not the act is there. */
  readonly certified: number;
}

export const load = (db: Database): Loaded => ({
  retired: db.all<{ keyId: string; time: number }>('SELECT key_id AS keyId, time FROM tombstones'),
  auditBrokenAt: firstBroken(db),
  heads: headsOf(db),
  floors: floorsOf(db),
  certified: certifiedInTrail(db),
});

export interface StoredAux {
  readonly executionId: string;
  readonly sealed: Uint8Array;
  /** All signers have said that they hold aux info of this run. */
  readonly usable: boolean;
}

export function auxOf(db: Database, { epoch }: { readonly epoch: number }): StoredAux | null {
  const row = db.get<{ execution_id: string; sealed: Uint8Array; usable: number }>('SELECT execution_id, sealed, usable FROM aux WHERE epoch = ?', epoch);
  return row === undefined ? null : { executionId: row.execution_id, sealed: row.sealed, usable: row.usable === 1 };
}

export function beginAux(db: Database, { executionId }: { readonly executionId: string }): void {
  useExecution(db, executionId);
}

/** Takes the place of an earlier run's that never became usable. */
export function storeAux(
  db: Database,
  given: { readonly epoch: number; readonly executionId: string; readonly sealed: Uint8Array; readonly audit: AuditEntry },
): void {
  db.run('DELETE FROM aux WHERE epoch = ? AND usable = 0', given.epoch);
  db.run('INSERT INTO aux (epoch, execution_id, sealed, usable) VALUES (?, ?, ?, 0)', given.epoch, given.executionId, given.sealed);
  appendAudit(db, given.audit);
}

export function useAux(db: Database, { epoch, executionId }: { readonly epoch: number; readonly executionId: string }): void {
  const changed = db.run('UPDATE aux SET usable = 1 WHERE epoch = ? AND execution_id = ?', epoch, executionId);
  if (changed !== 1) throw new Error('only stored aux info becomes usable');
}
