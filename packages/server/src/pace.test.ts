import type { SignerId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { createPace, slowOf } from './pace.ts';

const IDS = ['A', 'B', 'C', 'D', 'E'] as unknown as SignerId[];

test('slow is who takes much longer to answer than most; all alike are not', () => {
  const of = (...times: (number | null)[]) => [...slowOf(times.map((tookMs, i) => ({ signerId: IDS[i] as SignerId, tookMs })))];
  expect(of(8, 12, 10, 520, 9)).toEqual(['D']);
  expect(of(8, 510, 10, 520, 9)).toEqual(['B', 'D']);
  expect(of(500, 510, 520, 505, 530)).toEqual([]);
  expect(of(8, null, 90, 20, 15)).toEqual([]);
  expect(of(null, null)).toEqual([]);
});

test('late is what takes several times as long as sessions usually do, within bounds', () => {
  const pace = createPace();
  expect(pace.lateMs()).toBe(7_500);
  pace.took(100);
  expect(pace.lateMs()).toBe(2_000);
  for (let i = 0; i < 50; i++) pace.took(1_000);
  expect(Math.round(pace.lateMs())).toBe(5_000);
  for (let i = 0; i < 50; i++) pace.took(60_000);
  expect(pace.lateMs()).toBe(15_000);
});
