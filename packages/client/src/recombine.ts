/**
 * Lagrange interpolation over opened shares (Shamir; RFC 9591 §4.2 and appendix C.1 name the same coefficients).
 *
 * @module
 */
import { invert, mod } from '@noble/curves/abstract/modular.js';
import { type Curve, groups, readScalar } from '@quorate/wire';

export interface Point {
  /** Where the polynomial was evaluated; not zero. */
  readonly index: bigint;
  /** Its value there, 32 bytes big-endian. */
  readonly share: Uint8Array;
}

/**
 * The value at `x` of the polynomial of least degree through these points, whose indexes are distinct. At zero it is
 * the key.
 */
export function interpolate(curve: Curve, points: readonly Point[], x = 0n): bigint {
  const { order } = groups[curve];
  let sum = 0n;
  for (const { index, share } of points) {
    let numerator = 1n;
    let denominator = 1n;
    for (const other of points) {
      if (other.index === index) continue;
      numerator = mod(numerator * (other.index - x), order);
      denominator = mod(denominator * (other.index - index), order);
    }
    sum = mod(sum + readScalar(share) * mod(numerator * invert(denominator, order), order), order);
  }
  return sum;
}
