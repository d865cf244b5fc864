/**
 * Who calls: the bearer's user as the organisation's acts know it, the personal access token it may be, and what it may do.
 *
 * @module
 */
import { type AuthorityState, type PersonalAccessToken, requireCallerKind, rightsOf, type User } from '@quorate/authority';
import { type Endpoint, meaningOf, type Operation, Refusal, type TokenId } from '@quorate/wire';
import type { Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';

export interface Caller {
  readonly user: User;
  /** The personal access token that the bearer is; `null` for the user's own. */
  readonly token: PersonalAccessToken | null;
  /** Of the bearer, whichever it is. */
  readonly tokenId: TokenId;
  /** Of a person's own bearer, which a logout ends; `null` for a service account's and a personal access token. */
  readonly sessionId: string | null;
}

interface Bearers {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
}

export const bearerIn = (authorization: string | undefined): string | null => /^Bearer ([A-Za-z0-9_.-]+)$/i.exec(authorization ?? '')?.[1] ?? null;

/** @throws {Refusal} `auth/not-authorized`, `auth/inactive` */
export async function callerOf(state: AuthorityState, { tokens, sessions }: Bearers, bearer: string | null): Promise<Caller> {
  if (bearer === null) throw new Refusal('auth/not-authorized');
  const { userId, tokenId, sessionId } = await tokens.read(bearer);
  const user = state.users.get(userId);
  if (user === undefined || user.isArchived) throw new Refusal('auth/not-authorized');
  const token = user.tokenId === tokenId ? null : state.tokens.get(tokenId);
  if (token === undefined || token?.isArchived === true || (token ?? { userId }).userId !== userId) throw new Refusal('auth/not-authorized');
  if (token === null && !user.isServiceAccount && !(await isLive(state, sessions, user, sessionId))) throw new Refusal('auth/not-authorized');
  if (!user.isActive || token?.isActive === false) throw new Refusal('auth/inactive');
  return { user, token, tokenId, sessionId };
}

/** A login ends with the credential that it was made with, too. */
async function isLive(state: AuthorityState, sessions: Sessions, user: User, sessionId: string | null): Promise<boolean> {
  const session = sessionId === null ? null : await sessions.live(sessionId);
  if (session === null || session.userId !== user.id) return false;
  return session.credId === null || state.credentials.get(session.credId)?.isActive === true;
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
