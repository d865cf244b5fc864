import type { SignerId } from '@quorate/wire';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createReminders, type Reminders } from './reminders.ts';

const [peer, other] = ['peer', 'other'] as SignerId[] as [SignerId, SignerId];
const requests = Array.from({ length: 100 }, (_, i) => i);
let said: { to: SignerId; request: number }[];
let read: SignerId[];
let failures: unknown[];
let reminders: Reminders;

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  read = [];
  failures = [];
  reminders = createReminders<number>({
    lacking: async (of) => {
      read.push(of);
      return requests;
    },
    say: async (to, request) => void said.push({ to, request }),
    failed: (error) => void failures.push(error),
  });
});
afterEach(() => {
  reminders.stop();
  vi.useRealTimers();
});
const toldTo = (to: SignerId): number[] => said.filter((one) => one.to === to).map(({ request }) => request);

test('a signer that greets a thousand times, to have everything sent a thousand times, is told at one pace', async () => {
  for (let n = 0; n < 1_000; n++) {
    reminders.remind(peer);
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(read).toEqual([peer]);
  expect(said.length).toBeLessThanOrEqual(64);
  // Nobody else waits for it.
  reminders.remind(other);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(toldTo(other)).toEqual(requests);
  // What it asked for meanwhile is told once more, not a thousand times.
  expect(toldTo(peer)).toEqual([...requests, ...requests]);
  reminders.remind(peer);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(toldTo(peer)).toHaveLength(300);
  expect(failures).toEqual([]);
});

test('nothing more is said once it has stopped', async () => {
  reminders.remind(peer);
  await vi.advanceTimersByTimeAsync(10);
  reminders.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(toldTo(peer).length).toBeLessThan(64);
});

test('what cannot be read is reported, and the next greeting is heard', async () => {
  const broken = new Error('broken');
  let fails = true;
  const again = createReminders<number>({
    lacking: async () => {
      if (fails) throw broken;
      return requests;
    },
    say: async (to, request) => void said.push({ to, request }),
    failed: (error) => void failures.push(error),
  });
  again.remind(peer);
  await vi.advanceTimersByTimeAsync(10);
  expect(failures).toEqual([broken]);
  fails = false;
  again.remind(peer);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(toldTo(peer)).toEqual(requests);
});
