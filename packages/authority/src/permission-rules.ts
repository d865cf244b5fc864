/**
 * Permissions changed, archived, brought back, and taken from those who hold them.
 *
 * @module
 */
import { type AssignmentId, type BodyOfEndpoint, normalizeOperation, type Operation, type PermissionId, Refusal, type updatePermission } from '@quorate/wire';
import { keepAdministrator } from './administrators.ts';
import type { Context } from './context.ts';
import { operationsIn, requireWithin } from './permissions.ts';
import { type AuthorityState, type PermissionRecord, removeAssignment } from './state.ts';

/** @throws {Refusal} `permission/unknown-operation` */
export function requireOperationNames(operations: readonly string[]): void {
  const unknown = operations.find((operation) => normalizeOperation(operation) === null);
  if (unknown !== undefined) throw new Refusal('permission/unknown-operation', { operation: unknown });
}

function changeable(state: AuthorityState, id: PermissionId): PermissionRecord {
  const permission = state.permissions.get(id);
  if (permission === undefined) throw new Refusal('permission/unknown');
  if (permission.isImmutable) throw new Refusal('permission/immutable');
  return permission;
}

const isAssigned = (state: AuthorityState, id: PermissionId): boolean => (state.assignmentsByPermission.get(id)?.size ?? 0) > 0;

const withPermission = (state: AuthorityState, permission: PermissionRecord): AuthorityState => ({
  ...state,
  permissions: state.permissions.set(permission.id, permission),
});

export function permissionUpdated(
  state: AuthorityState,
  id: PermissionId,
  { name, operations }: BodyOfEndpoint<typeof updatePermission>,
  { rights, at }: Context,
): AuthorityState {
  const permission = changeable(state, id);
  if (permission.isArchived) throw new Refusal('permission/archived');
  // A name that was ever in use stays its permission's, which may take it back.
  if (name !== undefined && (state.permissionNames.get(name) ?? id) !== id) throw new Refusal('permission/name-taken');
  if (operations !== undefined) {
    requireOperationNames(operations);
    const before = new Set<Operation>(operationsIn(permission));
    const added = operationsIn({ operations }).filter((operation) => !before.has(operation));
    if (added.length > 0) requireWithin(rights, added, isAssigned(state, id) ? 'gives' : 'names');
  }
  const next = withPermission(state, { ...permission, name: name ?? permission.name, operations: operations ?? permission.operations, updatedAt: at });
  return name === undefined ? next : { ...next, permissionNames: next.permissionNames.set(name, id) };
}

/** To bring a permission back gives its operations to all to whom it is still assigned. */
export function permissionArchived(state: AuthorityState, id: PermissionId, isArchived: boolean, { rights, at }: Context): AuthorityState {
  const permission = changeable(state, id);
  if (permission.isArchived && !isArchived && isAssigned(state, id)) requireWithin(rights, operationsIn(permission), 'gives');
  return withPermission(state, { ...permission, isArchived, updatedAt: at });
}

export function assignmentRevoked(state: AuthorityState, permissionId: PermissionId, assignmentId: AssignmentId): AuthorityState {
  if (!state.permissions.has(permissionId)) throw new Refusal('permission/unknown');
  const assignment = state.assignments.get(assignmentId);
  if (assignment === undefined || assignment.permissionId !== permissionId) throw new Refusal('assignment/unknown');
  return keepAdministrator(removeAssignment(state, assignment));
}
