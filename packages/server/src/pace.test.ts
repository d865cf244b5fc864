import type { SignerId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { apartOf, createPace, slowOf } from './pace.ts';

const IDS = ['A', 'B', 'C', 'D', 'E'] as unknown as SignerId[];

test('slow is who takes much longer to answer than most; all alike are not', () => {
  const of = (...times: (number | null)[]) => [...slowOf(times.map((tookMs, i) => ({ signerId: IDS[i] as SignerId, tookMs })))];
  expect(of(8, 12, 10, 520, 9)).toEqual(['D']);
  expect(of(8, 510, 10, 520, 9)).toEqual(['B', 'D']);
  expect(of(500, 510, 520, 505, 530)).toEqual([]);
  expect(of(8, null, 90, 20, 15)).toEqual([]);
  expect(of(null, null)).toEqual([]);
});

test('apart is who has another time than the middle one, by whatever clock that is measured', () => {
  const of = (...ahead: (number | null)[]) => [...apartOf(ahead.map((ms, i) => ({ signerId: IDS[i] as SignerId, ahead: ms })))];
  expect(of(45_000, 0, 20, -10, -45_000)).toEqual(['A', 'E']);
  expect(of(90_000, 45_000, 45_020, 44_990, null)).toEqual(['A']);
  expect(of(30_000, 0, 0, 0, -30_000)).toEqual([]);
  expect(of(null, null)).toEqual([]);
});

test('late is what takes several times as long as sessions usually do, within bounds', () => {
  const pace = createPace();
  expect(pace.lateMs()).toBe(7_500);
  expect(pace.usualMs()).toBe(0);
  pace.took(100);
  expect(pace.lateMs()).toBe(2_000);
  for (let i = 0; i < 50; i++) pace.took(1_000);
  expect(Math.round(pace.lateMs())).toBe(5_000);
  for (let i = 0; i < 50; i++) pace.took(60_000);
  expect(pace.lateMs()).toBe(30_000);
  expect(Math.round(pace.usualMs() / 1_000)).toBe(60);
});
