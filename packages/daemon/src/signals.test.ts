import { expect, test } from 'vitest';
import { untilSignal } from './signals.ts';

test.each(['SIGINT', 'SIGTERM'] as const)('the first %s is heard, and a second one does again what it does by itself', async (signal) => {
  const before = ['SIGINT', 'SIGTERM'].map((name) => process.listenerCount(name));
  const heard = untilSignal();
  expect(process.listenerCount(signal)).toBeGreaterThan(0);
  process.emit(signal, signal);
  expect(await heard).toBe(signal);
  expect(['SIGINT', 'SIGTERM'].map((name) => process.listenerCount(name))).toEqual(before);
});
