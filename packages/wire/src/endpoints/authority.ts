/**
 * Who may do what: service accounts, permissions, assignments, organisation settings (contract §3.4, §7).
 *
 * @module
 */
import * as z from 'zod';
import { endpoint, signedEndpoint } from '../endpoint.ts';
import { IdentityId, PermissionId, UserId } from '../ids.ts';
import { Assignment, Certified, ExternalId, Name, Page, Permission, ServiceAccount, page } from './objects.ts';
import { Genesis } from '../genesis.ts';
import { ActRecord } from '../messages.ts';

export const createServiceAccount = signedEndpoint({
  name: 'auth.createServiceAccount',
  method: 'POST',
  path: '/auth/service-accounts',
  about: 'Creates a service account with its key; the answer alone shows its access token.',
  access: ['Auth:ServiceAccounts:Create'],
  effect: 'act',
  body: z.strictObject({
    name: Name,
    publicKey: z.string().min(1).max(4096),
    permissionId: PermissionId.optional(),
    externalId: ExternalId.optional(),
    daysValid: z.int().min(1).max(730).optional(),
  }),
  reply: ServiceAccount,
  refusals: [
    'credential/malformed-key',
    'credential/weak-key',
    'credential/duplicate',
    'service-account/name-taken',
    'permission/unknown',
    'authority/exceeds-author',
    'authority/uncertified',
  ],
});
export const listServiceAccounts = endpoint({
  name: 'auth.listServiceAccounts',
  method: 'GET',
  path: '/auth/service-accounts',
  about: 'Lists the service accounts.',
  access: ['Auth:ServiceAccounts:Read'],
  reply: z.object({ items: z.array(ServiceAccount) }),
});
export const getServiceAccount = endpoint({
  name: 'auth.getServiceAccount',
  method: 'GET',
  path: '/auth/service-accounts/:serviceAccountId',
  about: 'Reads one service account.',
  access: ['Auth:ServiceAccounts:Read'],
  params: z.object({ serviceAccountId: UserId }),
  reply: ServiceAccount,
  refusals: ['service-account/unknown'],
});

export const createPermission = signedEndpoint({
  name: 'permissions.createPermission',
  method: 'POST',
  path: '/permissions',
  about: 'Creates a named set of operations.',
  access: ['Permissions:Create'],
  effect: 'act',
  body: z.strictObject({ name: Name, operations: z.array(z.string().max(64)).min(1).max(256) }),
  reply: Permission,
  refusals: ['permission/name-taken', 'permission/unknown-operation', 'authority/exceeds-author', 'authority/uncertified'],
});
export const listPermissions = endpoint({
  name: 'permissions.listPermissions',
  method: 'GET',
  path: '/permissions',
  about: 'Lists the permissions.',
  access: ['Permissions:Read'],
  query: Page,
  reply: page(Permission),
});
export const getPermission = endpoint({
  name: 'permissions.getPermission',
  method: 'GET',
  path: '/permissions/:permissionId',
  about: 'Reads one permission.',
  access: ['Permissions:Read'],
  params: z.object({ permissionId: PermissionId }),
  reply: Permission,
  refusals: ['permission/unknown'],
});
export const createAssignment = signedEndpoint({
  name: 'permissions.createAssignment',
  method: 'POST',
  path: '/permissions/:permissionId/assignments',
  about: 'Gives a permission to a user, service account or token. The author must hold Permissions:Assign and every operation given.',
  access: ['Permissions:Assign'],
  effect: 'act',
  params: z.object({ permissionId: PermissionId }),
  body: z.strictObject({ identityId: IdentityId }),
  reply: Assignment,
  refusals: ['permission/unknown', 'identity/unknown', 'assignment/duplicate', 'authority/exceeds-author', 'authority/uncertified'],
});
export const listAssignments = endpoint({
  name: 'permissions.listAssignments',
  method: 'GET',
  path: '/permissions/:permissionId/assignments',
  about: 'Lists who holds a permission.',
  access: ['Permissions:Assignments:Read'],
  params: z.object({ permissionId: PermissionId }),
  reply: z.object({ items: z.array(Assignment) }),
  refusals: ['permission/unknown'],
});

export const updateOrganisationSettings = signedEndpoint({
  name: 'organisation.updateSettings',
  method: 'PUT',
  path: '/organisation/settings',
  about: 'Switches export on or off for the whole organisation (not in Dfns).',
  access: ['Orgs:Update'],
  effect: 'act',
  body: z.strictObject({ exportEnabled: z.boolean() }),
  reply: z.object({ exportEnabled: z.boolean(), certified: Certified.optional() }),
  refusals: ['authority/uncertified'],
});
export const getOrganisation = endpoint({
  name: 'organisation.get',
  method: 'GET',
  path: '/organisation',
  about: 'The organisation’s genesis, settings and current head (not in Dfns). Check the genesis against the hash you trust.',
  access: 'bearer',
  reply: z.object({
    orgId: z.string(),
    genesis: Genesis,
    genesisHash: z.string(),
    exportEnabled: z.boolean(),
    head: z.object({ number: z.int(), hash: z.string() }),
  }),
});

export const listActs = endpoint({
  name: 'organisation.listActs',
  method: 'GET',
  path: '/organisation/acts',
  about:
    'Certified acts after a number, oldest first (not in Dfns): all that was signed, by whomever. From them a client computes which keys the signers have now.',
  access: ['Orgs:Read'],
  query: z.object({ after: z.coerce.number().int().min(0).optional() }),
  reply: z.object({ acts: z.array(ActRecord) }),
});
