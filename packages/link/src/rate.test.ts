import { expect, test } from 'vitest';
import { createBuckets } from './rate.ts';

test('a bucket gives its burst, then what runs in, to each name by itself', () => {
  let now = 0;
  const buckets = createBuckets({ burst: 3, perSecond: 2 }, { ticks: () => now });
  expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 500]);
  expect(buckets.take('b')).toBe(0);
  now = 500;
  expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 500]);
});

test('what is taken ahead of time is paid back before anything else is given', () => {
  let now = 0;
  const buckets = createBuckets({ burst: 1, perSecond: 1 }, { ticks: () => now });
  expect([1, 2, 3, 4].map(() => buckets.take('a', 2))).toEqual([0, 0, 0, 1_000]);
  expect(buckets.take('a')).toBe(3_000);
  now = 3_000;
  expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 1_000]);
});

test('a clock that is put back gives nothing and takes nothing', () => {
  let now = 10_000;
  const buckets = createBuckets({ burst: 1, perSecond: 1 }, { ticks: () => now });
  expect(buckets.take('a')).toBe(0);
  now = 0;
  expect(buckets.take('a')).toBe(1_000);
  now = 1_000;
  expect(buckets.take('a')).toBe(0);
});

test('there are never more buckets than allowed: full ones are forgotten, then names share one', () => {
  let now = 0;
  const buckets = createBuckets({ burst: 1, perSecond: 1 }, { ticks: () => now, maxNames: 2 });
  expect(['a', 'b', 'c', 'd'].map((name) => buckets.take(name))).toEqual([0, 0, 0, 1_000]);
  now = 2_000;
  expect(['d', 'e'].map((name) => buckets.take(name))).toEqual([0, 0]);
});
