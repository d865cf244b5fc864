import { type Channel, LinkError } from '@quorate/link';
import type { Genesis, SignerId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { createSigners } from './signers.ts';

const ids = ['a', 'b', 'c'] as unknown as SignerId[];
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Signers that answer after so many milliseconds, each; `null` for never. */
function signersAfter(delays: readonly (number | null)[]) {
  const call = (to: string, _kind: string, _request: object, { signal }: { signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      const delay = delays[ids.indexOf(to as SignerId)] ?? null;
      const build = { version: '0', impl: 'fake', implVersion: '0', bigint: 'num-bigint', testFixtures: false };
      const status = { signerId: to, ready: true, checks: {}, head: { number: 0, hash: '' }, build, now: Date.now() };
      if (delay !== null) setTimeout(() => resolve(status), delay);
      signal.addEventListener('abort', () => reject(new LinkError('aborted')));
    });
  const genesis = { signers: ids.map((id) => ({ id })) } as unknown as Genesis;
  return createSigners({ channel: { call } as unknown as Channel, genesis, now: Date.now, testFixtures: false, log: quiet });
}

test.concurrent('signers of a busy machine that answer late are waited for, and one that never answers is named', async () => {
  const [slow, one] = [signersAfter([1_500, 1_500, 1_500]), signersAfter([0, null, 0])];
  await Promise.all([
    slow.need(3),
    one.need(2),
    expect(one.need(3)).rejects.toMatchObject({ code: 'signers/unavailable', detail: { needed: 3, missing: [ids[1]] } }),
  ]);
});

test.concurrent('a session goes on with participants that answer late, and is given up once one of them is gone', async () => {
  const [slow, one] = [signersAfter([1_500, 1_500, 1_500]), signersAfter([0, null, 0])];
  const [goesOn, ends] = [new AbortController(), new AbortController()];
  const done = slow.watch(ids, goesOn);
  one.watch(ids, ends);
  await expect.poll(() => ends.signal.aborted).toBe(true);
  expect(goesOn.signal.aborted).toBe(false);
  done();
});

test.concurrent('signers that were there a moment ago do not count when they are needed now', async () => {
  const delays: (number | null)[] = [0, 0, 0];
  const signers = signersAfter(delays);
  expect((await signers.health()).map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
  delays.splice(0, 2, null, null);
  await expect(signers.need(2)).rejects.toMatchObject({ code: 'signers/unavailable', detail: { needed: 2, missing: ids.slice(0, 2) } });
  delays.splice(0, 1, 0);
  await signers.need(2);
});
