/**
 * Changing and withdrawing what was given: service accounts, permissions, assignments (contract §3.4, §7.1).
 *
 * @module
 */
import * as z from 'zod';
import { signedEndpoint } from '../endpoint.ts';
import { AssignmentId, PermissionId, UserId } from '../ids.ts';
import { Certified, ExternalId, Name, Permission, ServiceAccount } from './objects.ts';

const serviceAccount = z.object({ serviceAccountId: UserId });

export const updateServiceAccount = signedEndpoint({
  name: 'auth.updateServiceAccount',
  method: 'PUT',
  path: '/auth/service-accounts/:serviceAccountId',
  about: 'Changes what a service account is called. A name it had stays its own.',
  access: ['Auth:ServiceAccounts:Update'],
  effect: 'act',
  params: serviceAccount,
  body: z.strictObject({ name: Name.optional(), externalId: ExternalId.optional() }),
  reply: ServiceAccount,
  refusals: ['service-account/unknown', 'service-account/name-taken', 'authority/uncertified'],
});
export const activateServiceAccount = signedEndpoint({
  name: 'auth.activateServiceAccount',
  method: 'PUT',
  path: '/auth/service-accounts/:serviceAccountId/activate',
  about: 'Lets a service account act again. That gives it all it holds, so the author must hold that too, and Permissions:Assign.',
  access: ['Auth:ServiceAccounts:Activate'],
  effect: 'act',
  params: serviceAccount,
  reply: ServiceAccount,
  refusals: ['service-account/unknown', 'authority/exceeds-author', 'authority/uncertified'],
});
export const deactivateServiceAccount = signedEndpoint({
  name: 'auth.deactivateServiceAccount',
  method: 'PUT',
  path: '/auth/service-accounts/:serviceAccountId/deactivate',
  about: 'Stops a service account: it reads, signs and asks for nothing until it is activated.',
  access: ['Auth:ServiceAccounts:Deactivate'],
  effect: 'act',
  params: serviceAccount,
  body: z.strictObject({ force: z.boolean().optional() }).optional(),
  reply: ServiceAccount,
  refusals: ['service-account/unknown', 'authority/last-administrator', 'authority/uncertified'],
});
export const archiveServiceAccount = signedEndpoint({
  name: 'auth.archiveServiceAccount',
  method: 'DELETE',
  path: '/auth/service-accounts/:serviceAccountId',
  about: 'Ends a service account for good. Its name stays taken.',
  access: ['Auth:ServiceAccounts:Delete'],
  effect: 'act',
  params: serviceAccount,
  reply: ServiceAccount,
  refusals: ['service-account/unknown', 'authority/last-administrator', 'authority/uncertified'],
});

export const updatePermission = signedEndpoint({
  name: 'permissions.updatePermission',
  method: 'PUT',
  path: '/permissions/:permissionId',
  about: 'Changes a permission. Operations added to one that is assigned are given to all who hold it.',
  access: ['Permissions:Update'],
  effect: 'act',
  params: z.object({ permissionId: PermissionId }),
  body: z.strictObject({ name: Name.optional(), operations: z.array(z.string().max(64)).min(1).max(256).optional() }),
  reply: Permission,
  refusals: [
    'permission/unknown',
    'permission/immutable',
    'permission/archived',
    'permission/name-taken',
    'permission/unknown-operation',
    'authority/exceeds-author',
    'authority/uncertified',
  ],
});
export const archivePermission = signedEndpoint({
  name: 'permissions.archivePermission',
  method: 'PUT',
  path: '/permissions/:permissionId/archive',
  about: 'Archives a permission, which then gives nothing to anyone, or brings it back. Its name stays taken.',
  access: ['Permissions:Archive'],
  effect: 'act',
  params: z.object({ permissionId: PermissionId }),
  body: z.strictObject({ isArchived: z.boolean() }),
  reply: Permission,
  refusals: ['permission/unknown', 'permission/immutable', 'authority/exceeds-author', 'authority/uncertified'],
});
export const deleteAssignment = signedEndpoint({
  name: 'permissions.deleteAssignment',
  method: 'DELETE',
  path: '/permissions/:permissionId/assignments/:assignmentId',
  about: 'Takes a permission from whom it was given to. A query `force` is not signed, so it means nothing.',
  access: ['Permissions:Revoke'],
  effect: 'act',
  params: z.object({ permissionId: PermissionId, assignmentId: AssignmentId }),
  reply: z.object({ id: AssignmentId, permissionId: PermissionId, certified: Certified.optional() }),
  refusals: ['permission/unknown', 'assignment/unknown', 'authority/last-administrator', 'authority/uncertified'],
});
