/**
 * Who may do what, read off the state.
 *
 * @module
 */
import { allOperations, type IdentityId, normalizeOperation, type Operation, Refusal, type TokenId, type UserId } from '@quorate/wire';
import { requireCallerKind } from './caller-kind.ts';
import { type AuthorityState, EVERY_OPERATION, type PermissionRecord } from './state.ts';
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

/** What a user may do by a credential: all that it holds, or with a personal access token's (`tokenId`) what both hold. */
export function rightsOf(state: AuthorityState, userId: UserId, tokenId: TokenId | ''): ReadonlySet<Operation> {
  const own = operationsOf(state, userId);
  return tokenId === '' ? own : new Set([...operationsOf(state, tokenId)].filter((operation) => own.has(operation)));
}

/**
 * Whether the signer of this request may make this call at all.
 * @throws {Refusal} `auth/forbidden`, `auth/caller-kind`
 */
export function authorize(state: AuthorityState, { command: { endpoint, access }, user, credential: { tokenId } }: Verified): void {
  requireCallerKind(endpoint, user, tokenId);
  if (typeof access === 'string') return;
  const rights = rightsOf(state, user.id, tokenId);
  const missing = access.find((operation) => !rights.has(operation));
  if (missing !== undefined || !user.isActive) throw new Refusal('auth/forbidden', { userId: user.id, operation: missing ?? '' });
}

/**
 * Refuses to let anyone pass on what they may not do themselves. Giving needs `Permissions:Assign` besides.
 * Administrators hold everything, so they may give everything.
 * @throws {Refusal} `authority/exceeds-author`
 */
export function requireWithin(rights: ReadonlySet<Operation>, operations: readonly Operation[], giving: 'gives' | 'names'): void {
  const needed: readonly Operation[] = giving === 'gives' ? ['Permissions:Assign', ...operations] : operations;
  const missing = needed.find((operation) => !rights.has(operation));
  if (missing !== undefined) throw new Refusal('authority/exceeds-author', { operation: missing });
}
