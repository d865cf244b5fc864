import { expect, test } from 'vitest';
import { acknowledge, certify } from './acts.ts';
import { type Database, openDatabase } from './database.ts';
import { type Mark, spendOnce, spendOnSession } from './spent.ts';

const fresh = (): Database => openDatabase(':memory:');
const mark = (challenge: string, counter: number, credId = 'passkey'): Mark => ({
  challenge,
  effect: 'sign k1 00',
  expiresAt: 300_000,
  now: 7,
  counted: { credId, counter },
});
const warnings = (db: Database): unknown[] =>
  db
    .all<{ time: number; detail: string }>("SELECT time, detail FROM audit WHERE event = 'passkey counter ran backwards' ORDER BY number")
    .map(({ time, detail }) => ({ time, ...(JSON.parse(detail) as object) }));

test('a counter that goes up warns of nothing, one that does not is written down, and is accepted all the same', () => {
  const db = fresh();
  spendOnSession(db, mark('c1', 5));
  spendOnce(db, mark('c2', 6), 'fresh');
  expect(warnings(db)).toEqual([]);
  spendOnSession(db, mark('c3', 6));
  spendOnce(db, mark('c4', 2), 'proven');
  expect(warnings(db)).toEqual([
    { time: 7, credId: 'passkey', counter: 6, highest: 6, challenge: 'c3' },
    { time: 7, credId: 'passkey', counter: 2, highest: 6, challenge: 'c4' },
  ]);
  spendOnSession(db, mark('c5', 7));
  spendOnSession(db, mark('c6', 1, 'another'));
  expect(warnings(db)).toHaveLength(2);
});

test('the same request again is no second use', () => {
  const db = fresh();
  spendOnSession(db, mark('c1', 5));
  spendOnSession(db, mark('c2', 6));
  spendOnSession(db, mark('c1', 5));
  expect(warnings(db)).toEqual([]);
});

test('an authenticator that does not count warns of nothing, until it had counted', () => {
  const db = fresh();
  for (const challenge of ['c1', 'c2', 'c3']) spendOnSession(db, mark(challenge, 0));
  expect(warnings(db)).toEqual([]);
  spendOnSession(db, mark('c4', 1));
  spendOnSession(db, mark('c5', 0));
  expect(warnings(db)).toMatchObject([{ counter: 0, highest: 1 }]);
});

test('acts count too: those that are acknowledged warn, those that come with their certificate only raise', () => {
  const db = fresh();
  const audit = { time: 7, event: 'act', detail: {} };
  const act = (number: number, counter: number) => ({ number, head: `h${number}`, evidence: {} as never, acks: [], counted: { credId: 'passkey', counter } });
  certify(db, { acts: [act(1, 9), act(2, 8)], audit });
  expect(warnings(db)).toEqual([]);
  acknowledge(db, { ...act(3, 9), challenge: 'c3', ack: {} as never, audit });
  expect(warnings(db)).toMatchObject([{ counter: 9, highest: 9, challenge: 'c3' }]);
  // Repeated, it is the same act.
  acknowledge(db, { ...act(3, 9), challenge: 'c3', ack: {} as never, audit });
  expect(warnings(db)).toHaveLength(1);
});
