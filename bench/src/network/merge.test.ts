import { expect, test } from 'vitest';
import { compare, geometricMean, merge } from './merge.ts';
import type { Block } from './network.ts';

const block = (times: readonly number[], change: Partial<Block> = {}): Block => ({
  operation: 'sign',
  clients: 2,
  times,
  ms: 1_000,
  proven: times.length,
  refused: [],
  cpuMs: new Map([
    ['signer 1', 30],
    ['server 1', 10],
  ]),
  othersCpuMs: 0,
  traffic: { messages: 12, bytes: 800 },
  ...change,
});

test('blocks together: all times, and the rest for each request that was answered', () => {
  expect(merge([block([1, 2, 3]), block([4], { refused: ['signers/unavailable'] })])).toEqual({
    p50: 2,
    p95: 4,
    p99: 4,
    runs: 4,
    proven: 4,
    refused: ['signers/unavailable'],
    perSecond: 2,
    cpuMs: 20,
    messages: 6,
    bytes: 400,
  });
});

test('networks are compared by all of their requests, and each with itself by its halves', () => {
  const few = [block([10, 10]), block([10, 12])];
  const many = [block([10, 20]), block([30, 40], { cpuMs: new Map([['signer 1', 80]]) })];
  expect(compare(few, many)).toEqual({ p50: 2, cpu: 1.5, again: 3 });
  expect(compare(many, few).again).toBe(3);
  expect(compare(few, few)).toEqual({ p50: 1, cpu: 1, again: 1 });
});

test('a half as fast and one twice as fast are as fast in the middle', () => {
  expect(geometricMean([2, 0.5])).toBeCloseTo(1);
  expect(geometricMean([3])).toBeCloseTo(3);
});
