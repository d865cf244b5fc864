/**
 * Who calls: the bearer's user as the organisation's acts know it, the personal access token it may be, and what it may do.
 *
 * @module
 */
import { type AuthorityState, type PersonalAccessToken, requireCallerKind, rightsOf, type User } from '@quorate/authority';
import { type Endpoint, meaningOf, type Operation, Refusal, type TokenId } from '@quorate/wire';
import type { Tokens } from './tokens.ts';

export interface Caller {
  readonly user: User;
  /** The personal access token that the bearer is; `null` for the user's own. */
  readonly token: PersonalAccessToken | null;
  /** Of the bearer, whichever it is. */
  readonly tokenId: TokenId;
}

/** @throws {Refusal} `auth/not-authorized`, `auth/inactive` */
export async function callerOf(state: AuthorityState, tokens: Tokens, authorization: string | undefined): Promise<Caller> {
  const bearerToken = /^Bearer ([A-Za-z0-9_.-]+)$/i.exec(authorization ?? '')?.[1];
  if (bearerToken === undefined) throw new Refusal('auth/not-authorized');
  const { userId, tokenId } = await tokens.read(bearerToken);
  const user = state.users.get(userId);
  if (user === undefined || user.isArchived) throw new Refusal('auth/not-authorized');
  const token = user.tokenId === tokenId ? null : state.tokens.get(tokenId);
  if (token === undefined || token?.isArchived === true || (token ?? { userId }).userId !== userId) throw new Refusal('auth/not-authorized');
  if (!user.isActive || token?.isActive === false) throw new Refusal('auth/inactive');
  return { user, token, tokenId };
}

const held = new WeakMap<AuthorityState, Map<TokenId, ReadonlySet<Operation>>>();

function operations(state: AuthorityState, { user, token, tokenId }: Caller): ReadonlySet<Operation> {
  const byToken = held.get(state) ?? new Map<TokenId, ReadonlySet<Operation>>();
  held.set(state, byToken);
  const own = byToken.get(tokenId) ?? rightsOf(state, user.id, token?.id ?? '');
  byToken.set(tokenId, own);
  return own;
}

/**
 * Refuses who may not make this call at all. Whether this very request is allowed is for the signers.
 * @throws {Refusal} `auth/forbidden`, `auth/caller-kind`
 */
export function requireAccess(state: AuthorityState, caller: Caller, endpoint: Endpoint, body: unknown): void {
  const { user, token } = caller;
  requireCallerKind(endpoint, user, token?.id ?? '');
  const { access } = meaningOf(endpoint, body);
  if (typeof access === 'string') return;
  const missing = access.find((operation) => !operations(state, caller).has(operation));
  const kind = user.isServiceAccount ? 'ServiceAccount' : 'CustomerEmployee';
  if (missing !== undefined) throw new Refusal('auth/forbidden', { kind: token === null ? kind : 'Pat', userId: user.id, operation: missing });
}
