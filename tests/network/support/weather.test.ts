import { memoryTransport } from '@quorate/link';
import { expect, test } from 'vitest';
import { type Rule, seeded, weatherAround } from './weather.ts';

/** What of a hundred messages from `a` comes to `b`, in the order in which it comes. */
async function carried(rules: readonly Rule[], expected: number): Promise<number[]> {
  const line = memoryTransport();
  const weather = weatherAround('a', line, seeded(1));
  weather.set(rules);
  const heard: number[] = [];
  line.subscribe('b', (bytes) => heard.push(bytes[0] ?? -1));
  for (let i = 0; i < 100; i++) weather.transport.publish('b', Uint8Array.of(i));
  await expect.poll(() => heard.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(expected);
  return heard;
}
const inOrder = (heard: readonly number[]): boolean => heard.every((value, i) => i === 0 || value > (heard[i - 1] ?? 0));

test('fair weather carries everything once and in order', async () => {
  const heard = await carried([{ to: ['c'], loss: 100 }], 100);
  expect([heard.length, inOrder(heard)]).toEqual([100, true]);
});

test('a loss of a half loses about half, a repeat of a half repeats about half', async () => {
  expect((await carried([{ loss: 50 }], 30)).length).toBeLessThan(70);
  const twice = await carried([{ twice: 50 }], 130);
  expect(new Set(twice).size).toBe(100);
});

test('what is mixed up comes complete and in another order, and the first rule that fits counts', async () => {
  const heard = await carried([{ from: ['a'], mixMs: 20 }, { loss: 100 }], 100);
  expect([new Set(heard).size, inOrder(heard)]).toEqual([100, false]);
});
