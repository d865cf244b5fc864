import { challengeOf, type Statement } from '@quorate/wire';
import { describe, expect, test } from 'vitest';
import vectors from '../../../vectors/user-action.json' with { type: 'json' };
import { challengeCheck, type ExpectedRequest } from './check-challenge.ts';
import { createHeadMemory } from './head-memory.ts';

const flipped = (hash: string): string => (hash.startsWith('0') ? '1' : '0') + hash.slice(1);

describe(vectors.source, () => {
  describe.each(vectors.cases)('$about', ({ statement: given, payload, challenge }) => {
    const statement = given as Statement;
    const expected: ExpectedRequest = { method: statement.method, path: statement.path, payload };
    const now = () => Number(statement.issuedAt);
    const trust = { orgId: statement.orgId, userId: statement.userId, tokenId: statement.tokenId, genesisHash: statement.genesisHash, now };

    test('its challenge is signed', () => {
      expect(challengeCheck(trust)({ challenge, statement }, expected)).toEqual(statement);
    });

    test.each<[keyof Statement | 'challenge', Partial<ExpectedRequest>]>([
      ['method', { method: 'PATCH' }],
      ['path', { path: `${expected.path}/` }],
      ['path', { path: `${expected.path}?force=true` }],
      ['payloadHash', { payload: `${payload} ` }],
    ])('for another %s it is not', (mismatch, other) => {
      const check = challengeCheck(trust);
      expect(() => check({ challenge, statement }, { ...expected, ...other })).toThrow(
        expect.objectContaining({ code: 'guard/foreign-challenge', detail: { mismatch } }),
      );
      expect(check({ challenge, statement }, expected)).toEqual(statement);
    });

    test.each<[string, object]>([
      ['genesisHash', { genesisHash: flipped(statement.genesisHash) }],
      ['orgId', { orgId: 'or-00000-00000-0000000000000000' }],
      ['userId', { userId: 'us-00000-00000-0000000000000000' }],
      ['tokenId', { tokenId: 'to-00000-00000-0000000000000000' }],
      ['issuedAt', { now: () => now() - 30_001 }],
      ['issuedAt', { now: () => Number(statement.expiresAt) + 30_001 }],
      ['headNumber', { heads: createHeadMemory({ number: Number(statement.headNumber) + 1, hash: statement.headHash }) }],
      ['headNumber', { heads: createHeadMemory({ number: Number(statement.headNumber), hash: flipped(statement.headHash) }) }],
    ])('where the caller knows another %s it is not', (mismatch, known) => {
      expect(() => challengeCheck({ ...trust, ...known })({ challenge, statement }, expected)).toThrow(
        expect.objectContaining({ code: 'guard/foreign-challenge', detail: { mismatch } }),
      );
    });

    test.each(Object.keys(statement) as (keyof Statement)[])('a challenge over another %s than the statement shows is not', (member) => {
      const digit = member === 'v' ? '1' : undefined;
      const other = { ...statement, [member]: digit ?? `${statement[member]}0` } as Statement;
      const swapped = member === 'v' ? flipped(challenge) : challengeOf(other);
      expect(() => challengeCheck(trust)({ challenge: swapped, statement }, expected)).toThrow(expect.objectContaining({ detail: { mismatch: 'challenge' } }));
    });
  });
});

test('an answer without a statement, as a server that is not ours gives it, is signed by nobody', () => {
  for (const init of [null, undefined, 'x', {}, { challenge: 'abc' }, { challenge: 'abc', statement: { v: '1' } }]) {
    expect(() => challengeCheck({})(init, { method: 'POST', path: '/', payload: '' })).toThrow(
      expect.objectContaining({ code: 'guard/foreign-challenge', detail: { mismatch: 'statement' } }),
    );
  }
});

test('without a genesis hash the first one seen is kept', () => {
  const [first, second] = vectors.cases;
  const statement = first?.statement as Statement;
  const check = challengeCheck({ now: () => Number(statement.issuedAt) });
  const foreign = { ...(second?.statement as Statement), genesisHash: flipped(statement.genesisHash) };
  check({ challenge: first?.challenge, statement }, { ...statement, payload: first?.payload ?? '' });
  expect(() => check({ challenge: challengeOf(foreign), statement: foreign }, { ...foreign, payload: second?.payload ?? '' })).toThrow(
    expect.objectContaining({ detail: { mismatch: 'genesisHash' } }),
  );
});

test('heads only go forward, and what was refused is not remembered', () => {
  const heads = createHeadMemory();
  const statement = vectors.cases[0]?.statement as Statement;
  const check = challengeCheck({ heads, now: () => Number(statement.issuedAt) });
  let asked = 0;
  const at = (headNumber: string, path = statement.path) => {
    const shown = { ...statement, headNumber, nonce: String(asked++).padStart(64, '0') };
    return check({ challenge: challengeOf(shown), statement: shown }, { ...shown, path, payload: vectors.cases[0]?.payload ?? '' });
  };
  at('9');
  expect(() => at('99', '/other')).toThrow();
  expect(heads.latest()?.number).toBe(9);
  expect(() => at('8')).toThrow(expect.objectContaining({ detail: { mismatch: 'headNumber' } }));
  at('9');
  at('10');
  expect(heads.latest()).toEqual({ number: 10, hash: statement.headHash });
});
