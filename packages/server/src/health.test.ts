import { SignerId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { describeClocks } from './health.ts';

const id = (n: number): SignerId => SignerId.parse(Buffer.alloc(32, n).toString('base64'));

test('signers whose clocks are more than 30 s apart show in readiness, by name', () => {
  const clocks = (...ahead: (number | null)[]) => describeClocks(ahead.map((ms, i) => ({ signerId: id(i), ahead: ms })));
  expect(clocks(-15_001, 0, 15_000)).toContain(`${id(2)} is ahead, ${id(0)} is behind`);
  expect(clocks(-15_001, 0, 15_000)).toContain('30 s apart');
  expect(clocks(-15_000, 0, 15_000)).toBe('ok');
  // What matters is how far signers are from each other, not from this server.
  expect(clocks(40_000, 41_000, null)).toBe('ok');
  expect(clocks(null, null)).toBe('ok');
});
