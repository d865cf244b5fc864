/**
 * Evidence: everything a signer needs to check by itself that a user asked for exactly this request.
 *
 * The signature is verified over the raw client data received, never over a re-serialisation.
 *
 * @module
 */
import * as z from 'zod';
import { b64url, utf8 } from './bytes.ts';
import { encodeFields } from './fields.ts';
import { CredentialId } from './ids.ts';
import { Statement, challengeOf } from './statement.ts';

/** The longest body a user may sign, in bytes of UTF-8; the server's limit on request bodies as well. */
export const MAX_PAYLOAD_BYTES = 65_536;

/** The longest payload of an act, in bytes: acts stay for good, and every signer keeps them. */
export const MAX_ACT_BYTES = 16_384;

/** The exact text of a body. Well-formed, because a lone surrogate would hash as the character U+FFFD does. */
export const Payload = z
  .string()
  .max(MAX_PAYLOAD_BYTES)
  .refine((text) => text.isWellFormed() && utf8.encode(text).length <= MAX_PAYLOAD_BYTES, `must be Unicode text of at most ${MAX_PAYLOAD_BYTES} bytes`);

const Base64Url = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => {
      try {
        b64url.decode(text);
        return true;
      } catch {
        return false;
      }
    }, 'must be base64url');

export const Assertion = z
  .object({
    credId: CredentialId,
    clientData: Base64Url(8192),
    signature: Base64Url(2048),
    authenticatorData: Base64Url(8192).optional(),
    userHandle: Base64Url(1024).optional(),
    algorithm: z.string().max(32).optional(),
  })
  .meta({ id: 'CredentialAssertion' });
export type Assertion = z.infer<typeof Assertion>;

export const FactorKind = z.enum(['Key', 'PasswordProtectedKey', 'Fido2']);

export const Evidence = z
  .strictObject({
    statement: Statement,
    payload: Payload,
    kind: FactorKind,
    credId: CredentialId,
    clientData: Base64Url(8192),
    signature: Base64Url(2048),
    authenticatorData: Base64Url(8192).optional(),
  })
  .meta({ id: 'Evidence' });
export type Evidence = z.infer<typeof Evidence>;

/** Evidence without its payload, which the statement's hash stands for: enough to verify who signed what. */
export const SignedAction = Evidence.omit({ payload: true }).meta({ id: 'SignedAction' });
export type SignedAction = z.infer<typeof SignedAction>;

/** The canonical bytes of evidence: what an act's hash is taken over. Decoded bytes, so padding cannot vary the hash. */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  return encodeFields('quorate/evidence/v1', [
    challengeOf(evidence.statement),
    evidence.payload,
    evidence.kind,
    evidence.credId,
    b64url.decode(evidence.clientData),
    b64url.decode(evidence.signature),
    evidence.authenticatorData === undefined ? '' : b64url.decode(evidence.authenticatorData),
  ]);
}
