import type { SessionEvent } from '@quorate/mpc';
import { b64, type KeyId, SignerId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { createEvents } from './events.ts';
import { random, silent } from './network.test-kit.ts';
import type { Self } from './self.ts';
import { createSessions, inOrder, type Round, SessionFailed, type Sessions } from './sessions.ts';

const ids = [1, 2, 3].map((byte) => SignerId.parse(b64.encode(new Uint8Array(32).fill(byte))));
const keyId = 'key-1' as KeyId;

interface Seat {
  readonly sessions: Sessions;
  readonly begun: string[];
  readonly sent: string[];
  readonly faults: unknown[];
  readonly pushed: { from: number; seq: number }[];
  emit: (event: SessionEvent<string>) => void;
  cancelled: number;
  round(change?: Partial<Round<string>>): Round<string>;
}

/** Sessions of three signers, joined by functions; the protocol is whatever a test emits. */
function seats(): Seat[] {
  const all: Seat[] = [];
  for (const [index, id] of ids.entries()) {
    const self = {
      id,
      index,
      genesis: { threshold: 3, epoch: 0 },
      genesisHash: 'g',
      rosterHash: 'r',
      now: Date.now,
      roster: ids.map((other, i) => ({ id: other, index: i, sealingKey: new Uint8Array(32) })),
    } as unknown as Self;
    const each = (to: readonly SignerId[], tell: (seat: Seat) => void): void => {
      for (const other of to) queueMicrotask(() => tell(all[ids.indexOf(other)] as Seat));
    };
    const seat: Seat = {
      begun: [],
      sent: [],
      faults: [],
      pushed: [],
      emit: () => {},
      cancelled: 0,
      sessions: createSessions({
        self,
        implVersion: '1',
        random,
        faults: { check() {}, count: async (failed) => void seat.faults.push(failed), status: 'ok' },
        sessionsOfKey: 2,
        events: createEvents(silent, id),
        invited: () => {},
        head: () => ({ number: 0, hash: '0' }),
        link: {
          join: (to, notice) => each(to, (other) => other.sessions.joinHeard(notice, id)),
          leave: (to, notice) => each(to, (other) => other.sessions.leaveHeard(notice, id)),
          protocol: ({ to, session, seq, broadcast, body }) => {
            seat.sent.push(session);
            each(to, (other) => other.sessions.messageHeard(session, { from: id, seq, broadcast, body }));
          },
        },
      }),
      round: (change = {}) => ({
        protocol: 'sign',
        challenge: 'c',
        attempt: 1,
        participants: ids,
        keyId,
        digest: '00',
        head: { number: '0', hash: 'h' },
        deadline: Date.now() + 60_000,
        begin: async (executionId) => {
          seat.begun.push(executionId);
        },
        start: (_, onEvent) => {
          seat.emit = onEvent;
          return {
            push: ({ from, seq }) => seat.pushed.push({ from, seq }),
            cancel: () => {
              seat.cancelled++;
            },
          };
        },
        ...change,
      }),
    };
    all.push(seat);
  }
  return all;
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof SessionFailed ? `failed ${error.code}` : ((error as { code?: string }).code ?? String(error))),
  );

test('participants begin under one execution id, and messages that came early are not lost', async () => {
  const [a, b, c] = seats() as [Seat, Seat, Seat];
  let allow = (): void => {};
  const slow = new Promise<void>((resolve) => {
    allow = resolve;
  });
  const runs = [
    a.sessions.run(a.round()),
    b.sessions.run(b.round()),
    c.sessions.run(
      c.round({
        begin: async (id) => {
          c.begun.push(id);
          await slow;
        },
      }),
    ),
  ];
  await settled();
  expect(new Set([...a.begun, ...b.begun, ...c.begun]).size).toBe(1);
  a.emit({ type: 'message', to: 'all', seq: 0, body: new Uint8Array([1]) });
  await settled();
  expect(b.pushed).toEqual([{ from: 0, seq: 0 }]);
  expect(c.pushed).toEqual([]);
  allow();
  await settled();
  expect(c.pushed).toEqual([{ from: 0, seq: 0 }]);
  for (const seat of [a, b, c]) seat.emit({ type: 'done', result: 'ok' });
  expect((await Promise.all(runs)).map(({ result }) => result)).toEqual(['ok', 'ok', 'ok']);
});

test('a retired key contributes nothing more to a session under way, and ends it for all', async () => {
  const [a, b, c] = seats() as [Seat, Seat, Seat];
  const runs = [a, b, c].map((seat) => codeOf(seat.sessions.run(seat.round())));
  await settled();
  a.emit({ type: 'message', to: 'all', seq: 0, body: new Uint8Array(1) });
  a.sessions.retire(keyId);
  a.emit({ type: 'message', to: 'all', seq: 1, body: new Uint8Array(1) });
  a.emit({ type: 'done', result: 'too late' });
  expect(await Promise.all(runs)).toEqual(['key/retired', 'failed left', 'failed left']);
  expect(a.sent).toHaveLength(1);
  expect(a.cancelled).toBe(1);
});

