import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { deriveId } from './ids.ts';
import { LOGIN_DOMAIN, LoginStatement, loginChallengeOf } from './login-statement.ts';
import { sha256Hex } from './fields.ts';
import { USER_ACTION_DOMAIN } from './statement.ts';

const statement: LoginStatement = {
  v: '1',
  genesisHash: sha256Hex('genesis'),
  orgId: deriveId('or', 0, 'login'),
  username: 'zoë@example.org',
  nonce: sha256Hex('nonce'),
  issuedAt: '1795339200000',
  expiresAt: '1795339500000',
};

test('a login challenge is the hash of every field, under a domain of its own', () => {
  const order = ['v', 'genesisHash', 'orgId', 'username', 'nonce', 'issuedAt', 'expiresAt'] as const;
  const hash = createHash('sha256').update('quorate/login/v1');
  for (const name of order) {
    const bytes = Buffer.from(statement[name]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  expect(loginChallengeOf(statement)).toBe(hash.digest('base64url'));
  expect(LOGIN_DOMAIN).not.toBe(USER_ACTION_DOMAIN);
});

test.each(Object.keys(statement).filter((name) => name !== 'v'))('another %s makes another challenge', (name) => {
  expect(loginChallengeOf({ ...statement, [name]: `${statement[name as keyof LoginStatement]}0` })).not.toBe(loginChallengeOf(statement));
});

test('a statement has every field and no other', () => {
  expect(LoginStatement.safeParse(statement).success).toBe(true);
  for (const name of Object.keys(statement)) expect(LoginStatement.safeParse({ ...statement, [name]: undefined }).success).toBe(false);
  for (const bad of [
    { ...statement, more: '' },
    { ...statement, username: 'a\0b' },
    { ...statement, username: '' },
    { ...statement, issuedAt: '01' },
  ])
    expect(LoginStatement.safeParse(bad).success).toBe(false);
});
