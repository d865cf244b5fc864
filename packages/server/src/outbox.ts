/**
 * The outbox: work that outlives an answer, as durable jobs in the server's own database. A job is announced in the
 * transaction of what makes it necessary, repeated until it succeeds, and taken by one of several servers.
 *
 * @module
 */
import { fromKysely, PgBoss } from 'pg-boss';
import type { Db, JobsOptions } from './db.ts';
import { describe, type Log } from './log.ts';

const QUEUE = 'acts';
const SCHEMA = 'quorate_jobs';
const POLL_S = 2;
/** Taken together: the last act of them is the one to deliver. */
const BATCH = 100;
/** The first try comes after the answer's own: usually there is nothing left to do. */
const FIRST_S = 1;
const MAX_DELAY_S = 30;
/** How long a try may take before it counts as lost with its server, seconds. */
const LOST_S = 60;
/** For as long as a signer may be away: what is not done by then is announced again at the next start. */
const KEPT_S = 365 * 86_400;
/** More than there is time for. */
const ENDLESS = 10_000_000;

export interface Outbox {
  /** All signers are to hold the acts up to this number. Belongs into the transaction that certifies the act. */
  announce(tx: Db, number: number): Promise<void>;
  /** Begins to work. `deliver` rejects while there is something left to do. */
  work(deliver: (number: number) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** @throws {Error} when the jobs' tables cannot be made or are of a later version */
export async function openOutbox(jobs: JobsOptions, log: Log): Promise<Outbox> {
  const boss = new PgBoss({ ...jobs, schema: SCHEMA, schedule: false, monitorIntervalSeconds: LOST_S });
  boss.on('error', (error) => log.warn({ event: 'outbox-failed', error: describe(error) }, 'the outbox could not work'));
  await boss.start();
  const options = {
    retryLimit: ENDLESS,
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: MAX_DELAY_S,
    expireInSeconds: LOST_S,
    retentionSeconds: KEPT_S,
    deleteAfterSeconds: 3_600,
  };
  await boss.createQueue(QUEUE, options);
  return {
    async announce(tx, number) {
      await boss.send(QUEUE, { number }, { startAfter: FIRST_S, db: fromKysely(tx) });
    },
    async work(deliver) {
      await boss.work<{ number: number }>(QUEUE, { pollingIntervalSeconds: POLL_S, batchSize: BATCH }, (taken) =>
        deliver(Math.max(...taken.map(({ data }) => data.number))),
      );
    },
    close: () => boss.stop({ graceful: true, timeout: 2_000 }),
  };
}
