import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuxResult, SessionEvent, Vault } from '@quorate/mpc';
import { b64, type NoticeOf, SignerId } from '@quorate/wire';
import { afterEach, expect, test } from 'vitest';
import { type AuxInfo, openAuxInfo } from './aux-info.ts';
import { createEvents } from './events.ts';
import { random, silent } from './network.test-kit.ts';
import type { Self } from './self.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { openStore, type Store } from './store/store.ts';

const ids = [1, 2, 3].map((byte) => SignerId.parse(b64.encode(new Uint8Array(32).fill(byte))));

interface Seat {
  sessions: Sessions;
  auxInfo: AuxInfo;
  store: Store;
  /** Ends the run here. */
  finish: (() => void) | null;
  executionIds: string[];
}

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** Three signers whose protocol ends when a test says so; `up` puts one at the table, anew if it was there. */
async function table() {
  const dir = await mkdtemp(join(tmpdir(), 'quorate-aux-'));
  opened.push(() => rm(dir, { recursive: true }));
  const seats: (Seat | null)[] = [null, null, null];
  let mute: (notice: NoticeOf<'auxReady'>, from: number) => boolean = () => false;

  async function up(index: number, { file = `${index}.db` } = {}): Promise<Seat> {
    const id = ids[index] as SignerId;
    const peers = ids.filter((other) => other !== id);
    const roster = ids.map((other, i) => ({ id: other, index: i, sealingKey: new Uint8Array(32) }));
    const self = {
      id,
      index,
      roster,
      peers,
      genesis: { threshold: 3, epoch: 0 },
      genesisHash: '00',
      rosterHash: 'r',
      now: Date.now,
      identity: { publicIdentity: { identityKey: new Uint8Array(32) } },
      contextOf: () => ({}),
    } as unknown as Self;
    const events = createEvents(silent, id);
    const store = await openStore(join(dir, file));
    const each = (to: readonly SignerId[], tell: (seat: Seat) => void): void => {
      for (const other of to)
        queueMicrotask(() => {
          const seat = seats[ids.indexOf(other)];
          if (seat != null && seats[index] === own) tell(seat);
        });
    };
    const own = { store, finish: null, executionIds: [] } as unknown as Seat;
    own.sessions = createSessions({
      self,
      implVersion: '1',
      random,
      faults: { check() {}, count: async () => {}, status: 'ok' },
      sessionsOfKey: 64,
      events,
      head: () => ({ number: 0, hash: '0' }),
      invited: (tag, from) => own.auxInfo.invited(tag, from),
      link: {
        join: (to, notice) => each(to, (seat) => seat.sessions.joinHeard(notice, id)),
        leave: (to, notice) => each(to, (seat) => seat.sessions.leaveHeard(notice, id)),
        protocol: () => {},
      },
    });
    const vault = {
      startAux: (spec: { executionId: Uint8Array }, onEvent: (event: SessionEvent<AuxResult>) => void) => {
        own.executionIds.push(b64.encode(spec.executionId));
        own.finish = () => onEvent({ type: 'done', result: { sealedAux: spec.executionId } });
        return { push: () => {}, cancel: () => {} };
      },
      openAux: async () => ({ tables: false, prepareTables: () => ({ result: Promise.resolve(), cancel: () => {} }) }),
    } as unknown as Vault;
    seats[index] = own;
    own.auxInfo = openAuxInfo({
      self,
      store,
      vault,
      events,
      sessions: () => own.sessions,
      primes: () => ({ result: Promise.resolve(new Uint8Array()), cancel: () => {} }),
      fixtures: false,
      tables: 'off',
      tell: (to, notice) => each(to, (seat) => (mute(notice, index) ? undefined : seat.auxInfo.heard(notice, id))),
    });
    opened.push(() => down(index, own));
    return own;
  }

  async function down(index: number, seat = seats[index]): Promise<void> {
    if (seat == null) return;
    if (seats[index] === seat) seats[index] = null;
    seat.auxInfo.stop();
    seat.sessions.close();
    await seat.store.close();
  }
  return { seats, up, down, setMute: (next: typeof mute) => (mute = next) };
}

const until = async (probe: () => boolean): Promise<void> => {
  for (const end = performance.now() + 60_000; performance.now() < end && !probe(); ) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(probe()).toBe(true);
};
const storedBy = (seat: Seat) => seat.store.read('aux', { epoch: 0 });

test('signers that start one after the other meet in one run, and use it when all hold it', async () => {
  const { up } = await table();
  const a = await up(0);
  const b = await up(1);
  await until(() => a.auxInfo.progress.phase === 'waiting');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(a.auxInfo.progress.phase).toBe('waiting');
  const c = await up(2);
  const seats = [a, b, c];
  await until(() => seats.every(({ finish }) => finish !== null));
  expect(new Set(seats.flatMap(({ executionIds }) => executionIds)).size).toBe(1);
  a.finish?.();
  b.finish?.();
  await until(() => a.auxInfo.progress.phase === 'announcing' && b.auxInfo.progress.phase === 'announcing');
  expect(a.auxInfo.aux).toBeNull();
  c.finish?.();
  await Promise.all(seats.map(({ auxInfo }) => auxInfo.ready));
  for (const seat of seats) expect(await storedBy(seat)).toMatchObject({ usable: true });
});

test('one that restarts while its result is pending finds the others again', async () => {
  const { up, down, setMute } = await table();
  const seats = [await up(0), await up(1), await up(2)];
  await until(() => seats.every(({ finish }) => finish !== null));
  setMute(() => true);
  for (const seat of seats) seat.finish?.();
  await until(() => seats.every(({ auxInfo }) => auxInfo.progress.phase === 'announcing'));
  await down(1);
  setMute((_, from) => from === 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  setMute(() => false);
  const again = await up(1);
  await Promise.all([seats[0]?.auxInfo.ready, again.auxInfo.ready, seats[2]?.auxInfo.ready]);
  expect(again.executionIds).toEqual([]);
});

test('one that dies in the middle of a run is met in another run', async () => {
  const { up, down } = await table();
  const seats = [await up(0), await up(1), await up(2)];
  await until(() => seats.every(({ finish }) => finish !== null));
  const first = seats[0]?.executionIds[0];
  await down(2);
  const again = await up(2);
  const now = [seats[0] as Seat, seats[1] as Seat, again];
  await until(() => new Set(now.map(({ executionIds }) => executionIds.at(-1))).size === 1 && again.executionIds.length > 0);
  expect(again.executionIds.at(-1)).not.toBe(first);
  for (const seat of now) seat.finish?.();
  await Promise.all(now.map(({ auxInfo }) => auxInfo.ready));
});

test('a result that one of them has lost is given up by the others, while nobody uses it', async () => {
  const { up, down } = await table();
  const seats = [await up(0), await up(1), await up(2)];
  await until(() => seats.every(({ finish }) => finish !== null));
  seats[0]?.finish?.();
  seats[1]?.finish?.();
  await until(() => seats[0]?.auxInfo.progress.phase === 'announcing' && seats[1]?.auxInfo.progress.phase === 'announcing');
  await down(2);
  const again = await up(2, { file: 'empty.db' });
  const now = [seats[0] as Seat, seats[1] as Seat, again];
  await until(() => new Set(now.map(({ executionIds }) => executionIds.at(-1))).size === 1);
  for (const seat of now) seat.finish?.();
  await Promise.all(now.map(({ auxInfo }) => auxInfo.ready));
});
