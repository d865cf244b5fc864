/**
 * Users who come without a credential, and the act that vouches for their first one. The key stands in the act itself,
 * so whoever replays the chain needs nothing of what the server stored when the user registered.
 *
 * @module
 */
import { type BodyOfEndpoint, type confirmUser, deriveId, hasPasskeys, Refusal, sha256Hex, type UserId } from '@quorate/wire';
import { accountOf } from './account-rules.ts';
import type { Context } from './context.ts';
import { isPasskeyAlgorithm } from './cose-key.ts';
import { type CredentialAlgorithm, parseCredentialKey } from './credential-key.ts';
import { newCredentialKey } from './credential-rules.ts';
import { operationsOf, requireWithin } from './permissions.ts';
import { addCredential, type AuthorityState, type User } from './state.ts';

/** A person, not archived, who has never had a credential. @throws {Refusal} `user/unknown`, `user/registered` */
export function unregisteredUser(state: AuthorityState, id: UserId): User {
  const user = accountOf(state, 'user', id);
  if (user.credId !== null) throw new Refusal('user/registered');
  return user;
}

/** What a registered credential is called by everyone: it follows from the key, so it is known before the confirmation. */
export const registeredUuid = (fingerprint: string) => deriveId('cr', 0, fingerprint);

/** SHA-256 of the key's SPKI, lower-case hex. @throws {Refusal} `credential/malformed-key`, `credential/weak-key` */
export const publicKeyHashOf = (publicKey: string): string => sha256Hex(parseCredentialKey(publicKey).spki);

/** @throws {Refusal} `passkey/not-configured`; `credential/malformed-key` for a key that no passkey has */
function requirePasskey({ genesis: { passkeys } }: AuthorityState, algorithm: CredentialAlgorithm): void {
  if (!hasPasskeys(passkeys)) throw new Refusal('passkey/not-configured');
  if (!isPasskeyAlgorithm(algorithm)) throw new Refusal('credential/malformed-key');
}

/** Whoever brings in a credential can sign by it, so it gives the author whatever the user holds. */
export function userConfirmed(
  state: AuthorityState,
  id: UserId,
  { credentialId, credentialKind, credentialName, publicKey, publicKeyHash }: BodyOfEndpoint<typeof confirmUser>,
  { rights, at }: Context,
): AuthorityState {
  const user = unregisteredUser(state, id);
  const { fingerprint, spki, algorithm } = newCredentialKey(state, credentialId, publicKey);
  if (sha256Hex(spki) !== publicKeyHash) throw new Refusal('credential/fingerprint');
  if (credentialKind === 'Fido2') requirePasskey(state, algorithm);
  const held = [...operationsOf(state, id)];
  if (held.length > 0) requireWithin(rights, held, 'gives');
  const uuid = registeredUuid(fingerprint);
  const next = addCredential(state, {
    credId: credentialId,
    uuid,
    userId: id,
    tokenId: '',
    name: credentialName,
    kind: credentialKind,
    publicKey,
    fingerprint,
    isActive: true,
    vouchedFor: true,
    createdAt: at,
  });
  return { ...next, users: next.users.set(id, { ...user, credentialUuid: uuid, credId: credentialId }) };
}
