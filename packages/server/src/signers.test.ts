import { type Channel, LinkError } from '@quorate/link';
import type { Genesis, SignerId } from '@quorate/wire';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createSigners } from './signers.ts';

const ids = ['a', 'b', 'c'] as unknown as SignerId[];
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Signers that answer after so many milliseconds, each; `null` for never. */
function signersAfter(delays: readonly (number | null)[], waits: Readonly<Record<string, readonly string[]>> = {}) {
  const call = (to: string, _kind: string, _request: object, { signal }: { signal: AbortSignal }) =>
    new Promise((resolve, reject) => {
      const delay = delays[ids.indexOf(to as SignerId)] ?? null;
      const build = { version: '0', impl: 'fake', implVersion: '0', bigint: 'num-bigint', testFixtures: false };
      const status = { signerId: to, ready: true, checks: {}, head: { number: 0, hash: '' }, build, now: Date.now(), waitsFor: waits[to] };
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

describe('with a clock of its own', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  function asked(delays: readonly (number | null)[], waits: Readonly<Record<string, readonly string[]>> = {}) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    const ends: AbortController[] = [];
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const end = new AbortController();
      ends.push(end);
      setTimeout(() => end.abort(), ms);
      return end.signal;
    });
    return { signers: signersAfter(delays, waits), lookIsOver: () => ends.every(({ signal }) => signal.aborted) };
  }
  const nobody = new Set<SignerId>();

  test('who is away is not waited for where enough are ready', async () => {
    const { signers, lookIsOver } = asked([5, null, 5]);
    const picked = signers.pick(2, nobody, () => 0);
    await vi.advanceTimersByTimeAsync(100);
    expect(await picked).toEqual(['a', 'c']);
    expect(lookIsOver()).toBe(false);
    const named = expect(signers.pick(3, nobody, () => 0)).rejects.toMatchObject({ detail: { missing: ['b'] } });
    await vi.advanceTimersByTimeAsync(5_000);
    await named;
  });

  test('who is back is chosen again where it is asked anew', async () => {
    const delays: (number | null)[] = [null, 5, 5];
    const { signers } = asked(delays);
    const health = signers.health();
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await health).map(({ state }) => state)).toEqual(['silent', 'ready', 'ready']);
    delays[0] = 5;
    const doubt = (id: SignerId): number => Number(id === 'b');
    expect(await signers.pick(2, nobody, doubt)).toEqual(['b', 'c']);
    const anew = signers.pick(2, nobody, doubt, true);
    await vi.advanceTimersByTimeAsync(100);
    expect(await anew).toEqual(['a', 'c']);
  });

  test('who is slow is chosen last, and chosen where it is needed', async () => {
    const { signers } = asked([400, 5, 5]);
    const health = signers.health();
    await vi.advanceTimersByTimeAsync(400);
    expect((await health).map(({ tookMs }) => tookMs)).toEqual([400, 5, 5]);
    for (let i = 0; i < 3; i++) expect(await signers.pick(2, nobody, () => 0)).toEqual(['b', 'c']);
    expect(await signers.pick(2, nobody, (id) => Number(id === 'b'))).toEqual(['a', 'c']);
    expect(await signers.pick(3, nobody, () => 0)).toEqual(['a', 'b', 'c']);
  });

  test('all that answer alike take turns', async () => {
    const { signers } = asked([5, 5, 5]);
    const picked: string[] = [];
    for (let i = 0; i < 3; i++) {
      const one = signers.pick(2, nobody, () => 0);
      await vi.advanceTimersByTimeAsync(100);
      picked.push((await one).join(''));
    }
    expect(picked.sort()).toEqual(['ab', 'ac', 'bc']);
  });

  test('whom a session waits for is whom most others name in time, and nobody where no one stands out', async () => {
    const waitedFor = async (delays: readonly (number | null)[], waits: Readonly<Record<string, readonly string[]>>): Promise<string> => {
      const named = asked(delays, waits).signers.waitedFor(ids);
      await vi.advanceTimersByTimeAsync(300);
      return [...(await named)].join('');
    };
    expect(await waitedFor([5, 5, 5], { a: ['b', 'c'], b: ['a', 'c'], c: ['a', 'b', 'c', 'c', 'stranger'] })).toBe('');
    expect(await waitedFor([5, 5, 5], { a: ['c'], b: ['c'], c: ['a', 'b'] })).toBe('c');
    expect(await waitedFor([5, 5, 5], { a: ['a', 'a', 'stranger'], b: ['c'] })).toBe('c');
    expect(await waitedFor([5, 5, null], { a: ['c'], c: ['b'] })).toBe('c');
    expect(await waitedFor([null, null, null], {})).toBe('');
  });

  test('a look that one of a session misses is told before it is given up, and only that session’s are asked', async () => {
    const { signers } = asked([5, null, null]);
    const [giveUp, missed] = [new AbortController(), vi.fn()];
    signers.watch(ids.slice(0, 2), giveUp, missed);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(missed).toHaveBeenCalledOnce();
    expect(giveUp.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(giveUp.signal.aborted).toBe(true);

    const well = new AbortController();
    const done = signers.watch(ids.slice(0, 1), well, missed);
    await vi.advanceTimersByTimeAsync(10_000);
    done();
    expect(missed).toHaveBeenCalledOnce();
    expect(well.signal.aborted).toBe(false);
  });
});
