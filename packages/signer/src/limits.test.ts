import { type Evidence, isRefusal, MAX_ACT_BYTES, type TokenId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { createDecisions, defaultSignerLimits } from './limits.ts';

const act = (userId: string, payload = '{}', tokenId = ''): Evidence => ({ statement: { userId, tokenId }, payload }) as unknown as Evidence;
const fresh = { begun: false, byAdministrator: false };
const by = (userId: string, tokenId = '') => ({ userId, tokenId: tokenId as TokenId | '' });
const codeOf = (work: () => void): string => {
  try {
    work();
    return 'ok';
  } catch (error) {
    return isRefusal(error) ? error.code : String(error);
  }
};

test('a user who has used up its acts takes none of the others’', () => {
  const slow = { burst: 2, perSecond: 0.001 };
  const decisions = createDecisions({ ...defaultSignerLimits, actsOfUser: slow, acts: { burst: 3, perSecond: 0.001 } });
  expect([1, 2, 3, 4, 5].map(() => codeOf(() => decisions.act(act('a'), fresh)))).toEqual(['ok', 'ok', ...Array(3).fill('request/too-many')]);
  expect(codeOf(() => decisions.act(act('b'), fresh))).toBe('ok');
  expect(codeOf(() => decisions.act(act('c'), fresh))).toBe('request/too-many');
});

test('whoever uses up the acts of everybody, to keep administrators from taking rights away: they have their own', () => {
  const slow = { burst: 2, perSecond: 0.001 };
  const decisions = createDecisions({ ...defaultSignerLimits, actsOfUser: slow, acts: slow });
  expect(['a', 'b', 'c'].map((user) => codeOf(() => decisions.act(act(user), fresh)))).toEqual(['ok', 'ok', 'request/too-many']);
  const admin = { begun: false, byAdministrator: true };
  expect([1, 2, 3].map(() => codeOf(() => decisions.act(act('admin'), admin)))).toEqual(['ok', 'ok', 'request/too-many']);
});

test('a thief of a token uses it up, to keep its user from taking it away: the user has its own', () => {
  const slow = { burst: 1, perSecond: 0.001 };
  const decisions = createDecisions({ ...defaultSignerLimits, user: slow, actsOfUser: slow });
  expect([1, 2].map(() => codeOf(() => decisions.act(act('a', '{}', 'to-1'), fresh)))).toEqual(['ok', 'request/too-many']);
  expect([1, 2].map(() => codeOf(() => decisions.decided(by('a', 'to-1'))))).toEqual(['ok', 'request/too-many']);
  // Another token is no way around.
  expect(codeOf(() => decisions.act(act('a', '{}', 'to-2'), fresh))).toBe('request/too-many');
  expect(codeOf(() => decisions.act(act('a'), fresh))).toBe('ok');
  expect(codeOf(() => decisions.decided(by('a')))).toBe('ok');
});

test('an act that another signer has begun is finished here as well, ahead of time, and paid for', () => {
  const slow = { burst: 2, perSecond: 0.001 };
  const decisions = createDecisions({ ...defaultSignerLimits, actsOfUser: slow, acts: { burst: 9, perSecond: 0.001 } });
  const begun = { begun: true, byAdministrator: false };
  expect([fresh, fresh, fresh].map((how) => codeOf(() => decisions.act(act('a'), how)))).toEqual(['ok', 'ok', 'request/too-many']);
  expect([begun, begun, begun].map((how) => codeOf(() => decisions.act(act('a'), how)))).toEqual(['ok', 'ok', 'request/too-many']);
});

test('an act’s payload is small, since it stays for good', () => {
  const decisions = createDecisions(defaultSignerLimits);
  expect(codeOf(() => decisions.act(act('a', 'x'.repeat(MAX_ACT_BYTES + 1)), fresh))).toBe('request/too-large');
  expect(codeOf(() => decisions.act(act('a', 'é'.repeat(MAX_ACT_BYTES / 2 + 1)), fresh))).toBe('request/too-large');
  expect(codeOf(() => decisions.act(act('a', 'x'.repeat(MAX_ACT_BYTES)), fresh))).toBe('ok');
});

test('decisions are counted for each server and each user by itself', () => {
  const decisions = createDecisions({ ...defaultSignerLimits, server: { burst: 1, perSecond: 0.001 }, user: { burst: 1, perSecond: 0.001 } });
  expect(['s', 's', 't'].map((name) => codeOf(() => decisions.asked(name)))).toEqual(['ok', 'request/too-many', 'ok']);
  expect(['u', 'u', 'v'].map((name) => codeOf(() => decisions.decided(by(name))))).toEqual(['ok', 'request/too-many', 'ok']);
});
