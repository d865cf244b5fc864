/**
 * Both kinds of credentials through one door: what a credential in use signs, and what a new one says of itself. User
 * actions, login and registration come through here; each hands in the challenge that it expects.
 *
 * @module
 */
import { b64url, type CredentialInfo, parseStrictJson, Refusal, utf8 } from '@quorate/wire';
import * as z from 'zod';
import { verifyKeySignature } from './assertion.ts';
import { readAttestation, verifyAttestation } from './attestation.ts';
import { readAuthenticatorData } from './authenticator-data.ts';
import { parseCredentialKey } from './credential-key.ts';
import { type PasskeyAssertion, type PasskeyRules, passkeySigned, readNewPasskey, readPasskeyAssertion } from './passkey.ts';

export type CredentialKind = 'Key' | 'Fido2';

export interface AssertingCredential {
  readonly kind: CredentialKind;
  /** PEM. */
  readonly publicKey: string;
  readonly userId: string;
}

/** Binary members are base64url, as their schemas have checked. */
export interface CredentialAssertion extends PasskeyAssertion {
  /** `PasswordProtectedKey` is a key credential whose client keeps its key encrypted. */
  readonly kind: CredentialKind | 'PasswordProtectedKey';
  readonly signature: string;
}

/** Other members (origin, crossOrigin) are optional and mean nothing to a key credential (contract §2.3). */
const KeyClientData = z.object({ type: z.literal('key.get'), challenge: z.string() });

/** The kind of credential that makes assertions of this kind. */
export const credentialKindOf = (kind: CredentialAssertion['kind']): CredentialKind => (kind === 'PasswordProtectedKey' ? 'Key' : kind);

/**
 * Whether this credential signed this challenge. The signature is verified over the raw bytes received.
 * @param verifySignature another one where its answer has been asked for ahead of time, see `assertedBytes`
 * @returns the authenticator's counter, `null` for a key credential, which has none
 * @throws {Refusal} `action/credential-unknown` for an assertion of another kind, `action/mismatch`,
 *   `action/client-data-invalid`, `action/signature-invalid`, `passkey/*`
 */
export async function verifyAssertion(
  rules: PasskeyRules,
  credential: AssertingCredential,
  assertion: CredentialAssertion,
  challenge: string,
  verifySignature: typeof verifyKeySignature = verifyKeySignature,
): Promise<{ readonly counter: number | null }> {
  if (credential.kind !== credentialKindOf(assertion.kind)) throw new Refusal('action/credential-unknown');
  const { signed, counter } =
    credential.kind === 'Fido2' ? readPasskeyAssertion(rules, credential.userId, assertion, challenge) : readKeyAssertion(assertion, challenge);
  if (!(await verifySignature(credential.publicKey, signed, b64url.decode(assertion.signature)))) throw new Refusal('action/signature-invalid');
  return { counter };
}

/** The bytes that the signature of an assertion is over, if the assertion is of this kind at all. */
export function assertedBytes({ kind, clientData, authenticatorData }: CredentialAssertion): Uint8Array {
  const client = b64url.decode(clientData);
  return credentialKindOf(kind) === 'Fido2' ? passkeySigned(b64url.decode(authenticatorData ?? ''), client) : client;
}

/** The authenticator's counter in an assertion that has been verified; `null` for a key credential. */
export function counterOf({ kind, authenticatorData }: Pick<CredentialAssertion, 'kind' | 'authenticatorData'>): number | null {
  return credentialKindOf(kind) === 'Fido2' ? (readAuthenticatorData(b64url.decode(authenticatorData ?? ''))?.counter ?? null) : null;
}

function readKeyAssertion({ clientData }: CredentialAssertion, challenge: string): { readonly signed: Uint8Array; readonly counter: null } {
  const signed = b64url.decode(clientData);
  let asserted: string;
  try {
    asserted = KeyClientData.parse(parseStrictJson(utf8.decode(signed))).challenge;
  } catch {
    throw new Refusal('action/client-data-invalid');
  }
  if (asserted !== challenge) throw new Refusal('action/mismatch', { member: 'challenge' });
  return { signed, counter: null };
}

export interface NewCredential {
  /** PEM, SPKI for a passkey, as given for a key credential. */
  readonly publicKey: string;
  /** `SHA256:` and the unpadded base64 of the SHA-256 of the key's SPKI. */
  readonly fingerprint: string;
  /** That it was made for; whoever handed it out compares it with its own. */
  readonly challenge: string;
  /** Of the website on which a passkey was made. */
  readonly origin?: string;
}

/**
 * Reads a new credential with everything but its signature: the half that does not wait, for the reducer.
 * @throws {Refusal} `credential/attestation`, `credential/malformed-key`, `credential/weak-key`, `passkey/*`
 */
export function readNewCredential(rules: PasskeyRules, kind: CredentialKind, info: CredentialInfo): NewCredential {
  const fingerprintOf = (publicKey: string): string => parseCredentialKey(publicKey).fingerprint;
  if (kind === 'Fido2') {
    const read = readNewPasskey(rules, info);
    return { ...read, fingerprint: fingerprintOf(read.publicKey) };
  }
  const { publicKey, challenge } = readAttestation(info);
  return { publicKey, challenge, fingerprint: fingerprintOf(publicKey) };
}

/**
 * Reads a new credential and verifies what it signed. A passkey signs nothing when it is made (its attestation is
 * `none`), a key credential its client data and public key.
 * @param challenge that was handed out; left out by those who only replay what another has checked
 * @throws {Refusal} `action/challenge-invalid` for another challenge, and what `readNewCredential` refuses
 */
export async function verifyNewCredential(rules: PasskeyRules, kind: CredentialKind, info: CredentialInfo, challenge?: string): Promise<NewCredential> {
  const read = readNewCredential(rules, kind, info);
  if (challenge !== undefined && read.challenge !== challenge) throw new Refusal('action/challenge-invalid');
  if (kind === 'Key') await verifyAttestation(info);
  return read;
}
