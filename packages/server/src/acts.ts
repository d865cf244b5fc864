/**
 * The acts table: the organisation's chain as the server keeps it, and the one act that may be under way.
 *
 * @module
 */
import { ActRecord, type Challenge, challengeOf, type Evidence, type Signed } from '@quorate/wire';
import { type Db, isDuplicate } from './db.ts';
import type { ActRow } from './schema.ts';

export interface Acts {
  /** Certified acts after this number, in order, at most `limit`. */
  certifiedAfter(number: number, limit: number): Promise<readonly ActRecord[]>;
  pending(): Promise<ActRecord | null>;
  /** Takes the number for this act; `false` when another act has it. */
  propose(record: ActRecord, challenge: Challenge): Promise<boolean>;
  /** Keeps acknowledgements; with a certificate the act counts from here on. `false` when another server has dropped the act. */
  keep(number: number, challenge: Challenge, acks: readonly Signed<'ack'>[], certified: boolean): Promise<boolean>;
  /** Takes certified acts that this database does not have. One that was under way for such a number has lost it. */
  adopt(records: readonly ActRecord[]): Promise<void>;
  /** Forgets an act that nobody acknowledged. */
  drop(number: number, challenge: Challenge): Promise<void>;
}

const recordIn = ({ number, evidence, acks }: ActRow): ActRecord => ActRecord.parse({ number, evidence: JSON.parse(evidence), acks: JSON.parse(acks) });

/** Certified acts after this number, in order, at most `limit`. */
export async function certifiedAfter(db: Db, number: number, limit: number): Promise<readonly ActRecord[]> {
  const rows = await db.selectFrom('acts').selectAll().where('number', '>', number).where('certified', '=', true).orderBy('number').limit(limit).execute();
  return rows.map(recordIn);
}

/** `announce` belongs to the transaction in which an act gets its certificate. */
export function createActs(db: Db, announce: (tx: Db, number: number) => Promise<void>): Acts {
  return {
    certifiedAfter: (number, limit) => certifiedAfter(db, number, limit),
    async pending() {
      const row = await db.selectFrom('acts').selectAll().where('certified', '=', false).orderBy('number').executeTakeFirst();
      return row === undefined ? null : recordIn(row);
    },
    async propose({ number, evidence, acks }, challenge) {
      try {
        await db
          .insertInto('acts')
          .values({ number, challenge, evidence: textOf(evidence), acks: JSON.stringify(acks), certified: false })
          .execute();
        return true;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },
    async keep(number, challenge, acks, certified) {
      return db.transaction().execute(async (tx) => {
        const row = await tx.selectFrom('acts').selectAll().where('number', '=', number).where('challenge', '=', challenge).forUpdate().executeTakeFirst();
        if (row === undefined) return false;
        // Another server may have heard from other signers.
        const bySigner = new Map([...recordIn(row).acks, ...acks].map((ack) => [ack.signerId, ack]));
        await tx
          .updateTable('acts')
          .set({ acks: JSON.stringify([...bySigner.values()]), certified: certified || row.certified })
          .where('number', '=', number)
          .execute();
        if (certified && !row.certified) await announce(tx, number);
        return true;
      });
    },
    async adopt(records) {
      await db.transaction().execute(async (tx) => {
        for (const { number, evidence, acks } of records) {
          await tx.deleteFrom('acts').where('number', '=', number).where('certified', '=', false).execute();
          await tx
            .insertInto('acts')
            .values({ number, challenge: challengeOf(evidence.statement), evidence: textOf(evidence), acks: JSON.stringify(acks), certified: true })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
        const last = records.at(-1);
        if (last !== undefined) await announce(tx, last.number);
      });
    },
    async drop(number, challenge) {
      await db
        .deleteFrom('acts')
        .where('number', '=', number)
        .where('challenge', '=', challenge)
        .where('certified', '=', false)
        .where('acks', '=', '[]')
        .execute();
    },
  };
}

const textOf = (evidence: Evidence): string => JSON.stringify(evidence);
