import { type Evidence, isRefusal, MAX_ACT_BYTES } from '@quorate/wire';
import { expect, test } from 'vitest';
import { createDecisions, defaultSignerLimits } from './limits.ts';

const act = (userId: string, payload = '{}'): Evidence => ({ statement: { userId }, payload }) as unknown as Evidence;
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
  expect([1, 2, 3, 4, 5].map(() => codeOf(() => decisions.act(act('a'))))).toEqual(['ok', 'ok', ...Array(3).fill('request/too-many')]);
  expect(codeOf(() => decisions.act(act('b')))).toBe('ok');
  expect(codeOf(() => decisions.act(act('c')))).toBe('request/too-many');
});

test('an act’s payload is small, since it stays for good', () => {
  const decisions = createDecisions(defaultSignerLimits);
  expect(codeOf(() => decisions.act(act('a', 'x'.repeat(MAX_ACT_BYTES + 1))))).toBe('request/too-large');
  expect(codeOf(() => decisions.act(act('a', 'é'.repeat(MAX_ACT_BYTES / 2 + 1))))).toBe('request/too-large');
  expect(codeOf(() => decisions.act(act('a', 'x'.repeat(MAX_ACT_BYTES))))).toBe('ok');
});

test('decisions are counted for each server and each user by itself', () => {
  const decisions = createDecisions({ ...defaultSignerLimits, server: { burst: 1, perSecond: 0.001 }, user: { burst: 1, perSecond: 0.001 } });
  expect(['s', 's', 't'].map((name) => codeOf(() => decisions.asked(name)))).toEqual(['ok', 'request/too-many', 'ok']);
  expect(['u', 'u', 'v'].map((name) => codeOf(() => decisions.decided(name)))).toEqual(['ok', 'request/too-many', 'ok']);
});
