/**
 * Passkeys (WebAuthn §7.1 and §7.2, contract §2.3 and §3.3): what the browser and the authenticator say, held against
 * the relying party, origins and user verification of the genesis. Reads and judges; signatures are verified elsewhere.
 *
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { b64url, concat, type CredentialInfo, equal, type Genesis, hasPasskeys, parseStrictJson, Refusal, type RefusalCode, utf8 } from '@quorate/wire';
import * as z from 'zod';
import { type AuthenticatorData, readAuthenticatorData } from './authenticator-data.ts';
import { readCborMap } from './cbor.ts';
import { pemOfCoseKey } from './cose-key.ts';

export type PasskeyRules = Genesis['passkeys'];

/** What browsers add besides is theirs and means nothing; `topOrigin` is there only for frames of other websites. */
const ClientData = z.object({
  type: z.enum(['webauthn.get', 'webauthn.create']),
  challenge: z.string().max(1024),
  origin: z.string(),
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
});

export interface PasskeyAssertion {
  readonly clientData: string;
  readonly authenticatorData?: string | undefined;
  /** Not signed, and so no proof of anything; but a wrong one shows that somebody mixed things up. */
  readonly userHandle?: string | undefined;
}

/**
 * The signed bytes of an assertion, and the authenticator's counter.
 * @throws {Refusal} `passkey/not-configured`, `passkey/origin`, `passkey/relying-party`, `passkey/authenticator-data`,
 *   `passkey/user-verification`, `action/client-data-invalid`, `action/mismatch`
 */
export function readPasskeyAssertion(
  rules: PasskeyRules,
  userId: string,
  { clientData, authenticatorData, userHandle }: PasskeyAssertion,
  challenge: string,
): { readonly signed: Uint8Array; readonly counter: number } {
  requireConfigured(rules);
  const client = b64url.decode(clientData);
  // Browsers take the challenge's text for bytes and encode these once more.
  if (readClientData(rules, client, 'webauthn.get', 'action/client-data-invalid').challenge !== encodedTwice(challenge)) {
    throw new Refusal('action/mismatch', { member: 'challenge' });
  }
  const bytes = authenticatorData === undefined ? new Uint8Array() : b64url.decode(authenticatorData);
  const read = readAuthenticatorData(bytes);
  if (read === null || read.attested !== null) throw new Refusal('passkey/authenticator-data');
  requireUser(rules, read);
  requireUserHandle(userId, userHandle);
  return { signed: passkeySigned(bytes, client), counter: read.counter };
}

/** What an authenticator was told of its user, if it tells. Browsers that have none send an empty one. @throws {Refusal} `action/mismatch` */
export function requireUserHandle(userId: string, userHandle: string | undefined): void {
  if (userHandle === undefined || userHandle === '') return;
  if (!equal(b64url.decode(userHandle), utf8.encode(userId))) throw new Refusal('action/mismatch', { member: 'userHandle' });
}

/** What an authenticator signs. */
export const passkeySigned = (authenticatorData: Uint8Array, clientData: Uint8Array): Uint8Array => concat(authenticatorData, sha256(clientData));

/**
 * The key and challenge of a new passkey. Attestation statements are not looked at: `none` is asked for, and no maker of
 * authenticators is trusted. Whoever adds the passkey signs that with a credential in use.
 * @throws {Refusal} `passkey/not-configured`, `passkey/origin`, `passkey/relying-party`, `passkey/user-verification`,
 *   `credential/attestation`, `credential/malformed-key`
 */
export function readNewPasskey(
  rules: PasskeyRules,
  { credId, clientData, attestationData }: CredentialInfo,
): { readonly challenge: string; readonly publicKey: string; readonly origin: string } {
  requireConfigured(rules);
  const client = readClientData(rules, decoded(clientData), 'webauthn.create', 'credential/attestation');
  const challenge = decodedTwice(client.challenge);
  const read = readAuthenticatorData(authDataOf(decoded(attestationData)));
  if (read?.attested == null) throw malformed();
  requireUser(rules, read);
  if (b64url.encode(read.attested.credentialId) !== credId) throw new Refusal('credential/attestation', { member: 'credId' });
  const publicKey = pemOfCoseKey(read.attested.coseKey);
  if (publicKey === null) throw new Refusal('credential/malformed-key');
  return { challenge, publicKey, origin: client.origin };
}

const malformed = (): Refusal => new Refusal('credential/attestation');

function decoded(text: string): Uint8Array {
  try {
    return b64url.decode(text);
  } catch {
    throw malformed();
  }
}

function authDataOf(attestationObject: Uint8Array): Uint8Array {
  const { map, rest } = readCborMap(attestationObject) ?? {};
  const [format, statement, authData] = [map?.get('fmt'), map?.get('attStmt'), map?.get('authData')];
  const isWhole = map?.size === 3 && rest?.length === 0 && typeof format === 'string' && statement instanceof Map && authData instanceof Uint8Array;
  if (!isWhole || (format === 'none' && statement.size > 0)) throw malformed();
  return authData;
}

/** @throws {Refusal} `passkey/not-configured` */
export function requireConfigured(rules: PasskeyRules): void {
  if (!hasPasskeys(rules)) throw new Refusal('passkey/not-configured');
}

function readClientData({ origins }: PasskeyRules, bytes: Uint8Array, type: 'webauthn.get' | 'webauthn.create', code: RefusalCode): z.infer<typeof ClientData> {
  let data: z.infer<typeof ClientData>;
  try {
    data = ClientData.parse(parseStrictJson(utf8.decode(bytes)));
  } catch {
    throw new Refusal(code);
  }
  if (data.type !== type) throw new Refusal(code, { member: 'type' });
  if (!origins.includes(data.origin)) throw new Refusal('passkey/origin');
  return data;
}

function requireUser({ rpId, userVerification }: PasskeyRules, { rpIdHash, userPresent, userVerified }: AuthenticatorData): void {
  if (!equal(rpIdHash, sha256(utf8.encode(rpId)))) throw new Refusal('passkey/relying-party');
  if (!userPresent) throw new Refusal('passkey/user-verification', { missing: 'presence' });
  if (userVerification === 'required' && !userVerified) throw new Refusal('passkey/user-verification', { missing: 'verification' });
}

const encodedTwice = (challenge: string): string => b64url.encode(utf8.encode(challenge));

function decodedTwice(text: string): string {
  try {
    const challenge = utf8.decode(b64url.decode(text));
    if (encodedTwice(challenge) === text) return challenge;
  } catch {
    // Refused below.
  }
  throw malformed();
}
