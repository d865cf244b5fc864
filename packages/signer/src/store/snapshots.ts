/**
 * Snapshots of the organisation's state, piece by piece.
 *
 * @module
 */
import type { Signed } from '@quorate/wire';
import { begin, type CertifiedAct } from './acts.ts';
import { appendAudit, type AuditEntry } from './audit.ts';
import type { Database } from './database.ts';

/** How many are kept: of two signers one after the other, one is the same at both. */
const KEPT = 2;

type Statement = Signed<'snapshot'>;

/** What this signer says of its snapshots, the latest first; as it stands on disk. */
export const snapshotsOf = (db: Database): { readonly number: number; readonly statement: string }[] =>
  db.all('SELECT number, statement FROM snapshots ORDER BY number DESC');

export const pieceOf = (db: Database, { number, piece }: { readonly number: number; readonly piece: number }): Uint8Array | null =>
  db.get<{ bytes: Uint8Array }>('SELECT bytes FROM snapshot_pieces WHERE number = ? AND piece = ?', number, piece)?.bytes ?? null;

/** A piece of a snapshot in the making. The first one clears away what an unfinished one of that number has left. */
export function keepPiece(db: Database, { number, piece, bytes }: { readonly number: number; readonly piece: number; readonly bytes: Uint8Array }): void {
  if (piece === 0) {
    db.run('DELETE FROM snapshots WHERE number = ?', number);
    db.run('DELETE FROM snapshot_pieces WHERE number = ?', number);
  }
  db.run('INSERT INTO snapshot_pieces (number, piece, bytes) VALUES (?, ?, ?)', number, piece, bytes);
}

/** Makes the pieces count, and lets go of older snapshots, of those that do not hold, and of what never was one. */
export function keepSnapshot(db: Database, { statement, spoilt = [] }: { readonly statement: Statement; readonly spoilt?: readonly number[] }): void {
  for (const number of spoilt) db.run('DELETE FROM snapshots WHERE number = ?', number);
  db.run('INSERT INTO snapshots (number, statement) VALUES (?, ?)', statement.body.number, JSON.stringify(statement));
  db.run('DELETE FROM snapshots WHERE number NOT IN (SELECT number FROM snapshots ORDER BY number DESC LIMIT ?)', KEPT);
  db.run('DELETE FROM snapshot_pieces WHERE number NOT IN (SELECT number FROM snapshots)');
}

/** The store begins with this snapshot, and the act that it ends in. */
export function adopt(
  db: Database,
  { statement, act, audit }: { readonly statement: Statement; readonly act: CertifiedAct; readonly audit: AuditEntry },
): void {
  if (db.get('SELECT number FROM acts LIMIT 1') !== undefined) throw new Error('there are acts already');
  keepSnapshot(db, { statement });
  begin(db, act);
  appendAudit(db, audit);
}
