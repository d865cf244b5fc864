/**
 * Sessions that failed after this signer had spoken in them: how many by each culprit that was proven, and how many with
 * each set of signers where nobody was. Counted durably, so that a restart is no way to begin anew.
 *
 * @module
 */
import { type AuditEntry, appendAudit } from './audit.ts';
import type { Database } from './database.ts';

/** `spoilt`: by this signer, proven. `broken`: with these signers, their ids in the order of the roster. */
export interface Fault {
  readonly kind: 'spoilt' | 'broken';
  readonly name: string;
  readonly count: number;
  /** Of the last one, milliseconds. */
  readonly time: number;
}

/** What is broken off once now and then is no attack: one of a set is forgotten for each of these, milliseconds. */
export const FORGIVEN_MS = 86_400_000;

export const faultsOf = (db: Database): Fault[] => db.all<Fault>('SELECT kind, name, count, time FROM faults ORDER BY kind, name');

/** How many count at this time. What was proven stays until an operator decides. */
export const countAt = ({ kind, count, time }: Fault, now: number): number =>
  kind === 'spoilt' ? count : Math.max(0, count - Math.max(0, Math.floor((now - time) / FORGIVEN_MS)));

/** Counts one for each name; what comes of it. */
export function countFaults(
  db: Database,
  { kind, names, time, audit }: { readonly kind: Fault['kind']; readonly names: readonly string[]; readonly time: number; readonly audit: AuditEntry },
): Fault[] {
  for (const name of names) {
    const known = db.get<Fault>('SELECT kind, name, count, time FROM faults WHERE kind = ? AND name = ?', kind, name);
    const count = 1 + (known === undefined ? 0 : countAt(known, time));
    db.run(
      'INSERT INTO faults (kind, name, count, time) VALUES (?, ?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET count = excluded.count, time = excluded.time',
      kind,
      name,
      count,
      time,
    );
  }
  appendAudit(db, audit);
  return faultsOf(db);
}

/** An operator has looked: everything is counted anew. */
export function clearFaults(db: Database, { time }: { readonly time: number }): Fault[] {
  const cleared = faultsOf(db);
  db.run('DELETE FROM faults');
  if (cleared.length > 0) appendAudit(db, { time, event: 'failed sessions cleared', detail: { counted: cleared.reduce((sum, { count }) => sum + count, 0) } });
  return cleared;
}
