/**
 * Generated crashes and restarts of real signers around signing and export, on a line that loses, repeats and delays:
 * none breaks a promise of an export, and none loses the key.
 *
 * A signature is entered up to its first message, which is what may not be sent after a tombstone; some are made to
 * their end.
 */
import { availableParallelism } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Base, makeBase } from './base.test-kit.ts';
import { broken } from './ledger.test-kit.ts';
import { forgottenTombstone, lateTombstone, secondCiphertext } from './mistakes.test-kit.ts';
import { play } from './play.test-kit.ts';
import { rosters, schedule, type Schedule } from './schedule.test-kit.ts';

const slow = process.env['SLOW'] === '1';
const runs = Number(process.env['QUORATE_SCHEDULES'] ?? (slow ? 10_000 : 200));
const completed = Math.ceil(runs / 100);
/** A schedule mostly waits; one with a signature made to its end computes all the time. */
const processors = Math.max(1, availableParallelism());
const lanes = 4 * processors;

const bases: Base[] = [];
beforeAll(async () => {
  for (const roster of rosters) bases.push(await makeBase(roster));
});
afterAll(async () => {
  for (const { network } of bases) await network[Symbol.asyncDispose]();
});

/** Plays generated schedules, several at once; a failure is shrunk and tells its seed. */
async function playAll(generated: fc.Arbitrary<Schedule>, count: number, atOnce = lanes): Promise<{ retired: number; contributed: number; used: number }> {
  const seen = { retired: 0, contributed: 0, used: 0 };
  const property = fc.asyncProperty(generated, async (given) => {
    const outcome = await play(bases, given);
    expect(outcome.broken, JSON.stringify(given)).toBeNull();
    seen.retired += Number(outcome.retired > 0);
    seen.contributed += Number(outcome.contributed);
    seen.used += Number(outcome.used);
  });
  const each = Array.from({ length: Math.min(atOnce, count) }, (_, i) => Math.ceil((count - i) / Math.min(atOnce, count)));
  await Promise.all(each.map((numRuns) => fc.assert(property, { numRuns })));
  return seen;
}

test('crashes and restarts around export and signing break no promise and lose no key', { timeout: 21_600_000 }, async () => {
  const seen = await playAll(schedule, runs - completed);
  if (runs < 100) return;
  // They are of all kinds: keys retired, keys used before that, keys used at the end.
  expect(seen.retired).toBeGreaterThan(runs / 16);
  expect(seen.contributed).toBeGreaterThan(runs / 40);
  expect(seen.used).toBeGreaterThan(runs / 20);
});

test('after crashes around signing a signature is made to its end, and then the key exported', { timeout: 21_600_000 }, async () => {
  const signing = schedule.map((given) => ({ ...given, used: true, complete: true, steps: given.steps.filter((step) => step.do !== 'export') }));
  expect((await playAll(signing, completed, processors)).used).toBe(completed);
});

describe('the schedules find out', { timeout: 900_000 }, () => {
  const still: Schedule = { roster: 0, steps: [], cuts: [], lost: [], line: { lost: 0, twice: 0, late: 0, seed: 1 }, used: false, complete: false };
  const exporting = { do: 'export', reader: 0, called: 31, ms: 30_000, wait: true } as const;
  const restarts = [0, 1, 2, 3, 4].map((signer) => ({ do: 'restart', signer }) as const);
  const exported: Schedule = { ...still, steps: [exporting, ...restarts] };

  test.each([
    ['whose tombstone is written after the release', lateTombstone, /tombstones durable$/],
    ['that forgets its tombstone when it is started again', forgottenTombstone, /after its own tombstone$/],
    ['that gives one encryption key a second ciphertext', secondCiphertext, /in two ways$/],
  ])('a signer %s; the one we have keeps the promise', async (_, mistake, found) => {
    expect((await play(bases, exported, mistake)).broken).toMatch(found);
    expect((await play(bases, exported)).broken).toBeNull();
  });

  test('every way of breaking a promise, and none where it is kept', () => {
    const reply = (text: string) => ({ encryptedKeyShare: text, release: {} }) as never;
    const tombstones = [0, 1, 2].map((signer) => ({ what: 'tombstone', signer }) as const);
    const answer = (text: string) => ({ what: 'ciphertext', signer: 0, encryptionKey: 'k', reply: reply(text) }) as const;
    expect(broken([...tombstones, { what: 'contribution', signer: 2 }], 3)).toMatch('contributed');
    expect(broken([...tombstones.slice(1), { what: 'release', signer: 1 }], 3)).toMatch('2 of 3');
    expect(broken([...tombstones.slice(1), answer('a')], 3)).toMatch('left with 2 of 3');
    expect(broken([...tombstones, answer('a'), answer('b')], 3)).toMatch('two ways');
    const good = [{ what: 'contribution', signer: 2 }, ...tombstones, { what: 'contribution', signer: 4 }, { what: 'release', signer: 0 }] as const;
    expect(broken([...good, answer('a'), answer('a')], 3)).toBeNull();
  });
});
