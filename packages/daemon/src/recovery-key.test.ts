import { expect, test } from 'vitest';
import { readRecoveryKey, recoveryKeyText } from './recovery-key.ts';

const key = Uint8Array.from({ length: 32 }, (_, i) => i);

test('a recovery key with any one character changed, dropped or added is none', () => {
  const text = recoveryKeyText(key);
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === 'q' ? 'p' : 'q';
    expect(readRecoveryKey(text.slice(0, at) + other + text.slice(at + 1))).toBeNull();
    expect(readRecoveryKey(text.slice(0, at) + text.slice(at + 1))).toBeNull();
  }
  expect(readRecoveryKey(`${text}q`)).toBeNull();
  expect(readRecoveryKey('')).toBeNull();
  expect(readRecoveryKey(recoveryKeyText(key.subarray(1)))).toBeNull();
  expect(readRecoveryKey(text)).toEqual(key);
  expect(readRecoveryKey(` ${text.toUpperCase()}\n`)).toEqual(key);
});
