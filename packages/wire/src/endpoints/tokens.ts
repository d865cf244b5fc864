/**
 * Personal access tokens (contract §3.5): a user's own, each with a key of its own, never worth more than its user.
 *
 * @module
 */
import * as z from 'zod';
import { endpoint, signedEndpoint } from '../endpoint.ts';
import { PermissionId, TokenId } from '../ids.ts';
import { AccessToken, Certified, ExternalId, Name } from './objects.ts';

const CertifiedToken = AccessToken.extend({ certified: Certified.optional() }).meta({ id: 'PersonalAccessToken' });
/** The one answer that has the token itself. */
const NewToken = CertifiedToken.extend({ accessToken: z.string() }).meta({ id: 'NewPersonalAccessToken' });
const token = z.object({ tokenId: TokenId });

export const createPersonalAccessToken = signedEndpoint({
  name: 'auth.createPersonalAccessToken',
  method: 'POST',
  path: '/auth/pats',
  about: 'Creates a personal access token of the caller with its key; the answer alone shows it.',
  access: ['Auth:Pats:Create'],
  effect: 'act',
  body: z.strictObject({
    name: Name,
    publicKey: z.string().min(1).max(4096),
    permissionId: PermissionId.optional(),
    externalId: ExternalId.optional(),
    daysValid: z.int().min(1).max(730).optional(),
    secondsValid: z
      .int()
      .min(1)
      .max(730 * 86_400)
      .optional(),
  }),
  reply: NewToken,
  refusals: [
    'auth/caller-kind',
    'credential/malformed-key',
    'credential/weak-key',
    'credential/duplicate',
    'permission/unknown',
    'authority/exceeds-author',
    'authority/uncertified',
  ],
});
export const listPersonalAccessTokens = endpoint({
  name: 'auth.listPersonalAccessTokens',
  method: 'GET',
  path: '/auth/pats',
  about: 'Lists the caller’s personal access tokens, without archived ones.',
  access: 'bearer',
  reply: z.object({ items: z.array(AccessToken) }),
});
export const getPersonalAccessToken = endpoint({
  name: 'auth.getPersonalAccessToken',
  method: 'GET',
  path: '/auth/pats/:tokenId',
  about: 'Reads one of the caller’s personal access tokens.',
  access: 'bearer',
  params: token,
  reply: AccessToken,
  refusals: ['token/unknown'],
});
export const updatePersonalAccessToken = signedEndpoint({
  name: 'auth.updatePersonalAccessToken',
  method: 'PUT',
  path: '/auth/pats/:tokenId',
  about: 'Changes what one of the caller’s personal access tokens is called.',
  access: 'bearer',
  effect: 'act',
  params: token,
  body: z.strictObject({ name: Name.optional(), externalId: ExternalId.optional() }),
  reply: CertifiedToken,
  refusals: ['auth/caller-kind', 'token/unknown', 'authority/uncertified'],
});
export const activatePersonalAccessToken = signedEndpoint({
  name: 'auth.activatePersonalAccessToken',
  method: 'PUT',
  path: '/auth/pats/:tokenId/activate',
  about: 'Lets one of the caller’s personal access tokens act again.',
  access: 'bearer',
  effect: 'act',
  params: token,
  reply: CertifiedToken,
  refusals: ['auth/caller-kind', 'token/unknown', 'authority/uncertified'],
});
export const deactivatePersonalAccessToken = signedEndpoint({
  name: 'auth.deactivatePersonalAccessToken',
  method: 'PUT',
  path: '/auth/pats/:tokenId/deactivate',
  about: 'Stops one of the caller’s personal access tokens until it is activated.',
  access: 'bearer',
  effect: 'act',
  params: token,
  reply: CertifiedToken,
  refusals: ['auth/caller-kind', 'token/unknown', 'authority/uncertified'],
});
export const archivePersonalAccessToken = signedEndpoint({
  name: 'auth.archivePersonalAccessToken',
  method: 'DELETE',
  path: '/auth/pats/:tokenId',
  about: 'Ends one of the caller’s personal access tokens for good.',
  access: 'bearer',
  effect: 'act',
  params: token,
  reply: CertifiedToken,
  refusals: ['auth/caller-kind', 'token/unknown', 'authority/uncertified'],
});
