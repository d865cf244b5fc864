/**
 * Recoveries from answers that are corrupted in every way there is a word for, by any number of signers and by whoever
 * carries the answer: never another key, the key whenever t are honest, and exactly the guilty named.
 *
 * With a certificate every share is judged alone, and the names are exact. With nothing but the shares of a Dfns answer
 * they are exact unless liars agree on a second polynomial of the key that as many shares lie on: then the key is still
 * right, and nobody is proven guilty of anything.
 */
import { expect, test } from 'vitest';
import { playEverywhere } from './threads.test-kit.ts';

const slow = process.env['SLOW'] === '1';
const recoveries = slow ? 1_000_000 : 20_000;

test('liars, thieves and bad lines: whatever is corrupted, the right key or an error, and exactly the corrupted signers named', {
  timeout: 7_200_000,
}, async () => {
  const seed = Math.floor(Math.random() * 2 ** 30);
  const tally = await playEverywhere({ recoveries, size: slow ? 1_000 : 500, seed });
  expect(tally.recoveries).toBeGreaterThanOrEqual(recoveries);
  expect(tally.wrongKeys).toBe(0);
  // The scenes are of all kinds.
  expect(tally.despite).toBeGreaterThan(recoveries / 8);
  expect(tally.refused).toBeGreaterThan(recoveries / 8);
  expect(tally.named).toBeGreaterThan(recoveries / 2);
});
