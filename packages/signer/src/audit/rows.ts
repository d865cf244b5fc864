/**
 * Rows of an audit trail and how each follows from the one before. Used by the store's thread and by whoever verifies a
 * trail, so it imports nothing but Node at run time.
 *
 * @module
 */
import { createHash } from 'node:crypto';

/** Number and hash of a trail's last row; number 0 is the empty trail. */
export interface AuditHead {
  readonly number: number;
  /** Lower-case hex. */
  readonly hash: string;
}

export interface AuditRow extends AuditHead {
  /** Milliseconds. */
  readonly time: number;
  readonly event: string;
  /** JSON text, hashed as it is. */
  readonly detail: string;
}

export const EMPTY_HEAD: AuditHead = { number: 0, hash: '0'.repeat(64) };

/** The one event after which numbers may be missing: those of the entries that a rollback took. */
export const RESTORED = 'store rolled back';

/** `rolled back`: rows are missing here, and the trail itself says since when. */
export type Broken = 'changed' | 'missing' | 'out of order' | 'rolled back';

/** What is wrong with `row` as the one after `last`, or `null`. */
export function checkLink(last: AuditHead, row: AuditRow): Broken | null {
  if (row.number <= last.number) return 'out of order';
  const gap = row.number !== last.number + 1;
  if (gap && row.event !== RESTORED) return 'missing';
  if (hashOfRow(last.hash, row) !== row.hash) return 'changed';
  return row.event === RESTORED ? 'rolled back' : null;
}

/** Each field as its length (u32, big-endian) and its bytes, as everywhere in this project. */
export function hashOfRow(previous: string, { number, time, event, detail }: Omit<AuditRow, 'hash'>): string {
  const hash = createHash('sha256').update('quorate/audit/v1');
  for (const field of [previous, String(number), String(time), event, detail]) {
    const length = new Uint8Array(4);
    const bytes = new TextEncoder().encode(field);
    new DataView(length.buffer).setUint32(0, bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest('hex');
}
