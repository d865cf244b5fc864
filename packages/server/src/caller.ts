/**
 * Who calls: the bearer's user as the organisation's acts know it, and what it may do.
 *
 * @module
 */
import { type AuthorityState, operationsOf, type User } from '@quorate/authority';
import { type Endpoint, type Operation, Refusal } from '@quorate/wire';
import type { Tokens } from './tokens.ts';

/** @throws {Refusal} `auth/not-authorized`, `auth/inactive` */
export async function callerOf(state: AuthorityState, tokens: Tokens, authorization: string | undefined): Promise<User> {
  const token = /^Bearer ([A-Za-z0-9_.-]+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new Refusal('auth/not-authorized');
  const bearer = await tokens.read(token);
  const user = state.users.get(bearer.userId);
  if (user === undefined || user.tokenId !== bearer.tokenId) throw new Refusal('auth/not-authorized');
  if (!user.isActive) throw new Refusal('auth/inactive');
  return user;
}

const held = new WeakMap<AuthorityState, Map<User['id'], ReadonlySet<Operation>>>();

function operations(state: AuthorityState, user: User): ReadonlySet<Operation> {
  const byUser = held.get(state) ?? new Map<User['id'], ReadonlySet<Operation>>();
  held.set(state, byUser);
  const own = byUser.get(user.id) ?? operationsOf(state, user.id);
  byUser.set(user.id, own);
  return own;
}

/** Refuses who may not make this call at all. Whether this very request is allowed is for the signers. @throws {Refusal} `auth/forbidden` */
export function requireAccess(state: AuthorityState, user: User, { access }: Endpoint): void {
  if (typeof access === 'string') return;
  const missing = access.find((operation) => !operations(state, user).has(operation));
  if (missing !== undefined)
    throw new Refusal('auth/forbidden', { kind: user.isServiceAccount ? 'ServiceAccount' : 'CustomerEmployee', userId: user.id, operation: missing });
}
