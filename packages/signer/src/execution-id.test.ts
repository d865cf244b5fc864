import { SignerId } from '@quorate/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Execution, executionIdOf, sessionTagOf } from './execution-id.ts';
import { createJoins, type Joins } from './join.ts';

const id = (byte: number): SignerId => SignerId.parse(Buffer.alloc(32, byte).toString('base64'));
const ids = [id(1), id(2), id(3)];
const head = { number: 0, hash: '00'.repeat(32) };

const execution: Execution = {
  protocol: 'sign',
  implVersion: '1',
  genesisHash: 'g',
  keyId: 'k',
  rosterHash: 'r',
  threshold: 3,
  epoch: 0,
  challenge: 'c',
  digest: 'd',
  head: { number: '1', hash: 'h' },
  nonces: ids.map((signer) => [signer, 'n'] as const),
};

test('everything that a session is about changes its execution id', () => {
  const changes: Partial<Execution>[] = [
    { protocol: 'dkg' },
    { implVersion: '2' },
    { genesisHash: 'g2' },
    { keyId: 'k2' },
    { rosterHash: 'r2' },
    { threshold: 4 },
    { epoch: 1 },
    { challenge: 'c2' },
    { digest: 'd2' },
    { head: { number: '2', hash: 'h' } },
    { head: { number: '1', hash: 'h2' } },
    { nonces: execution.nonces.slice(1) },
    { nonces: execution.nonces.map(([signer], i) => [signer, i === 2 ? 'other' : 'n'] as const) },
  ];
  const all = [execution, ...changes.map((change) => ({ ...execution, ...change }))].map(executionIdOf);
  expect(new Set(all).size).toBe(all.length);
  expect(executionIdOf({ ...execution })).toBe(all[0]);
});

test('the tag of a session names its kind, request, attempt and participants', () => {
  const meeting = { protocol: 'sign', challenge: 'c', attempt: 1, participants: ids } as const;
  const tags = [
    meeting,
    { ...meeting, protocol: 'dkg' as const },
    { ...meeting, challenge: 'c2' },
    { ...meeting, attempt: 2 },
    { ...meeting, participants: ids.slice(1) },
  ].map(sessionTagOf);
  expect(new Set(tags).size).toBe(tags.length);
});

/** Three joins whose notices wait in a bag until a test hands them over. */
function table() {
  const bag: { to: number; from: number; notice: Parameters<Joins['heard']>[0] }[] = [];
  const renewed: number[] = [];
  let counter = 0;
  const joins = ids.map((self, from) =>
    createJoins({
      self,
      random: (length) => new Uint8Array(length).fill(++counter),
      say: (to, notice) => {
        for (const other of to) bag.push({ to: ids.indexOf(other), from, notice });
      },
      renewed: (_, by) => renewed.push(ids.indexOf(by)),
    }),
  );
  const hand = (at: number): void => {
    const [taken] = bag.splice(at, 1);
    if (taken !== undefined) joins[taken.to]?.heard(taken.notice, ids[taken.from] as SignerId);
  };
  return { joins, bag, hand, renewed };
}

test('whatever the order of notices and calls, all participants agree on the nonces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(100), { minLength: 12, maxLength: 12 }), async (choices) => {
      const { joins, bag, hand } = table();
      const waiting: (() => void)[] = [];
      const rounds: Promise<readonly (readonly [SignerId, string])[]>[] = [];
      const calls = [0, 1, 2];
      for (const choice of choices) {
        // Either a signer is called, or a notice arrives: at one that may not have been called yet.
        const at = choice % (calls.length + bag.length || 1);
        if (at < calls.length) {
          const [who] = calls.splice(at, 1);
          const joining = joins[who as number]?.join('tag', ids, head);
          if (joining === undefined) continue;
          rounds.push(joining.nonces);
          waiting.push(joining.leave);
        } else hand(at - calls.length);
      }
      for (const who of calls) {
        const joining = joins[who]?.join('tag', ids, head);
        if (joining !== undefined) rounds.push(joining.nonces);
        if (joining !== undefined) waiting.push(joining.leave);
      }
      while (bag.length > 0) hand(0);
      const [first, ...others] = await Promise.all(rounds);
      expect(others).toHaveLength(2);
      for (const other of others) expect(other).toEqual(first);
      for (const leave of waiting) leave();
    }),
  );
});

test('a nonce that began a session begins no other, and a new one for it is noticed', async () => {
  const { joins, bag, hand, renewed } = table();
  const first = ids.map((_, i) => joins[i]?.join('tag', ids, head));
  const repeated = bag.filter(({ to }) => to === 0);
  while (bag.length > 0) hand(0);
  const nonces = await first[0]?.nonces;
  for (const joining of first) joining?.leave();
  for (const { from, notice } of repeated) joins[0]?.heard(notice, ids[from] as SignerId);
  expect(renewed).toEqual([]);

  const second = joins[0]?.join('tag', ids, head);
  expect(second?.missing()).toEqual([ids[1], ids[2]]);
  joins[1]?.join('tag', ids, head).leave();
  joins[2]?.join('tag', ids, head).leave();
  while (bag.length > 0) hand(0);
  expect(await second?.nonces).not.toEqual(nonces);
  second?.leave();
});

test('who takes no part has no say', () => {
  const { joins, bag } = table();
  const joining = joins[0]?.join('tag', ids.slice(0, 2), head);
  joins[0]?.heard({ sessionTag: 'tag', nonce: 'ff'.repeat(32), head }, ids[2] as SignerId);
  expect(joining?.missing()).toEqual([ids[1]]);
  expect(bag).toHaveLength(1);
  joining?.leave();
});
