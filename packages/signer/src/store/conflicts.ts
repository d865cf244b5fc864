/**
 * What contradicts what: acts, chains, audit heads and acknowledgements that cannot both be, with both pieces kept.
 *
 * @module
 */
import type { Signed } from '@quorate/wire';
import { type AuditEntry, appendAudit } from './audit.ts';
import type { Database } from './database.ts';

/** `double-acknowledgement` and `forked-audit` are proofs against their signer; the others show who said what. */
export type ConflictKind = 'double-acknowledgement' | 'forked-audit' | 'two-acts' | 'changed-act' | 'gap' | 'truncated-chain' | 'foreign-chain';

export interface Conflict {
  /** SHA-256 of kind, number, party and both pieces, hex. */
  readonly digest: string;
  readonly time: number;
  readonly kind: ConflictKind;
  /** Of the act, or of the audit entry. */
  readonly number: number;
  /** Whom it was heard of; of a proof, its signer. */
  readonly party: string;
  /** JSON text: what this signer held. */
  readonly first: string;
  /** JSON text: what came. */
  readonly second: string;
  /** When an operator decided, milliseconds. */
  readonly cleared: number | null;
}

/** Kept of those that stop nothing; the first ones, for what comes later is mostly repetition. */
export const MAX_CONFLICTS = 64;
/** Acknowledgements outside certificates that are kept for comparison. */
export const MAX_SEEN_ACKS = 1024;

export const conflictsOf = (db: Database): Conflict[] => db.all<Conflict>('SELECT * FROM conflicts ORDER BY time, digest');

/** Double acknowledgements that no operator has decided on. */
export const stoppedBy = (db: Database): Conflict[] =>
  db.all<Conflict>("SELECT * FROM conflicts WHERE kind = 'double-acknowledgement' AND cleared IS NULL ORDER BY time");

/** Keeps it once; whether it is new. */
export function keepConflict(db: Database, given: { readonly conflict: Omit<Conflict, 'cleared'>; readonly audit: AuditEntry }): boolean {
  const { digest, time, kind, number, party, first, second } = given.conflict;
  if (db.get('SELECT digest FROM conflicts WHERE digest = ?', digest) !== undefined) return false;
  if (kind === 'double-acknowledgement') {
    // One proof for a signer and number says everything.
    if (db.get('SELECT digest FROM conflicts WHERE kind = ? AND number = ? AND party = ?', kind, number, party) !== undefined) return false;
  } else {
    const kept = db.get<{ count: number }>("SELECT count(*) AS count FROM conflicts WHERE kind <> 'double-acknowledgement'")?.count ?? 0;
    if (kept >= MAX_CONFLICTS) return false;
  }
  db.run(
    'INSERT INTO conflicts (digest, time, kind, number, party, first, second) VALUES (?, ?, ?, ?, ?, ?, ?)',
    digest,
    time,
    kind,
    number,
    party,
    first,
    second,
  );
  appendAudit(db, given.audit);
  return true;
}

/** An operator has looked: these no longer stop the signer. */
export function clearDoubleAcknowledgements(db: Database, { time }: { readonly time: number }): Conflict[] {
  const cleared = stoppedBy(db);
  db.run("UPDATE conflicts SET cleared = ? WHERE kind = 'double-acknowledgement' AND cleared IS NULL", time);
  for (const { number, party, digest } of cleared)
    appendAudit(db, { time, event: 'double acknowledgement cleared', detail: { number, signerId: party, digest } });
  return cleared;
}

/** The first acknowledgement of a signer for a number stays. */
export function keepAcks(db: Database, { acks }: { readonly acks: readonly Signed<'ack'>[] }): void {
  for (const ack of acks)
    db.run('INSERT OR IGNORE INTO seen_acks (number, signer_id, ack) VALUES (?, ?, ?)', ack.body.number, ack.signerId, JSON.stringify(ack));
  db.run(
    'DELETE FROM seen_acks WHERE (number, signer_id) IN (SELECT number, signer_id FROM seen_acks ORDER BY number DESC, signer_id LIMIT -1 OFFSET ?)',
    MAX_SEEN_ACKS,
  );
}

export const witnessed = (db: Database): { readonly acks: readonly Signed<'ack'>[]; readonly stopped: readonly Conflict[] } => ({
  acks: db.all<{ ack: string }>('SELECT ack FROM seen_acks').map(({ ack }) => JSON.parse(ack) as Signed<'ack'>),
  stopped: stoppedBy(db),
});
