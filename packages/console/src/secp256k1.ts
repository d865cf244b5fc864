/**
 * Takes the place of `tiny-secp256k1` in the console's build: the four functions that `@quorate/client` uses of it.
 * WebAssembly would need a hole in the content security policy, and an export opens a handful of shares.
 *
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';

const { Point } = secp256k1;

export const isPoint = (bytes: Uint8Array): boolean => {
  try {
    return !Point.fromBytes(bytes).is0();
  } catch {
    return false;
  }
};

export const pointCompress = (bytes: Uint8Array, compressed = true): Uint8Array => Point.fromBytes(bytes).toBytes(compressed);

/** `null` for zero, and for the order and above. */
export const pointFromScalar = (scalar: Uint8Array, compressed = true): Uint8Array | null =>
  secp256k1.utils.isValidSecretKey(scalar) ? secp256k1.getPublicKey(scalar, compressed) : null;

export function pointMultiply(bytes: Uint8Array, scalar: Uint8Array, compressed = true): Uint8Array | null {
  const factor = BigInt(`0x${[...scalar].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`);
  return Point.fromBytes(bytes).multiply(factor).toBytes(compressed);
}
