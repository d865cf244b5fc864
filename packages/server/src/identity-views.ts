/**
 * Users, personal access tokens and credentials as the objects that clients know (contract §3.5 to §3.7).
 *
 * @module
 */
import type { AuthorityState, Credential } from '@quorate/authority';
import type { AccessToken, CredentialAnswer, TokenId, UserAnswer, UserId } from '@quorate/wire';
import type * as z from 'zod';
import { assignmentsOf } from './views.ts';

/** ISO-8601, UTC, with milliseconds. */
const date = (at: number): string => new Date(at).toISOString();

/** @throws {TypeError} for an id that the state does not have */
export function userView(state: AuthorityState, id: UserId): z.input<typeof UserAnswer> {
  const user = state.users.get(id);
  if (user === undefined) throw new TypeError('no such user');
  return {
    username: user.name,
    name: user.name,
    userId: user.id,
    kind: 'CustomerEmployee',
    credentialUuid: user.credentialUuid ?? '',
    ...(user.credId === null ? {} : { credId: user.credId }),
    orgId: state.genesis.orgId,
    permissions: [],
    isActive: user.isActive,
    isServiceAccount: user.isServiceAccount,
    isRegistered: user.credId !== null,
    isSSORequired: false,
    permissionAssignments: assignmentsOf(state, user.id),
  };
}

/** Without the token itself, which the call that made it shows once. @throws {TypeError} for an id that the state does not have */
export function tokenView(state: AuthorityState, id: TokenId): z.input<typeof AccessToken> {
  const token = state.tokens.get(id);
  if (token === undefined) throw new TypeError('no such token');
  return {
    dateCreated: date(token.createdAt),
    credId: token.credId,
    isActive: token.isActive && state.users.get(token.userId)?.isActive === true,
    kind: 'Pat',
    linkedUserId: token.userId,
    linkedAppId: '',
    name: token.name,
    orgId: state.genesis.orgId,
    permissionAssignments: assignmentsOf(state, token.id),
    publicKey: state.credentials.get(token.credId)?.fingerprint ?? '',
    tokenId: token.id,
  };
}

export function credentialView({ genesis }: AuthorityState, credential: Credential): z.input<typeof CredentialAnswer> {
  return {
    kind: credential.kind,
    credentialId: credential.credId,
    credentialUuid: credential.uuid,
    dateCreated: date(credential.createdAt),
    isActive: credential.isActive,
    name: credential.name,
    publicKey: credential.fingerprint,
    relyingPartyId: credential.kind === 'Fido2' ? genesis.passkeys.rpId : '',
    origin: credential.origin ?? '',
  };
}
