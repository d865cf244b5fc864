import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesIn } from './files.ts';
import { initSigner, makePrimes, makeSparePrimes, primesIn, readPrimes } from './init.ts';
import { type Mpc, realMpc } from './mpc.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-primes-'));
  await initSigner(dir);
});
afterEach(() => rm(dir, { recursive: true }));

/** Finds at once: the n-th search gives the byte n. */
function quick(): Mpc & { readonly searches: () => number } {
  let searches = 0;
  return {
    ...realMpc,
    searches: () => searches,
    openVault: (path) => ({
      ...realMpc.openVault(path),
      generatePrimes: () => ({ result: Promise.resolve(Uint8Array.of(++searches)), cancel: () => {} }),
    }),
  };
}

test('a spare set of primes takes the place of one that is missing, and is not searched again', async () => {
  const mpc = quick();
  await makePrimes(dir, { mpc }).result;
  await makeSparePrimes(dir, { mpc }).result;
  await makePrimes(dir, { mpc }).result;
  await makeSparePrimes(dir, { mpc }).result;
  expect([mpc.searches(), ...readPrimes(dir)]).toEqual([2, 1]);
  expect(primesIn(dir)).toEqual({ primes: true, spare: true });
  await rm(filesIn(dir).primes);
  await makePrimes(dir, { mpc }).result;
  expect([mpc.searches(), ...readPrimes(dir)]).toEqual([2, 2]);
  expect(primesIn(dir)).toEqual({ primes: true, spare: false });
});

test('without a spare set the primes are searched', async () => {
  const mpc = quick();
  await makePrimes(dir, { mpc }).result;
  expect([mpc.searches(), ...readPrimes(dir)]).toEqual([1, 1]);
});
