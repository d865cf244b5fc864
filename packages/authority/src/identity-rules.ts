/**
 * The acts on identities and what they hold, each with its rule.
 *
 * @module
 */
import {
  activateCredential,
  activatePersonalAccessToken,
  activateServiceAccount,
  activateUser,
  archivePermission,
  archivePersonalAccessToken,
  archiveServiceAccount,
  archiveUser,
  type Command,
  confirmUser,
  createCredential,
  createUser,
  deactivateCredential,
  deactivatePersonalAccessToken,
  deactivateServiceAccount,
  deactivateUser,
  deleteAssignment,
  isFor,
  updatePermission,
  updatePersonalAccessToken,
  updateServiceAccount,
  updateUser,
} from '@quorate/wire';
import { accountActivated, accountArchived, accountDeactivated, serviceAccountUpdated, userCreated, userUpdated } from './account-rules.ts';
import { userConfirmed } from './confirmation-rules.ts';
import type { Context } from './context.ts';
import { credentialCreated, credentialSet } from './credential-rules.ts';
import { assignmentRevoked, permissionArchived, permissionUpdated } from './permission-rules.ts';
import type { AuthorityState } from './state.ts';
import { tokenSet, tokenUpdated } from './token-rules.ts';

/** The state after such an act; `null` for a command that is none. @throws {Refusal} */
export function applyIdentityRule(state: AuthorityState, command: Command, context: Context): AuthorityState | null {
  return onAccount(state, command, context) ?? onPermission(state, command, context) ?? onCredentialOrToken(state, command, context);
}

function onAccount(state: AuthorityState, command: Command, context: Context): AuthorityState | null {
  if (isFor(command, createUser)) return userCreated(state, command.body, context);
  if (isFor(command, confirmUser)) return userConfirmed(state, command.params.userId, command.body, context);
  if (isFor(command, updateUser)) return userUpdated(state, command.params.userId, command.body);
  if (isFor(command, activateUser)) return accountActivated(state, 'user', command.params.userId, context);
  if (isFor(command, deactivateUser)) return accountDeactivated(state, 'user', command.params.userId);
  if (isFor(command, archiveUser)) return accountArchived(state, 'user', command.params.userId);
  if (isFor(command, updateServiceAccount)) return serviceAccountUpdated(state, command.params.serviceAccountId, command.body);
  if (isFor(command, activateServiceAccount)) return accountActivated(state, 'service-account', command.params.serviceAccountId, context);
  if (isFor(command, deactivateServiceAccount)) return accountDeactivated(state, 'service-account', command.params.serviceAccountId);
  if (isFor(command, archiveServiceAccount)) return accountArchived(state, 'service-account', command.params.serviceAccountId);
  return null;
}

function onPermission(state: AuthorityState, command: Command, context: Context): AuthorityState | null {
  if (isFor(command, updatePermission)) return permissionUpdated(state, command.params.permissionId, command.body, context);
  if (isFor(command, archivePermission)) return permissionArchived(state, command.params.permissionId, command.body.isArchived, context);
  if (isFor(command, deleteAssignment)) return assignmentRevoked(state, command.params.permissionId, command.params.assignmentId);
  return null;
}

function onCredentialOrToken(state: AuthorityState, command: Command, context: Context): AuthorityState | null {
  if (isFor(command, createCredential)) return credentialCreated(state, command.body, context);
  if (isFor(command, activateCredential)) return credentialSet(state, command.body.credentialUuid, true, context);
  if (isFor(command, deactivateCredential)) return credentialSet(state, command.body.credentialUuid, false, context);
  if (isFor(command, updatePersonalAccessToken)) return tokenUpdated(state, command.params.tokenId, command.body, context);
  if (isFor(command, activatePersonalAccessToken)) return tokenSet(state, command.params.tokenId, { isActive: true }, context);
  if (isFor(command, deactivatePersonalAccessToken)) return tokenSet(state, command.params.tokenId, { isActive: false }, context);
  if (isFor(command, archivePersonalAccessToken)) return tokenSet(state, command.params.tokenId, { isActive: false, isArchived: true }, context);
  return null;
}