test('a session of another key goes on', async () => {
  const [a, b, c] = seats() as [Seat, Seat, Seat];
  const runs = [a, b, c].map((seat) => codeOf(seat.sessions.run(seat.round())));
  await settled();
  a.sessions.retire('key-2' as KeyId);
  for (const seat of [a, b, c]) seat.emit({ type: 'done', result: 'ok' });
  expect(await Promise.all(runs)).toEqual(['done', 'done', 'done']);
});

test('culprits are named by signer id, and a new attempt is a new session', async () => {
  const [a, b, c] = seats() as [Seat, Seat, Seat];
  const first = a.sessions.run(a.round());
  const others = [b, c].map((seat) => codeOf(seat.sessions.run(seat.round())));
  await settled();
  a.emit({ type: 'failed', code: 'equivocation', culprits: [2], detail: '' });
  await expect(first).rejects.toMatchObject({ code: 'equivocation', culprits: [ids[2]] });
  expect(await Promise.all(others)).toEqual(['failed left', 'failed left']);
  const again = [a, b, c].map((seat) => codeOf(seat.sessions.run(seat.round({ attempt: 2 }))));
  await settled();
  for (const seat of [a, b, c]) seat.emit({ type: 'done', result: 'ok' });
  expect(await Promise.all(again)).toEqual(['done', 'done', 'done']);
  expect(new Set(a.begun).size).toBe(2);
});

test('a session that nobody joins ends at its deadline and names the missing', async () => {
  const [a] = seats() as [Seat];
  await expect(a.sessions.run(a.round({ deadline: Date.now() + 50 }))).rejects.toMatchObject({ code: 'deadline', culprits: [ids[1], ids[2]] });
});

test('the same call twice is one session', async () => {
  const [a, b, c] = seats() as [Seat, Seat, Seat];
  const runs = [a, a, b, c].map((seat) => codeOf(seat.sessions.run(seat.round())));
  await settled();
  expect(a.begun).toHaveLength(1);
  for (const seat of [a, b, c]) seat.emit({ type: 'done', result: 'ok' });
  expect(await Promise.all(runs)).toEqual(['done', 'done', 'done', 'done']);
});

test('what may not begin does not begin', async () => {
  const [a, b, c] = seats() as [Seat, Seat, Seat];
  const refuse = async (): Promise<void> => {
    throw new SessionFailed('refused');
  };
  const runs = [codeOf(a.sessions.run(a.round({ begin: refuse }))), ...[b, c].map((seat) => codeOf(seat.sessions.run(seat.round())))];
  expect(await Promise.all(runs)).toEqual(['failed refused', 'failed left', 'failed left']);
  expect(a.sent).toEqual([]);
});

test('participants are distinct members of the roster, in its order', () => {
  const self = { roster: ids.map((id, index) => ({ id, index, sealingKey: new Uint8Array() })) };
  expect(inOrder(self, [ids[2], ids[0]] as SignerId[])).toEqual([ids[0], ids[2]]);
  expect(inOrder(self, [ids[0], ids[0]] as SignerId[])).toBeNull();
  expect(inOrder(self, [ids[0], 'stranger'] as SignerId[])).toBeNull();
});

test('whom a session waits for: who has not joined, and then who is furthest behind', async () => {
  const [a, b, c] = seats() as [Seat, Seat, Seat];
  const runs = [a.sessions.run(a.round()), b.sessions.run(b.round())];
  await settled();
  expect(a.sessions.waitsFor(0)).toEqual([ids[2]]);
  expect(a.sessions.waitsFor(60_000)).toEqual([]);
  runs.push(c.sessions.run(c.round()));
  await settled();
  expect(a.sessions.waitsFor(0)).toEqual([]);

  const say = (seat: Seat, seq: number, to: number | 'all'): void => seat.emit({ type: 'message', to, seq, body: new Uint8Array(1) });
  for (const seat of [a, b, c]) say(seat, 0, 'all');
  say(a, 1, 1);
  say(a, 2, 2);
  say(b, 1, 0);
  await settled();
  expect(a.sessions.waitsFor(0)).toEqual([ids[2]]);
  expect(c.sessions.waitsFor(0)).toEqual([]);
  expect(b.sessions.waitsFor(0)).toEqual([]);

  for (const seat of [a, b, c]) seat.emit({ type: 'done', result: 'r' });
  await Promise.all(runs);
  expect(a.sessions.waitsFor(0)).toEqual([]);
});
