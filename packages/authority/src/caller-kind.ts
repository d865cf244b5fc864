/**
 * Calls that take more than operations: some are not for personal access tokens, some are not for service accounts.
 *
 * @module
 */
import {
  activateCredential,
  activatePersonalAccessToken,
  archivePersonalAccessToken,
  confirmUser,
  createCredential,
  createCredentialChallenge,
  createPersonalAccessToken,
  createServiceAccount,
  createUser,
  deactivateCredential,
  deactivatePersonalAccessToken,
  type Endpoint,
  Refusal,
  renewRegistrationCode,
  rotateSignerKeys,
  type TokenId,
  updatePersonalAccessToken,
} from '@quorate/wire';
import type { User } from './state.ts';

/** A user's own credentials and tokens: a service account has one key and one token, made and ended with it. */
const personal: ReadonlySet<Endpoint> = new Set<Endpoint>([
  createCredentialChallenge,
  createCredential,
  activateCredential,
  deactivateCredential,
  createPersonalAccessToken,
  updatePersonalAccessToken,
  activatePersonalAccessToken,
  deactivatePersonalAccessToken,
  archivePersonalAccessToken,
]);
/** What lets somebody else, or the same user in another way, sign; and who the signers are. */
const notByToken: ReadonlySet<Endpoint> = new Set<Endpoint>([
  ...personal,
  createServiceAccount,
  createUser,
  confirmUser,
  renewRegistrationCode,
  rotateSignerKeys,
]);

/** `tokenId`: of the personal access token that acts, or ''. @throws {Refusal} `auth/caller-kind` */
export function requireCallerKind(endpoint: Endpoint, user: User, tokenId: TokenId | ''): void {
  if (tokenId !== '' && notByToken.has(endpoint)) throw new Refusal('auth/caller-kind', { kind: 'Pat' });
  if (user.isServiceAccount && personal.has(endpoint)) throw new Refusal('auth/caller-kind', { kind: 'ServiceAccount' });
}
