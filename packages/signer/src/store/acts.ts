/**
 * Acts and acknowledgements.
 *
 * @module
 */
import type { ActRecord, Evidence, Signed } from '@quorate/wire';
import { appendAudit, type AuditEntry } from './audit.ts';
import { type Counted, count, raise } from './counters.ts';
import type { Database } from './database.ts';
import { StoreRefusal } from './refuse.ts';

interface AckRow {
  readonly number: number;
  readonly head: string;
  readonly challenge: string;
  readonly evidence: string;
  readonly ack: string;
}

/** This signer's acknowledgement of a number, with the act it is for. */
export interface OwnAck {
  readonly head: string;
  readonly evidence: Evidence;
  readonly ack: Signed<'ack'>;
}

const read = (row: AckRow): OwnAck => ({ head: row.head, evidence: JSON.parse(row.evidence) as Evidence, ack: JSON.parse(row.ack) as Signed<'ack'> });

export function ackOf(db: Database, { number }: { readonly number: number }): OwnAck | null {
  const row = db.get<AckRow>('SELECT * FROM acks WHERE number = ?', number);
  return row === undefined ? null : read(row);
}

/**
 * The first acknowledgement of a number stays; the same act again gets it again.
 * @throws {StoreRefusal} `authority/conflict` for another act, `evidence/spent` for an act acknowledged under another number
 */
export function acknowledge(
  db: Database,
  given: {
    readonly number: number;
    readonly head: string;
    readonly challenge: string;
    readonly evidence: Evidence;
    readonly ack: Signed<'ack'>;
    readonly counted?: Counted | null;
    readonly audit: AuditEntry;
  },
): Signed<'ack'> {
  const known = ackOf(db, given);
  if (known !== null) {
    if (known.head !== given.head) throw new StoreRefusal('authority/conflict', { number: given.number });
    return known.ack;
  }
  if (db.get('SELECT number FROM acks WHERE challenge = ?', given.challenge) !== undefined) throw new StoreRefusal('evidence/spent');
  db.run(
    'INSERT INTO acks (number, head, challenge, evidence, ack) VALUES (?, ?, ?, ?, ?)',
    given.number,
    given.head,
    given.challenge,
    JSON.stringify(given.evidence),
    JSON.stringify(given.ack),
  );
  if (given.counted) count(db, given.counted, given.challenge, given.audit.time);
  appendAudit(db, given.audit);
  return given.ack;
}

export interface CertifiedAct extends ActRecord {
  readonly head: string;
  readonly counted?: Counted | null;
}

/** Appends certified acts; they must follow the last one without a gap. */
export function certify(db: Database, { acts, audit }: { readonly acts: readonly CertifiedAct[]; readonly audit: AuditEntry }): void {
  let last = db.get<{ number: number | null }>('SELECT max(number) AS number FROM acts')?.number ?? 0;
  for (const act of acts) {
    if (act.number !== last + 1) throw new Error('an act must follow the one before');
    insert(db, act);
    last = act.number;
  }
  appendAudit(db, audit);
}

function insert(db: Database, { number, head, evidence, acks, counted }: CertifiedAct): void {
  db.run('INSERT INTO acts (number, head, evidence, acks) VALUES (?, ?, ?, ?)', number, head, JSON.stringify(evidence), JSON.stringify(acks));
  // Out of the order in which they were signed, for a signer that was away.
  if (counted) raise(db, counted);
}

/** The first of all acts here, where the store began with a snapshot. */
export const begin = insert;

/** Up to which number all acts are here, from the first one on. */
export const tipOf = (db: Database, _: Record<never, never>): number =>
  db.get<{ number: number | null }>(
    'SELECT min(number) AS number FROM acts WHERE number + 1 NOT IN (SELECT number FROM acts) AND EXISTS (SELECT 1 FROM acts WHERE number = 1)',
  )?.number ?? 0;

/** Acts before the snapshot that the store began with. */
export function fill(db: Database, { acts }: { readonly acts: readonly CertifiedAct[] }): void {
  for (const act of acts) insert(db, act);
}

/** Takes out acts that nothing leads to any more: they are fetched again. */
export function cut(db: Database, { after }: { readonly after: number }): void {
  db.run('DELETE FROM acts WHERE number > ?', after);
}

/** Certified acts after a number, in order: at most `limit`, and no more than fit `maxChars` of JSON, but at least one. */
export function actsAfter(
  db: Database,
  { after, limit, maxChars }: { readonly after: number; readonly limit: number; readonly maxChars: number },
): ActRecord[] {
  const acts: ActRecord[] = [];
  let chars = 0;
  const rows = db.all<{ number: number; evidence: string; acks: string }>(
    'SELECT number, evidence, acks FROM acts WHERE number > ? ORDER BY number LIMIT ?',
    after,
    limit,
  );
  for (const { number, evidence, acks } of rows) {
    chars += evidence.length + acks.length;
    if (acts.length > 0 && chars > maxChars) break;
    acts.push({ number, evidence: JSON.parse(evidence) as Evidence, acks: JSON.parse(acks) as Signed<'ack'>[] });
  }
  return acts;
}
