/**
 * ECDSA over secp256k1, verified with low `s` only: what a finished signature is checked with before anyone lets it go.
 *
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';

/** `publicKey` 33 bytes, `digest` 32 bytes that were signed as they are, `signature` r‖s in 64 bytes. Malformed is not valid. */
export function verifyEcdsa(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    return digest.length === 32 && secp256k1.verify(signature, digest, publicKey, { prehash: false, lowS: true });
  } catch {
    return false;
  }
}
