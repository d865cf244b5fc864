/**
 * Who may do what, read off the state.
 *
 * @module
 */
import { allOperations, type IdentityId, normalizeOperation, type Operation, Refusal, type UserId } from '@quorate/wire';
import { type AuthorityState, EVERY_OPERATION, type PermissionRecord, type User } from './state.ts';
import type { Verified } from './verify-evidence.ts';

/** What a permission stands for, with older spellings read as today's. */
export function operationsIn(permission: Pick<PermissionRecord, 'operations'>): readonly Operation[] {
  if (permission.operations.includes(EVERY_OPERATION)) return allOperations;
  return permission.operations.map(normalizeOperation).filter((operation) => operation !== null);
}

/** All operations given to an identity by permissions that are not archived. */
export function operationsOf(state: AuthorityState, identityId: IdentityId): ReadonlySet<Operation> {
  const operations = new Set<Operation>();
  for (const id of state.assignmentsByIdentity.get(identityId) ?? []) {
    const assignment = state.assignments.get(id);
    const permission = assignment === undefined ? undefined : state.permissions.get(assignment.permissionId);
    if (permission === undefined || permission.isArchived) continue;
    for (const operation of operationsIn(permission)) operations.add(operation);
  }
  return operations;
}

/** Whether an active user holds an operation, in either spelling. */
export function holds(state: AuthorityState, userId: UserId, operation: string): boolean {
  const normal = normalizeOperation(operation);
  return normal !== null && (state.users.get(userId)?.isActive ?? false) && operationsOf(state, userId).has(normal);
}

/** Refuses a user who lacks one of these operations. @throws {Refusal} `auth/forbidden` */
export function requireOperations(state: AuthorityState, user: User, operations: readonly Operation[]): void {
  const held = operationsOf(state, user.id);
  const missing = operations.find((operation) => !held.has(operation));
  if (missing !== undefined || !user.isActive) throw new Refusal('auth/forbidden', { userId: user.id, operation: missing ?? '' });
}

/** Whether the signer of this request holds what its endpoint asks for. @throws {Refusal} `auth/forbidden` */
export function authorize(state: AuthorityState, verified: Verified): void {
  const { access } = verified.command.endpoint;
  if (typeof access !== 'string') requireOperations(state, verified.user, access);
}

/**
 * Refuses to let anyone pass on what they do not hold. Giving needs `Permissions:Assign` besides; genesis
 * administrators may give everything.
 * @throws {Refusal} `authority/exceeds-author`
 */
export function requireWithin(state: AuthorityState, author: User, operations: readonly Operation[], giving: 'gives' | 'names'): void {
  if (author.genesisAdministrator) return;
  const held = operationsOf(state, author.id);
  const needed: readonly Operation[] = giving === 'gives' ? ['Permissions:Assign', ...operations] : operations;
  const missing = needed.find((operation) => !held.has(operation));
  if (missing !== undefined) throw new Refusal('authority/exceeds-author', { operation: missing });
}
