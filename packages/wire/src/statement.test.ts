import { describe, expect, test } from 'vitest';
import vectors from '../../../vectors/user-action.json' with { type: 'json' };
import { Payload } from './evidence.ts';
import { Challenge, challengeOf, isFresh, payloadHashOf, Statement, USER_ACTION_DOMAIN } from './statement.ts';

const statement = Statement.parse(vectors.cases[0]?.statement);

describe(vectors.source, () => {
  test.each(vectors.cases)('$about', ({ payload, statement, challenge }) => {
    const parsed = Statement.parse(statement);
    expect(payloadHashOf(Payload.parse(payload))).toBe(parsed.payloadHash);
    expect(challengeOf(parsed)).toBe(challenge);
    expect(Challenge.safeParse(challenge).success).toBe(true);
  });

  test('the domain and the order of fields are ours', () => {
    expect(USER_ACTION_DOMAIN).toBe(vectors.domain);
    expect(Object.keys(Statement.shape)).toEqual(vectors.order);
  });

  test.each(vectors.order)('a change of %s changes the challenge', (name) => {
    const changed = { ...statement, [name]: `${statement[name as keyof Statement]}0` };
    expect(challengeOf(changed as Statement)).not.toBe(challengeOf(statement));
  });

  test('moving a character from one field to the next changes the challenge', () => {
    const moved = { ...statement, method: 'POS', path: `T${statement.path}` } as unknown as Statement;
    expect(challengeOf(moved)).not.toBe(challengeOf(statement));
  });
});

describe('a statement', () => {
  test.each([
    ['v', '2'],
    ['headNumber', '01'],
    ['headNumber', '-1'],
    ['headNumber', '9007199254740993'],
    ['issuedAt', '1e3'],
    ['payloadHash', 'A'.repeat(64)],
    ['nonce', ''],
    ['method', 'post'],
    ['tokenId', 'us-6b58p-r53sr-rlrd3l5cj3uc4ome'],
    ['path', 'wallets'],
    ['path', '/wallets\n'],
    ['path', '/wallets/é'],
    ['path', '/ /'],
  ])('with %s %j is refused', (name, value) => {
    expect(Statement.safeParse({ ...statement, [name]: value }).success).toBe(false);
    expect(Statement.safeParse(statement).success).toBe(true);
  });

  test('with a further member, or without one, is refused', () => {
    const { nonce: _, ...without } = statement;
    expect(Statement.safeParse(without).success).toBe(false);
    expect(Statement.safeParse({ ...statement, query: '' }).success).toBe(false);
  });

  test('is fresh from 30 s before it was issued to 30 s after it expires, and not a millisecond longer', () => {
    const issuedAt = Number(statement.issuedAt);
    expect(isFresh(statement, issuedAt - 30_001)).toBe(false);
    expect(isFresh(statement, issuedAt - 30_000)).toBe(true);
    expect(isFresh(statement, issuedAt + 330_000)).toBe(true);
    expect(isFresh(statement, issuedAt + 330_001)).toBe(false);
  });

  test('that gives itself another life than 300 s is never fresh', () => {
    const issuedAt = Number(statement.issuedAt);
    for (const life of [299_999, 300_001, 0, -1, 86_400_000]) expect(isFresh({ ...statement, expiresAt: String(issuedAt + life) }, issuedAt)).toBe(false);
    expect(isFresh(statement, issuedAt)).toBe(true);
  });
});
