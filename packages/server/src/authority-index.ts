/**
 * Lists out of the authority state in the order of their making, computed once per state.
 *
 * @module
 */
import type { AssignmentRecord, AuthorityState, Credential, PermissionRecord, User } from '@quorate/authority';
import type { UserId } from '@quorate/wire';

interface Index {
  readonly credentials: ReadonlyMap<UserId, readonly Credential[]>;
  readonly serviceAccounts: readonly User[];
  readonly permissions: readonly PermissionRecord[];
  readonly assignments: readonly AssignmentRecord[];
}

const indexes = new WeakMap<AuthorityState, Index>();

/** Oldest first; those of one moment (the genesis) by id. */
const inOrder = <T extends { readonly id: string; readonly createdAt: number }>(items: Iterable<T>): readonly T[] =>
  [...items].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));

export function indexOf(state: AuthorityState): Index {
  const known = indexes.get(state);
  if (known !== undefined) return known;
  const index: Index = {
    credentials: Map.groupBy(state.credentials.values(), ({ userId }) => userId),
    serviceAccounts: inOrder(state.users.values()).filter((user) => user.isServiceAccount),
    permissions: inOrder(state.permissions.values()),
    assignments: inOrder(state.assignments.values()),
  };
  indexes.set(state, index);
  return index;
}

/** The credentials a user can sign actions with. */
export const credentialsOf = (state: AuthorityState, userId: UserId): readonly Credential[] =>
  (indexOf(state).credentials.get(userId) ?? []).filter((credential) => credential.isActive && credential.vouchedFor);
