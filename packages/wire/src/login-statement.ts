/**
 * What a login challenge commits to (contract §3.2). Its domain is no user action's, so that a login is never taken for
 * one; it names the user by name, because the server says to nobody whether there is such a user.
 *
 * @module
 */
import * as z from 'zod';
import { b64url } from './bytes.ts';
import { hashFields } from './fields.ts';
import { OrgId } from './ids.ts';
import { type Challenge, Decimal, HashHex } from './statement.ts';

export const LOGIN_DOMAIN = 'quorate/login/v1';

/** A name as a user was created with it. */
export const Username = z
  .string()
  .min(1)
  .max(256)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be Unicode text without NUL');

export const LoginStatement = z
  .strictObject({
    v: z.literal('1'),
    genesisHash: HashHex,
    orgId: OrgId,
    username: Username,
    /** 32 random bytes. */
    nonce: HashHex,
    /** Milliseconds. */
    issuedAt: Decimal,
    expiresAt: Decimal,
  })
  .meta({ id: 'LoginStatement' });
export type LoginStatement = z.infer<typeof LoginStatement>;

export function loginChallengeOf({ v, genesisHash, orgId, username, nonce, issuedAt, expiresAt }: LoginStatement): Challenge {
  return b64url.encode(hashFields(LOGIN_DOMAIN, [v, genesisHash, orgId, username, nonce, issuedAt, expiresAt])) as Challenge;
}
