/**
 * From an Ed25519 seed, which is what wallets keep, to the scalar that can be shared (contract §9.6).
 *
 * @module
 */
import { sha512 } from '@noble/hashes/sha2.js';
import { groups, readScalar, writeScalar } from './groups.ts';

/**
 * The scalar mod l of a 32-byte seed (RFC 8032 §5.1.5), 32 bytes big-endian. There is no way back: an exported scalar
 * is not a seed, and taken for one it makes another key.
 */
export function scalarOfSeed(seed: Uint8Array): Uint8Array {
  if (seed.length !== 32) throw new RangeError('an Ed25519 seed is 32 bytes');
  const scalar = sha512(seed).slice(0, 32);
  scalar[0] = (scalar[0] as number) & 0xf8;
  scalar[31] = ((scalar[31] as number) & 0x7f) | 0x40;
  const reduced = writeScalar(readScalar(scalar.reverse()) % groups.ed25519.order);
  scalar.fill(0);
  return reduced;
}
