/**
 * Lists out of the authority state in the order of their making, computed once per state.
 *
 * @module
 */
import type { AssignmentRecord, AuthorityState, Credential, PermissionRecord, PersonalAccessToken, User } from '@quorate/authority';
import type { TokenId, UserId } from '@quorate/wire';

interface Index {
  readonly credentials: ReadonlyMap<UserId, readonly Credential[]>;
  /** Without archived ones. */
  readonly serviceAccounts: readonly User[];
  /** With archived ones, so that a place in the list stays what it was. */
  readonly people: readonly User[];
  /** Without archived ones. */
  readonly tokens: ReadonlyMap<UserId, readonly PersonalAccessToken[]>;
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
  const accounts = inOrder(state.users.values());
  const index: Index = {
    credentials: Map.groupBy(state.credentials.values(), ({ userId }) => userId),
    serviceAccounts: accounts.filter((user) => user.isServiceAccount && !user.isArchived),
    people: accounts.filter((user) => !user.isServiceAccount),
    tokens: Map.groupBy(
      inOrder(state.tokens.values()).filter((token) => !token.isArchived),
      ({ userId }) => userId,
    ),
    permissions: inOrder(state.permissions.values()),
    assignments: inOrder(state.assignments.values()),
  };
  indexes.set(state, index);
  return index;
}

/** The credentials of a user, or of one of its personal access tokens. */
const allCredentialsOf = (state: AuthorityState, userId: UserId, tokenId: TokenId | ''): readonly Credential[] =>
  (indexOf(state).credentials.get(userId) ?? []).filter((credential) => credential.tokenId === tokenId);

/** Those that user actions can be signed with. */
export const credentialsOf = (state: AuthorityState, userId: UserId, tokenId: TokenId | ''): readonly Credential[] =>
  allCredentialsOf(state, userId, tokenId).filter((credential) => credential.isActive && credential.vouchedFor);

/** A user's own, active or not, oldest first. */
export const ownCredentialsOf = (state: AuthorityState, userId: UserId): readonly Credential[] =>
  [...allCredentialsOf(state, userId, '')].sort((a, b) => a.createdAt - b.createdAt || (a.uuid < b.uuid ? -1 : 1));
