/**
 * Personal access tokens: a user's own. What one may do is what it was given and its user still holds.
 *
 * @module
 */
import {
  type BodyOfEndpoint,
  type createPersonalAccessToken,
  deriveCredentialId,
  deriveId,
  Refusal,
  type TokenId,
  type updatePersonalAccessToken,
} from '@quorate/wire';
import type { Context } from './context.ts';
import { newCredentialKey } from './credential-rules.ts';
import { addCredential, type AuthorityState, type PersonalAccessToken, type User } from './state.ts';

const DAY_S = 86_400;
const MAX_DAYS = 730;

export function tokenCreated(
  state: AuthorityState,
  { name, publicKey, externalId, daysValid, secondsValid }: BodyOfEndpoint<typeof createPersonalAccessToken>,
  { author, challenge, at }: Context,
): AuthorityState {
  const id = deriveId('to', 0, challenge);
  const credId = deriveCredentialId(0, challenge);
  const { fingerprint } = newCredentialKey(state, credId, publicKey);
  const expiresAt = at + (secondsValid ?? (daysValid ?? MAX_DAYS) * DAY_S) * 1000;
  const credential = {
    credId,
    uuid: deriveId('cr', 0, challenge),
    userId: author.id,
    tokenId: id,
    name,
    kind: 'Key' as const,
    publicKey,
    fingerprint,
    isActive: true,
    vouchedFor: true,
    createdAt: at,
  };
  const token: PersonalAccessToken = {
    id,
    userId: author.id,
    credId,
    name,
    externalId: externalId ?? null,
    expiresAt,
    isActive: true,
    isArchived: false,
    createdAt: at,
  };
  return { ...addCredential(state, credential), tokens: state.tokens.set(id, token) };
}

/** One of the user's own that is not archived. @throws {Refusal} `token/unknown` */
export function ownToken(state: AuthorityState, user: User, id: TokenId): PersonalAccessToken {
  const token = state.tokens.get(id);
  if (token === undefined || token.userId !== user.id || token.isArchived) throw new Refusal('token/unknown');
  return token;
}

export function tokenUpdated(
  state: AuthorityState,
  id: TokenId,
  { name, externalId }: BodyOfEndpoint<typeof updatePersonalAccessToken>,
  { author }: Context,
): AuthorityState {
  const token = ownToken(state, author, id);
  return { ...state, tokens: state.tokens.set(id, { ...token, name: name ?? token.name, externalId: externalId ?? token.externalId }) };
}

/** Whatever is set: a token never does more than its user, who signs this with a credential of its own. */
export function tokenSet(
  state: AuthorityState,
  id: TokenId,
  to: Partial<Pick<PersonalAccessToken, 'isActive' | 'isArchived'>>,
  { author }: Context,
): AuthorityState {
  return { ...state, tokens: state.tokens.set(id, { ...ownToken(state, author, id), ...to }) };
}
