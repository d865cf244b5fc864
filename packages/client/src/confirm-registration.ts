/**
 * The body of a confirmation, made of a registration as the server shows it, and of the fingerprint as its user says it.
 * The server's word alone would let it put its own key in the user's place.
 *
 * @module
 */
import { parseCredentialKey } from '@quorate/authority';
import { type BodyGiven, type confirmUser, Refusal, type ReplyRead, type listRegistrations, sha256Hex } from '@quorate/wire';

type Shown = Pick<ReplyRead<typeof listRegistrations>['items'][number], 'credentialId' | 'credentialKind' | 'credentialName' | 'publicKey'>;

/** What the one who registers says aloud: `SHA256:` and the unpadded base64 of the key's SPKI. @throws {Refusal} `credential/malformed-key`, `credential/weak-key` */
export const fingerprintOfKey = (publicKey: string): string => parseCredentialKey(publicKey).fingerprint;

/**
 * For `POST /auth/users/{userId}/confirm`. `fingerprint`: from the user, not from the server.
 * @throws {Refusal} `credential/fingerprint` where the registration is of another key; `credential/malformed-key`, `credential/weak-key`
 */
export function confirmationOf({ credentialId, credentialKind, credentialName, publicKey }: Shown, fingerprint: string): BodyGiven<typeof confirmUser> {
  const key = parseCredentialKey(publicKey);
  if (key.fingerprint !== fingerprint) throw new Refusal('credential/fingerprint');
  return { credentialId, credentialKind, credentialName, publicKey, publicKeyHash: sha256Hex(key.spki) };
}
