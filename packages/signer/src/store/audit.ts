/**
 * The audit trail: rows chained by hash, written in the transaction of what they record, so that neither exists
 * without the other.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Database } from './database.ts';

export interface AuditEntry {
  /** Milliseconds. */
  readonly time: number;
  readonly event: string;
  /** Ids and numbers. Never secrets. */
  readonly detail: Readonly<Record<string, string | number>>;
}

const GENESIS = '0'.repeat(64);

/** Appends a row and returns the new audit head, lower-case hex. */
export function appendAudit(db: Database, entry: AuditEntry): string {
  const last = db.get<{ number: number; hash: string }>('SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1') ?? { number: 0, hash: GENESIS };
  const number = last.number + 1;
  const detail = JSON.stringify(entry.detail);
  const hash = hashOf(last.hash, number, { ...entry, detail });
  db.run('INSERT INTO audit (number, time, event, detail, hash) VALUES (?, ?, ?, ?, ?)', number, entry.time, entry.event, detail, hash);
  return hash;
}

/** The first number whose row does not follow from the one before, or `null` where the whole trail holds. */
export function firstBroken(db: Database): number | null {
  let previous = GENESIS;
  let expected = 1;
  for (const row of db.all<{ number: number; time: number; event: string; detail: string; hash: string }>('SELECT * FROM audit ORDER BY number')) {
    if (row.number !== expected || hashOf(previous, row.number, row) !== row.hash) return expected;
    previous = row.hash;
    expected++;
  }
  return null;
}

/** Each field as its length (u32, big-endian) and its bytes, as everywhere in this project. */
function hashOf(previous: string, number: number, row: { readonly time: number; readonly event: string; readonly detail: string }): string {
  const hash = createHash('sha256').update('quorate/audit/v1');
  for (const field of [previous, String(number), String(row.time), row.event, row.detail]) {
    const length = new Uint8Array(4);
    const bytes = new TextEncoder().encode(field);
    new DataView(length.buffer).setUint32(0, bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest('hex');
}
