/**
 * Login and logout of people (contract §3.2). A login gives a bearer, which reads and asks for challenges.
 *
 * @module
 */
import * as z from 'zod';
import { endpoint } from '../endpoint.ts';
import { Assertion, FactorKind } from '../evidence.ts';
import { OrgId } from '../ids.ts';
import { LoginStatement, Username } from '../login-statement.ts';
import { initUserAction } from './actions.ts';
import { passkeyRefusals } from './passkey-objects.ts';

export const initLogin = endpoint({
  name: 'auth.createLoginChallenge',
  method: 'POST',
  path: '/auth/login/init',
  about: 'Starts a login. Whether there is such a user does not show in the answer.',
  access: 'public',
  body: z.object({ username: Username.optional(), orgId: OrgId, loginCode: z.string().max(256).optional() }),
  reply: initUserAction.reply.extend({ statement: LoginStatement }),
  refusals: ['request/unsupported', 'authority/foreign'],
});
export const login = endpoint({
  name: 'auth.login',
  method: 'POST',
  path: '/auth/login',
  about: 'Completes a login with the credential’s assertion; answers with a bearer token for an hour.',
  access: 'public',
  body: z.object({
    challengeIdentifier: z.string().min(1).max(4096),
    firstFactor: z.object({ kind: FactorKind, credentialAssertion: Assertion }),
    secondFactor: z.unknown().optional(),
  }),
  reply: z.object({ token: z.string() }),
  refusals: ['action/challenge-invalid', 'action/expired', 'action/used', 'login/refused', 'auth/inactive', ...passkeyRefusals],
});
export const logout = endpoint({
  name: 'auth.logout',
  method: 'PUT',
  path: '/auth/logout',
  about: 'Ends the bearer that it is called with, or with `allSessions` all of its user’s. Not for access tokens: those are deactivated or archived.',
  access: 'bearer',
  body: z.object({ allSessions: z.boolean().optional() }).optional(),
  reply: z.object({ message: z.literal('success') }),
  refusals: ['auth/caller-kind'],
});
