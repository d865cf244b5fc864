/**
 * Signed audit heads: this signer's own and the latest of each peer. They ride in the transaction of whatever is written
 * next, and so cost no flush of their own.
 *
 * @module
 */
import type { Signed } from '@quorate/wire';
import type { Database } from './database.ts';

/** A later head takes the place of an earlier one of the same signer, never the reverse. */
export function keepHeads(db: Database, heads: readonly Signed<'auditHead'>[]): void {
  for (const head of heads) {
    db.run(
      `INSERT INTO audit_heads (signer_id, number, head) VALUES (?, ?, ?)
       ON CONFLICT (signer_id) DO UPDATE SET number = excluded.number, head = excluded.head WHERE excluded.number >= audit_heads.number`,
      head.signerId,
      head.body.number,
      JSON.stringify(head),
    );
  }
}

export const headsOf = (db: Database): Signed<'auditHead'>[] =>
  db.all<{ head: string }>('SELECT head FROM audit_heads ORDER BY signer_id').map(({ head }) => JSON.parse(head) as Signed<'auditHead'>);
