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
  // As one fraction: an inversion costs more than everything else together.
  let above = 0n;
  let below = 1n;
  for (const { index, share } of points) {
    let numerator = readScalar(share);
    let denominator = 1n;
    for (const other of points) {
      if (other.index === index) continue;
      numerator = mod(numerator * (other.index - x), order);
      denominator = mod(denominator * (other.index - index), order);
    }
    above = mod(above * denominator + numerator * below, order);
    below = mod(below * denominator, order);
  }
  return mod(above * invert(below, order), order);
}
