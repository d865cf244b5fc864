/**
 * Credentials of users: a further one, vouched for by the one that signs the act, and stopping and letting sign again.
 *
 * @module
 */
import { type BodyOfEndpoint, type createCredential, type CredentialId, type CredentialUuid, deriveId, Refusal } from '@quorate/wire';
import { keepAdministrator } from './administrators.ts';
import type { Context } from './context.ts';
import { type CredentialKey, parseCredentialKey } from './credential-key.ts';
import { readNewCredential } from './credential-kinds.ts';
import { addCredential, type AuthorityState, type Credential, type User } from './state.ts';

/** A key that no credential here has or had. @throws {Refusal} `credential/duplicate`, `credential/malformed-key`, `credential/weak-key` */
export function newCredentialKey(state: AuthorityState, credId: CredentialId, publicKey: string): CredentialKey {
  const key = parseCredentialKey(publicKey);
  if (state.fingerprints.has(key.fingerprint) || state.credentials.has(credId)) throw new Refusal('credential/duplicate');
  return key;
}

export function credentialCreated(
  state: AuthorityState,
  { credentialKind, credentialInfo, credentialName, encryptedPrivateKey }: BodyOfEndpoint<typeof createCredential>,
  { author, challenge, at }: Context,
): AuthorityState {
  if (credentialKind !== 'Key' && credentialKind !== 'Fido2') throw new Refusal('request/unsupported', { member: 'credentialKind' });
  if (encryptedPrivateKey !== undefined) throw new Refusal('request/unsupported', { member: 'encryptedPrivateKey' });
  const { credId } = credentialInfo;
  const { publicKey, origin } = readNewCredential(state.genesis.passkeys, credentialKind, credentialInfo);
  const { fingerprint } = newCredentialKey(state, credId, publicKey);
  return addCredential(state, {
    credId,
    uuid: deriveId('cr', 0, challenge),
    userId: author.id,
    tokenId: '',
    name: credentialName,
    kind: credentialKind,
    publicKey,
    fingerprint,
    ...(origin === undefined ? {} : { origin }),
    isActive: true,
    vouchedFor: true,
    createdAt: at,
  });
}

/** One of the user's own, not of its tokens. @throws {Refusal} `credential/unknown` */
export function ownCredential(state: AuthorityState, user: User, uuid: CredentialUuid): Credential {
  for (const credId of state.credentialsByUser.get(user.id) ?? []) {
    const credential = state.credentials.get(credId);
    if (credential?.uuid === uuid) return credential;
  }
  throw new Refusal('credential/unknown');
}

/** The user's rights stay what they are: it has one more way, or one less, to use them. */
export function credentialSet(state: AuthorityState, uuid: CredentialUuid, isActive: boolean, { author }: Context): AuthorityState {
  const credential = ownCredential(state, author, uuid);
  const next = { ...state, credentials: state.credentials.set(credential.credId, { ...credential, isActive }) };
  return isActive ? next : keepAdministrator(next);
}
