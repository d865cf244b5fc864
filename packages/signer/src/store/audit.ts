/**
 * The audit trail: rows chained by hash, written in the transaction of what they record, so that neither exists
 * without the other.
 *
 * @module
 */
import { type AuditHead, type AuditRow, type Broken, checkLink, EMPTY_HEAD, hashOfRow, RESTORED } from '../audit/rows.ts';
import type { Database } from './database.ts';

export interface AuditEntry {
  /** Milliseconds. */
  readonly time: number;
  readonly event: string;
  /** Ids and numbers. Never secrets. */
  readonly detail: Readonly<Record<string, string | number>>;
}

/** Rows in memory at a time: a trail grows for as long as its signer lives. */
const PAGE = 1_000;

/** Where the trail ends. */
export const headOf = (db: Database): AuditHead => db.get<AuditHead>('SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1') ?? EMPTY_HEAD;

/** The hash of the row of this number, or `null` where there is none. */
export const auditHashAt = (db: Database, { number }: { readonly number: number }): string | null =>
  number === 0 ? EMPTY_HEAD.hash : (db.get<{ hash: string }>('SELECT hash FROM audit WHERE number = ?', number)?.hash ?? null);

/** Appends a row and returns the new audit head's hash, lower-case hex. */
export function appendAudit(db: Database, entry: AuditEntry): string {
  return append(db, headOf(db), 0, entry);
}

/** Goes on above the numbers that were used before the store was rolled back, so that no number ever has two entries. */
export function appendRestored(db: Database, { time, lost }: { readonly time: number; readonly lost: AuditHead }): string {
  return append(db, headOf(db), lost.number, { time, event: RESTORED, detail: { lostNumber: lost.number, lostHash: lost.hash } });
}

function append(db: Database, last: AuditHead, above: number, entry: AuditEntry): string {
  const row = { number: Math.max(last.number, above) + 1, time: entry.time, event: entry.event, detail: JSON.stringify(entry.detail) };
  const hash = hashOfRow(last.hash, row);
  db.run('INSERT INTO audit (number, time, event, detail, hash) VALUES (?, ?, ?, ?, ?)', row.number, row.time, row.event, row.detail, hash);
  return hash;
}

/** The first number whose row does not follow from the one before, or `null` where the whole trail holds. */
export function firstBroken(db: Database): number | null {
  let last = EMPTY_HEAD;
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = db.all<AuditRow>('SELECT number, time, event, detail, hash FROM audit WHERE number > ? ORDER BY number LIMIT ?', after, PAGE);
    for (const row of rows) {
      const broken: Broken | null = checkLink(last, row);
      if (broken !== null && broken !== 'rolled back') return last.number + 1;
      last = row;
    }
    if (rows.length < PAGE) return null;
    after = last.number;
  }
}
