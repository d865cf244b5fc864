/**
 * Rotation of a signer's keys under its unchanging id: the three new keys, and the proof that whoever asks for it holds
 * the new identity key.
 *
 * @module
 */
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import * as z from 'zod';
import { b64 } from './bytes.ts';
import { verifyEd25519 } from './ed25519.ts';
import { encodeFields } from './fields.ts';
import { type Genesis, RosterSigner } from './genesis.ts';
import { groups } from './groups.ts';
import type { SignerId } from './ids.ts';

/** Identity key (Ed25519), sealing key (X25519) and import key (secp256k1, compressed), in base64. */
export const SignerKeys = z.strictObject(RosterSigner.omit({ id: true }).shape);
export type SignerKeys = z.infer<typeof SignerKeys>;

/** The payload of the act. `proof`: 64 bytes in base64, by the new identity key over {@link rotationBytes}. */
export const RotationBody = z.strictObject({ ...SignerKeys.shape, proof: z.string().length(88) });
export type RotationBody = z.infer<typeof RotationBody>;

/** Which rotation of which signer it is. `sequence` counts the rotations of this signer, from 1. */
export interface Rotation {
  readonly genesisHash: string;
  readonly orgId: Genesis['orgId'];
  readonly signerId: SignerId;
  readonly sequence: number;
}

/** What the new identity key signs. */
export function rotationBytes({ genesisHash, orgId, signerId, sequence }: Rotation, { identityKey, sealingKey, importKey }: SignerKeys): Uint8Array {
  const keys = [identityKey, sealingKey, importKey].map((key) => b64.decode(key));
  return encodeFields('quorate/signer-rotation/v1', [genesisHash, orgId, b64.decode(signerId), sequence, ...keys]);
}

/** Whether the holder of the new identity key asks for exactly this rotation. */
export async function verifyRotationProof(rotation: Rotation, body: RotationBody): Promise<boolean> {
  let proof: Uint8Array;
  try {
    proof = b64.decode(body.proof);
  } catch {
    return false;
  }
  return verifyEd25519(b64.decode(body.identityKey), rotationBytes(rotation, body), proof);
}

/** X25519 with this scalar gives zero for points of small order and for nothing else. */
const PROBE = new Uint8Array(32).fill(9);
const FIELD = 2n ** 255n - 19n;

const checks: Readonly<Record<keyof SignerKeys, (key: Uint8Array) => boolean>> = {
  identityKey: (key) => {
    const point = ed25519.Point.fromBytes(key, false);
    return !point.is0() && point.isTorsionFree();
  },
  // One form for each point: otherwise a key could come again and look like another.
  sealingKey: (key) => key.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) < FIELD && x25519.getSharedSecret(PROBE, key).length === 32,
  importKey: (key) => groups.secp256k1.compress(key).length === key.length,
};

/** The first of these keys that is no point of full order in its one form; `null` where all three are. */
export function badKeyOf(keys: SignerKeys): keyof SignerKeys | null {
  const names: readonly (keyof SignerKeys)[] = ['identityKey', 'sealingKey', 'importKey'];
  return names.find((name) => !holds(checks[name], b64.decode(keys[name]))) ?? null;
}

function holds(check: (key: Uint8Array) => boolean, key: Uint8Array): boolean {
  try {
    return check(key);
  } catch {
    return false;
  }
}
