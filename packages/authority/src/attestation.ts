/**
 * What a new key credential says of itself: its public key, and its signature over that and the hash of the client data
 * (contract §3.3). It shows that whoever registers the key holds it.
 *
 * @module
 */
import { b64url, type CredentialInfo, hex, parseStrictJson, Refusal, sha256Hex, utf8 } from '@quorate/wire';
import * as z from 'zod';
import { verifyKeySignature } from './assertion.ts';

/** Other members (origin, crossOrigin, algorithm) are optional and mean nothing. */
const ClientData = z.object({ type: z.literal('key.create'), challenge: z.string().min(1).max(512) });
const Attestation = z.object({
  publicKey: z.string().min(1).max(4096),
  signature: z
    .string()
    .max(4096)
    .regex(/^([0-9a-f]{2})+$/i),
});

export interface KeyAttestation {
  /** That the key signed; whoever handed it out compares it with its own. */
  readonly challenge: string;
  /** PEM, as given. */
  readonly publicKey: string;
  readonly signature: Uint8Array;
  /** What the signature is over. */
  readonly signed: Uint8Array;
}

/** Reads without verifying. @throws {Refusal} `credential/attestation` */
export function readAttestation({ clientData, attestationData }: CredentialInfo): KeyAttestation {
  try {
    const bytes = b64url.decode(clientData);
    const { challenge } = ClientData.parse(parseStrictJson(utf8.decode(bytes)));
    const { publicKey, signature } = Attestation.parse(parseStrictJson(utf8.decode(b64url.decode(attestationData))));
    const signed = utf8.encode(JSON.stringify({ clientDataHash: sha256Hex(bytes), publicKey }));
    return { challenge, publicKey, signature: hex.decode(signature.toLowerCase()), signed };
  } catch {
    throw new Refusal('credential/attestation');
  }
}

/** @throws {Refusal} `credential/attestation`, `credential/malformed-key`, `credential/weak-key` */
export async function verifyAttestation(info: CredentialInfo): Promise<KeyAttestation> {
  const read = readAttestation(info);
  if (!(await verifyKeySignature(read.publicKey, read.signed, read.signature))) throw new Refusal('credential/attestation');
  return read;
}
