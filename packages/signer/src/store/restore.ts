/**
 * What a store says of itself after it was put back to an earlier state: from when on evidence counts again, and which
 * acts it may have acknowledged without knowing. And refusals, which have no other effect than to be recorded.
 *
 * @module
 */
import type { AuditHead } from '../audit/rows.ts';
import { type AuditEntry, appendAudit, appendRestored } from './audit.ts';
import type { Database } from './database.ts';

export interface Floors {
  /** Evidence issued before this counts for nothing here; milliseconds, 0 where the store was never rolled back. */
  readonly evidence: number;
  /** Acts up to this number are acknowledged only where a quorum has done so. */
  readonly act: number;
  /** What was missed since then has not all been told yet. */
  readonly restoring: boolean;
}

const EVIDENCE = 'evidence floor';
const ACT = 'act floor';
const RESTORING = 'restoring';

const settingOf = (db: Database, name: string): number => Number(db.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', name)?.value ?? 0);

const set = (db: Database, name: string, value: number): void =>
  void db.run('INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value', name, String(value));

/** Floors only rise. */
const raise = (db: Database, name: string, value: number): void => set(db, name, Math.max(value, settingOf(db, name)));

export const floorsOf = (db: Database): Floors => ({ evidence: settingOf(db, EVIDENCE), act: settingOf(db, ACT), restoring: settingOf(db, RESTORING) === 1 });

/** A later audit head of this signer is known elsewhere, or acts are gone: `lost` where the trail goes on above it. */
export function rolledBack(
  db: Database,
  given: { readonly time: number; readonly floors: Floors; readonly lost: AuditHead | null; readonly audit: AuditEntry },
): Floors {
  raise(db, EVIDENCE, given.floors.evidence);
  raise(db, ACT, given.floors.act);
  set(db, RESTORING, given.floors.restoring ? 1 : 0);
  if (given.lost !== null) appendRestored(db, { time: given.time, lost: given.lost });
  appendAudit(db, given.audit);
  return floorsOf(db);
}

/** An operator has decided that this signer acknowledges again what it left to others. Returns up to which act that was. */
export function clearActFloor(db: Database, { time }: { readonly time: number }): { readonly act: number }[] {
  const { act } = floorsOf(db);
  if (act === 0) return [];
  set(db, ACT, 0);
  appendAudit(db, { time, event: 'acts acknowledged again', detail: { act } });
  return [{ act }];
}

/** The number of the last act that the audit trail says was certified here. */
export const certifiedInTrail = (db: Database): number =>
  db
    .all<{ detail: string }>("SELECT detail FROM audit WHERE event = 'acts certified' ORDER BY number DESC LIMIT 1")
    .map(({ detail }) => Number((JSON.parse(detail) as { head?: unknown }).head))
    .find(Number.isSafeInteger) ?? 0;

export function recordRefusal(db: Database, { audit }: { readonly audit: AuditEntry }): void {
  appendAudit(db, audit);
}
