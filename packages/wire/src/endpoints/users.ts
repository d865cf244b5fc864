/**
 * People (contract §3.6). A user is created with its public key, which the act that creates it vouches for, or without
 * one, and then registers with a code (contract §3.3).
 *
 * @module
 */
import * as z from 'zod';
import { endpoint, signedEndpoint } from '../endpoint.ts';
import { OrgId, UserId } from '../ids.ts';
import { Certified, ExternalId, IsoDate, Page, PermissionAssignmentSummary, page } from './objects.ts';

export const UserAnswer = z
  .object({
    username: z.string(),
    name: z.string(),
    userId: UserId,
    kind: z.literal('CustomerEmployee'),
    /** Empty before a credential is confirmed. */
    credentialUuid: z.string(),
    /** Ours: what the user's client signs with. */
    credId: z.string().optional(),
    orgId: OrgId,
    permissions: z.array(z.string()),
    isActive: z.boolean(),
    isServiceAccount: z.boolean(),
    isRegistered: z.boolean(),
    isSSORequired: z.boolean(),
    permissionAssignments: z.array(PermissionAssignmentSummary),
    certified: Certified.optional(),
  })
  .meta({ id: 'User' });
/** The one answer that has the registration code. */
const NewUser = UserAnswer.extend({ registrationCode: z.string().optional(), dateRegistrationCodeExpires: IsoDate.optional() }).meta({ id: 'NewUser' });

const user = z.object({ userId: UserId });
const Email = z
  .string()
  .max(256)
  .regex(/^[^\s@]{1,128}@[^\s@]{1,127}$/, 'must be an e-mail address');

export const createUser = signedEndpoint({
  name: 'auth.createUser',
  method: 'POST',
  path: '/auth/users',
  about: 'Creates a user without permissions. With `publicKey` in the signed body signers obey it at once; without, the answer has a registration code.',
  access: ['Auth:Users:Create'],
  effect: 'act',
  body: z.strictObject({
    email: Email,
    kind: z.enum(['CustomerEmployee', 'EndUser', 'DfnsStaff']),
    publicKey: z.string().min(1).max(4096).optional(),
    externalId: ExternalId.optional(),
    isSSORequired: z.boolean().optional(),
  }),
  reply: NewUser,
  refusals: [
    'request/unsupported',
    'auth/caller-kind',
    'user/name-taken',
    'credential/malformed-key',
    'credential/weak-key',
    'credential/duplicate',
    'authority/uncertified',
  ],
});
export const listUsers = endpoint({
  name: 'auth.listUsers',
  method: 'GET',
  path: '/auth/users',
  about: 'Lists the users, newest last, without archived ones.',
  access: ['Auth:Users:Read'],
  query: Page.extend({ kind: z.enum(['CustomerEmployee', 'EndUser']).optional() }),
  reply: page(UserAnswer),
});
export const getUser = endpoint({
  name: 'auth.getUser',
  method: 'GET',
  path: '/auth/users/:userId',
  about: 'Reads one user.',
  access: ['Auth:Users:Read'],
  params: user,
  reply: UserAnswer,
  refusals: ['user/unknown'],
});
export const updateUser = signedEndpoint({
  name: 'auth.updateUser',
  method: 'PUT',
  path: '/auth/users/:userId',
  about: 'Says whether a user must sign in elsewhere: `false` changes nothing, `true` is not offered.',
  access: ['Auth:Users:Update'],
  effect: 'act',
  params: user,
  body: z.strictObject({ isSSORequired: z.boolean() }),
  reply: UserAnswer,
  refusals: ['request/unsupported', 'user/unknown', 'authority/uncertified'],
});
export const activateUser = signedEndpoint({
  name: 'auth.activateUser',
  method: 'PUT',
  path: '/auth/users/:userId/activate',
  about: 'Lets a user act again. That gives it all it holds, so the author must hold that too, and Permissions:Assign.',
  access: ['Auth:Users:Activate'],
  effect: 'act',
  params: user,
  reply: UserAnswer,
  refusals: ['user/unknown', 'authority/exceeds-author', 'authority/uncertified'],
});
export const deactivateUser = signedEndpoint({
  name: 'auth.deactivateUser',
  method: 'PUT',
  path: '/auth/users/:userId/deactivate',
  about: 'Stops a user and all its personal access tokens until it is activated.',
  access: ['Auth:Users:Deactivate'],
  effect: 'act',
  params: user,
  reply: UserAnswer,
  refusals: ['user/unknown', 'authority/last-administrator', 'authority/uncertified'],
});
export const archiveUser = signedEndpoint({
  name: 'auth.archiveUser',
  method: 'DELETE',
  path: '/auth/users/:userId',
  about: 'Ends a user and all its personal access tokens for good. Its name stays taken.',
  access: ['Auth:Users:Delete'],
  effect: 'act',
  params: user,
  reply: UserAnswer,
  refusals: ['user/unknown', 'authority/last-administrator', 'authority/uncertified'],
});
