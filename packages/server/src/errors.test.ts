import { LinkError } from '@quorate/link';
import { Refusal } from '@quorate/wire';
import { expect, test } from 'vitest';
import { errorAnswer, isOurFault } from './errors.ts';

test('a refusal keeps its code, status and details', () => {
  expect(errorAnswer(new Refusal('wallet/unknown', { walletId: 'wa-1' }), '7')).toEqual({
    status: 404,
    body: { error: { id: '7', status: 404, message: 'wallet not found', code: 'wallet/unknown', details: { walletId: 'wa-1' } } },
  });
});

test('a missing permission is said in Dfns’s words', () => {
  const { status, body } = errorAnswer(new Refusal('auth/forbidden', { kind: 'ServiceAccount', userId: 'us-1', operation: 'Wallets:Read' }), '7');
  expect(status).toBe(403);
  expect(body.error.message).toBe('ServiceAccount us-1 is not authorized to perform operation (Wallets:Read)');
});

test('a line that failed is a 503, and not our fault', () => {
  const error = new LinkError('timeout');
  expect(errorAnswer(error, '7').body.error.code).toBe('signers/unavailable');
  expect(isOurFault(error)).toBe(false);
});

test('an unexpected error tells nothing of itself', () => {
  const error = new Error('secret text');
  expect(isOurFault(error)).toBe(true);
  expect(JSON.stringify(errorAnswer(error, '7'))).not.toContain('secret text');
  expect(errorAnswer(error, '7').status).toBe(500);
});
