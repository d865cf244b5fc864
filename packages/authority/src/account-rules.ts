/**
 * Users and service accounts: made, renamed, stopped, let act again, ended.
 *
 * @module
 */
import {
  type BodyOfEndpoint,
  type Challenge,
  type createUser,
  deriveCredentialId,
  deriveId,
  Refusal,
  type updateServiceAccount,
  type updateUser,
  type UserId,
} from '@quorate/wire';
import { keepAdministrator } from './administrators.ts';
import type { Context } from './context.ts';
import { requireWithin, operationsOf } from './permissions.ts';
import { newCredentialKey } from './credential-rules.ts';
import { addUser, type AuthorityState, type Credential, type User } from './state.ts';

/** Which of the two a call is about; the other kind's ids are unknown to it. */
export type AccountKind = 'user' | 'service-account';

/** An account that is not archived. @throws {Refusal} `user/unknown`, `service-account/unknown` */
export function accountOf(state: AuthorityState, kind: AccountKind, id: UserId): User {
  const user = state.users.get(id);
  if (user === undefined || user.isArchived || user.isServiceAccount !== (kind === 'service-account')) throw new Refusal(`${kind}/unknown`);
  return user;
}

const withUser = (state: AuthorityState, user: User): AuthorityState => ({ ...state, users: state.users.set(user.id, user) });

export function userCreated(state: AuthorityState, body: BodyOfEndpoint<typeof createUser>, { challenge, at }: Context): AuthorityState {
  if (body.kind !== 'CustomerEmployee') throw new Refusal('request/unsupported', { member: 'kind' });
  if (body.isSSORequired === true) throw new Refusal('request/unsupported', { member: 'isSSORequired' });
  if (state.userNames.has(body.email)) throw new Refusal('user/name-taken');
  const id = deriveId('us', 0, challenge);
  const credential = body.publicKey === undefined ? null : firstCredential(state, id, { ...body, publicKey: body.publicKey }, challenge, at);
  return addUser(
    state,
    {
      id,
      name: body.email,
      isServiceAccount: false,
      isActive: true,
      isArchived: false,
      credentialUuid: credential?.uuid ?? null,
      credId: credential?.credId ?? null,
      tokenId: deriveId('to', 0, challenge),
      externalId: body.externalId ?? null,
      daysValid: null,
      createdAt: at,
    },
    credential,
  );
}

function firstCredential(
  state: AuthorityState,
  userId: UserId,
  { email, publicKey }: { readonly email: string; readonly publicKey: string },
  challenge: Challenge,
  at: number,
): Credential {
  const credId = deriveCredentialId(0, challenge);
  const { fingerprint } = newCredentialKey(state, credId, publicKey);
  return {
    credId,
    uuid: deriveId('cr', 0, challenge),
    userId,
    tokenId: '',
    name: email,
    kind: 'Key',
    publicKey,
    fingerprint,
    isActive: true,
    vouchedFor: true,
    createdAt: at,
  };
}

/** Who must sign in elsewhere cannot sign in here, and there is no elsewhere. */
export function userUpdated(state: AuthorityState, id: UserId, { isSSORequired }: BodyOfEndpoint<typeof updateUser>): AuthorityState {
  accountOf(state, 'user', id);
  if (isSSORequired) throw new Refusal('request/unsupported', { member: 'isSSORequired' });
  return state;
}

export function serviceAccountUpdated(state: AuthorityState, id: UserId, { name, externalId }: BodyOfEndpoint<typeof updateServiceAccount>): AuthorityState {
  const user = accountOf(state, 'service-account', id);
  // A name that was ever in use stays its account's, which may take it back.
  if (name !== undefined && (state.userNames.get(name) ?? id) !== id) throw new Refusal('service-account/name-taken');
  const next = withUser(state, { ...user, name: name ?? user.name, externalId: externalId ?? user.externalId });
  return name === undefined ? next : { ...next, userNames: next.userNames.set(name, id) };
}

/** To let an account act again gives it everything it holds. */
export function accountActivated(state: AuthorityState, kind: AccountKind, id: UserId, { rights }: Context): AuthorityState {
  const user = accountOf(state, kind, id);
  if (user.isActive) return state;
  requireWithin(rights, [...operationsOf(state, id)], 'gives');
  return withUser(state, { ...user, isActive: true });
}

export const accountDeactivated = (state: AuthorityState, kind: AccountKind, id: UserId): AuthorityState =>
  keepAdministrator(withUser(state, { ...accountOf(state, kind, id), isActive: false }));

export const accountArchived = (state: AuthorityState, kind: AccountKind, id: UserId): AuthorityState =>
  keepAdministrator(withUser(state, { ...accountOf(state, kind, id), isActive: false, isArchived: true }));
