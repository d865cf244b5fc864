/**
 * How an act reaches all signers: each is offered what it lacks, hands over its acknowledgement, and is told the
 * certificate. How far each has come is durable, so that those who hold everything are left in peace.
 *
 * @module
 */
import { type Roster, verifyAcks } from '@quorate/authority';
import { challengeOf, type Head, Refusal, type SignerId } from '@quorate/wire';
import type { Acts } from './acts.ts';
import type { Db } from './db.ts';
import type { Log } from './log.ts';
import type { Outbox } from './outbox.ts';
import type { SignerHealth, Signers } from './signers.ts';

const DEADLINE_MS = 5_000;
const PAGE = 100;

export interface Deliveries {
  /** Up to which act each signer has been brought. */
  progress(): Promise<ReadonlyMap<SignerId, number>>;
  /** Brings all signers up to the last certified act. @throws {Refusal} `signers/unavailable` naming those that are not there yet */
  deliver(number: number): Promise<void>;
  /** These signers said that they hold the act of this number: those that held the one before hold all. */
  told(ids: readonly SignerId[], number: number): Promise<void>;
  /** Begins anew with signers that know less than they did. */
  look(health: readonly SignerHealth[]): Promise<void>;
  /** What earlier runs of the server have left undone is announced again. */
  resume(): Promise<void>;
}

interface Options {
  readonly db: Db;
  readonly acts: Acts;
  readonly outbox: Outbox;
  readonly roster: () => Roster;
  readonly signers: Signers;
  readonly now: () => number;
  readonly log: Log;
  /** The last certified act, and the hash of each. */
  readonly head: () => Promise<Head>;
  readonly hashAt: (number: number) => string | undefined;
}

export function createDeliveries({ db, acts, outbox, roster, signers, now, log, head, hashAt }: Options): Deliveries {
  async function progress(): Promise<ReadonlyMap<SignerId, number>> {
    const rows = await db.selectFrom('deliveries').selectAll().execute();
    const known = new Map(rows.map(({ signer_id: id, number }) => [id, number]));
    return new Map(signers.ids.map((id) => [id, known.get(id) ?? 0]));
  }
  const set = (id: SignerId, number: number): Promise<unknown> =>
    db
      .insertInto('deliveries')
      .values({ signer_id: id, number })
      .onConflict((conflict) => conflict.column('signer_id').doUpdateSet({ number }))
      .execute();

  /** Offers an act whose acknowledgement of this signer is missing. `false` where it does not answer. */
  async function offer(id: SignerId, record: Awaited<ReturnType<Acts['certifiedAfter']>>[number]): Promise<boolean> {
    if (record.acks.some(({ signerId }) => signerId === id)) return true;
    const [answer] = await Promise.all(signers.ask('act', [id], record, { deadline: now() + DEADLINE_MS }));
    const ack = answer?.reply?.ack;
    const { number } = record;
    if (ack?.signerId === id && (await verifyAcks(roster(), { number, hash: hashAt(number) ?? '' }, [ack])).length === 1)
      await acts.keep(number, challengeOf(record.evidence.statement), [ack], true);
    // One that refuses has acknowledged another act, or lost its memory: it follows the certificate.
    return answer !== undefined && !answer.silent;
  }

  async function bring(id: SignerId, from: number): Promise<boolean> {
    for (let after = from; ; ) {
      const records = await acts.certifiedAfter(after, PAGE);
      const last = records.at(-1);
      if (last === undefined) return true;
      for (const record of records) if (!(await offer(id, record))) return false;
      const [answer] = await Promise.all(signers.ask('certify', [id], { number: last.number, acks: last.acks }, { deadline: now() + DEADLINE_MS }));
      if ((answer?.reply?.head.number ?? 0) < last.number) return false;
      await set(id, last.number);
      after = last.number;
    }
  }

  return {
    progress,
    async deliver(number) {
      const last = (await head()).number;
      // The later act was announced with its own certificate, and brings this one along.
      if (number < last) return;
      const behind = [...(await progress())].filter(([, done]) => done < last);
      if (behind.length === 0) return;
      const there = new Set((await signers.look()).filter(({ state }) => state === 'ready' || state === 'starting').map(({ signerId }) => signerId));
      const brought = await Promise.all(behind.map(async ([id, done]) => there.has(id) && (await bring(id, done))));
      const missing = behind.flatMap(([id], i) => (brought[i] === true ? [] : [id]));
      if (missing.length > 0) throw new Refusal('signers/unavailable', { missing });
      log.info({ event: 'act-delivered', number: last }, 'all signers hold the last act');
    },
    async told(ids, number) {
      if (number === 1)
        for (const id of ids)
          await db
            .insertInto('deliveries')
            .values({ signer_id: id, number: 0 })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
      if (ids.length > 0)
        await db
          .updateTable('deliveries')
          .set({ number })
          .where('signer_id', 'in', [...ids])
          .where('number', '=', number - 1)
          .execute();
    },
    async look(health) {
      const done = await progress();
      const below = ({ signerId, head: at, state }: SignerHealth): boolean => state !== 'fixtures' && at !== null && at.number < (done.get(signerId) ?? 0);
      if (!health.some(below)) return;
      // They may have been asked before an act that they hold by now.
      const fallen = (await signers.look()).filter(below);
      if (fallen.length === 0) return;
      // Asked before: an embedded database has one connection, and the transaction holds it.
      const { number: last } = await head();
      await db.transaction().execute(async (tx) => {
        for (const { signerId, head: at } of fallen)
          await tx
            .updateTable('deliveries')
            .set({ number: at?.number ?? 0 })
            .where('signer_id', '=', signerId)
            .execute();
        await outbox.announce(tx, last);
      });
    },
    async resume() {
      const { number } = await head();
      if ([...(await progress()).values()].some((done) => done < number)) await outbox.announce(db, number);
    },
  };
}
