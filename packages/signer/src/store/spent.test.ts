import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Database, openDatabase } from './database.ts';
import { StoreRefusal } from './refuse.ts';
import { MARK_OUTLIVES_MS, type Mark, MAX_ATTEMPTS, prunedUpTo, spendOnce, spendOnSession } from './spent.ts';

const runs = { numRuns: process.env['SLOW'] === '1' ? 2_000 : 40 };
const fresh = (): Database => openDatabase(':memory:');
const codeOf = (work: () => void): string => {
  try {
    work();
    return 'ok';
  } catch (error) {
    return error instanceof StoreRefusal ? error.code : String(error);
  }
};
const mark = (change: Partial<Mark> = {}): Mark => ({ challenge: 'c1', effect: 'sign k1 00', expiresAt: 300_000, now: 0, ...change });

test('evidence may only continue the effect it was first used for', () => {
  const db = fresh();
  expect(codeOf(() => spendOnSession(db, mark()))).toBe('ok');
  expect(codeOf(() => spendOnSession(db, mark({ effect: 'sign k1 01' })))).toBe('evidence/spent');
  expect(codeOf(() => spendOnce(db, mark({ effect: 'export k1 e' }), 'proven'))).toBe('evidence/spent');
  expect(codeOf(() => spendOnSession(db, mark()))).toBe('ok');
});

test('evidence starts at most three sessions', () => {
  const db = fresh();
  for (let i = 0; i < MAX_ATTEMPTS; i++) expect(codeOf(() => spendOnSession(db, mark()))).toBe('ok');
  expect(codeOf(() => spendOnSession(db, mark()))).toBe('evidence/spent');
  expect(codeOf(() => spendOnSession(db, mark({ challenge: 'c2' })))).toBe('ok');
});

test('a mark that was pruned cannot be used anew, even by a clock that went back', () => {
  const db = fresh();
  spendOnSession(db, mark({ challenge: 'old', expiresAt: 300_000 }));
  spendOnSession(db, mark({ challenge: 'later', expiresAt: 5_000_000, now: 300_000 + MARK_OUTLIVES_MS + 1 }));
  expect(prunedUpTo(db)).toBe(300_000);
  expect(codeOf(() => spendOnSession(db, mark({ challenge: 'old', effect: 'other', expiresAt: 300_000, now: 0 })))).toBe('action/expired');
  expect(codeOf(() => spendOnce(db, mark({ challenge: 'old too', expiresAt: 299_999, now: 0 }), 'fresh'))).toBe('action/expired');
  expect(codeOf(() => spendOnSession(db, mark({ challenge: 'new', expiresAt: 300_001, now: 0 })))).toBe('ok');
});

test('what a quorum vouches for is recorded at any age', () => {
  const db = fresh();
  spendOnSession(db, mark({ challenge: 'old', expiresAt: 300_000 }));
  spendOnSession(db, mark({ challenge: 'later', expiresAt: 5_000_000, now: 2_000_000 }));
  expect(codeOf(() => spendOnce(db, mark({ challenge: 'older', expiresAt: 1_000, now: 2_000_000 }), 'proven'))).toBe('ok');
});

test('whatever comes in whatever order, a challenge has one effect and at most three sessions', () => {
  const step = fc.record({
    challenge: fc.constantFrom('a', 'b', 'c'),
    effect: fc.constantFrom('x', 'y'),
    advance: fc.nat(400_000),
    back: fc.boolean(),
    age: fc.nat(300_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const db = fresh();
      // A statement's expiry is part of what its challenge commits to.
      const expiry = new Map<string, number>();
      const effects = new Map<string, string>();
      const sessions = new Map<string, number>();
      let now = 1_000_000;
      for (const { challenge, effect, advance, back, age } of steps) {
        now += back ? -advance : advance;
        const expiresAt = expiry.get(challenge) ?? now + age;
        expiry.set(challenge, expiresAt);
        if (codeOf(() => spendOnSession(db, { challenge, effect, expiresAt, now })) !== 'ok') continue;
        expect(effects.get(challenge) ?? effect).toBe(effect);
        effects.set(challenge, effect);
        sessions.set(challenge, (sessions.get(challenge) ?? 0) + 1);
        expect(sessions.get(challenge)).toBeLessThanOrEqual(MAX_ATTEMPTS);
      }
    }),
    runs,
  );
});
