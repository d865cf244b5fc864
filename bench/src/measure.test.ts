import fc from 'fast-check';
import { expect, test } from 'vitest';
import { figures } from './measure.ts';

test('of a hundred times in any order, the fiftieth, the ninety-fifth and the ninety-ninth', () => {
  const times = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1);
  expect(figures(times)).toEqual({ p50: 50, p95: 95, p99: 99, runs: 100 });
});

test('of few times the tail is the slowest of them, and of none there is nothing to say', () => {
  expect(figures([7])).toEqual({ p50: 7, p95: 7, p99: 7, runs: 1 });
  expect(figures([3, 1, 2])).toEqual({ p50: 2, p95: 3, p99: 3, runs: 3 });
  expect(figures([])).toEqual({ p50: Number.NaN, p95: Number.NaN, p99: Number.NaN, runs: 0 });
});

test('a percentile is one of the times, and no fewer than its share are as short', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 }), (times) => {
      const { p50, p95, p99 } = figures(times);
      for (const [percent, at] of [
        [50, p50],
        [95, p95],
        [99, p99],
      ] as const) {
        expect(times).toContain(at);
        expect(times.filter((time) => time <= at).length * 100).toBeGreaterThanOrEqual(percent * times.length);
        expect(times.filter((time) => time < at).length * 100).toBeLessThan(percent * times.length);
      }
    }),
  );
});
