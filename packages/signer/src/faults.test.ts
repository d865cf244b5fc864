import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignerId } from '@quorate/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEvents } from './events.ts';
import { type Faults, openFaults } from './faults.ts';
import { filesIn } from './files.ts';
import { defaultSignerLimits } from './limits.ts';
import { clearFailedSessions, readFailedSessions } from './operator.ts';
import type { Self } from './self.ts';
import { openStore, type Store } from './store/store.ts';

const [A, B, C, D] = ['A', 'B', 'C', 'D'] as unknown as [SignerId, SignerId, SignerId, SignerId];
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const limits = { ...defaultSignerLimits, brokenOff: 5, brokenOffAtAll: 12, spoilt: 2 };
let dir: string;
let now: number;
let store: Store;
let faults: Faults;
const self = { id: A, now: () => now } as unknown as Self;
const open = async (): Promise<void> => {
  store = await openStore(filesIn(dir).store);
  faults = await openFaults({ self, store, limits, events: createEvents(quiet as never, A) });
};
const reopen = async (): Promise<void> => {
  await store.close();
  await open();
};
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'quorate-faults-'));
  now = 1_800_000_000_000;
  await open();
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const fail = (participants: readonly SignerId[], proven: readonly SignerId[] = [], protocol: 'sign' | 'dkg' = 'sign') =>
  faults.count({ protocol, participants, executionId: 'e', code: 'left', proven });
const codeOf = (participants: readonly SignerId[], protocol: 'sign' | 'dkg' = 'sign'): string => {
  try {
    faults.check(protocol, participants);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('who is proven to spoil sessions waits, longer each time, and is then left out, also after a restart; the others go on', async () => {
  await fail([A, B, C], [B]);
  expect([codeOf([A, B, C]), codeOf([A, B, D], 'dkg'), codeOf([A, C, D])]).toEqual(['sessions/slowed-down', 'sessions/slowed-down', 'ok']);
  now += 1_000;
  expect(codeOf([A, B, C])).toBe('ok');
  await fail([A, B, D], [B], 'dkg');
  now += 365 * 86_400_000;
  await reopen();
  expect([codeOf([A, B, C]), codeOf([A, C, D])]).toEqual(['sessions/too-many-failures', 'ok']);
  expect(faults.status).toContain('no sessions with signer B');
});

test('where nobody is proven this set of signers waits and stops, and no liar gets anybody else stopped', async () => {
  for (let i = 0; i < 3; i++) await fail([A, B, C]);
  expect(codeOf([A, B, C])).toBe('ok');
  await fail([A, B, C]);
  expect(codeOf([A, B, C])).toBe('sessions/slowed-down');
  now += 1_000;
  expect(codeOf([A, B, C])).toBe('ok');
  await fail([A, B, C]);
  now += 600_000;
  expect([codeOf([A, B, C]), codeOf([A, B, D]), codeOf([A, C, D]), codeOf([A, B, C], 'dkg')]).toEqual(['sessions/too-many-failures', 'ok', 'ok', 'ok']);
});

test('a key generation or aux info that is broken off without proof is only tried again', async () => {
  for (let i = 0; i < 20; i++) await fail([A, B, C, D], [], 'dkg');
  expect([codeOf([A, B, C, D], 'dkg'), faults.status]).toEqual(['ok', 'ok']);
});

test('what is broken off once a day is no attack; too many at all are one, whoever took part', async () => {
  for (let i = 0; i < 4; i++) await fail([A, B, C]);
  now += 4 * 86_400_000;
  await fail([A, B, C]);
  expect(codeOf([A, B, C])).toBe('ok');
  for (const set of [
    [A, B, D],
    [A, C, D],
    [A, B, C, D],
  ])
    for (let i = 0; i < 4; i++) await fail(set);
  now += 600_000;
  expect(codeOf([A, B, C])).toBe('sessions/too-many-failures');
  expect(faults.status).toContain('anybody');
});

test('an operator’s decision lets the signer go on, and stands in its audit trail', async () => {
  for (let i = 0; i < 2; i++) await fail([A, B, C], [B]);
  const before = store.auditHead.number;
  expect(before).toBe(2);
  await store.close();
  expect(readFailedSessions(dir)).toEqual([{ kind: 'spoilt', name: B, count: 2, time: now }]);
  expect(clearFailedSessions(dir, { now: () => now })).toHaveLength(1);
  expect(clearFailedSessions(dir, { now: () => now })).toEqual([]);
  await open();
  expect([codeOf([A, B, C]), faults.status, store.auditHead.number]).toEqual(['ok', 'ok', before + 1]);
  for (let i = 0; i < 2; i++) await fail([A, B, C], [B]);
  expect(codeOf([A, B, C])).toBe('sessions/too-many-failures');
});
