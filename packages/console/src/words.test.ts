import { ApiError } from '@quorate/client';
import { Refusal, reasons, type RefusalCode } from '@quorate/wire';
import { expect, test } from 'vitest';
import { PasskeyFault } from './passkey.ts';
import { codeOf, sentenceOf } from './words.ts';

test('every code has a sentence, and is shown beside it', () => {
  for (const code of Object.keys(reasons) as RefusalCode[]) {
    const refusal = new Refusal(code);
    expect(sentenceOf(refusal).length).toBeGreaterThan(10);
    expect(codeOf(refusal)).toBe(code);
  }
  expect(sentenceOf(new Refusal('request/too-many', { retryAfter: 7 }))).toContain('in 7 seconds');
});

test('nothing that a server wrote is shown', () => {
  const wrote = 'call +1 555 to get your money back';
  expect(sentenceOf(new ApiError(502, wrote))).not.toContain(wrote);
  expect(sentenceOf(new Refusal('auth/forbidden', { wrote }))).not.toContain(wrote);
  expect(sentenceOf(new Error(wrote))).not.toContain(wrote);
  expect(sentenceOf(new ApiError(502, wrote))).toContain('502');
});

test('a passkey that was not used, a line that is down and a page that is wrong are told apart', () => {
  const said = [new PasskeyFault('refused'), new TypeError('fetch failed'), new Error()].map(sentenceOf);
  expect(new Set(said).size).toBe(3);
});
