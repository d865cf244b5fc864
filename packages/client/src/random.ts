/**
 * Where random bytes come from: a parameter, so that tests can say what they are.
 *
 * @module
 */
import { type Curve, groups, readScalar, writeScalar } from '@quorate/wire';

/** Fills nothing in: returns this many fresh random bytes. */
export type Random = (length: number) => Uint8Array;

/** The platform's generator. */
export const platformRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** A uniform scalar that is not zero, 32 bytes big-endian. Drawn again until it fits; `random` must not repeat itself for ever. */
export function randomScalar(curve: Curve, random: Random): Uint8Array {
  const { order } = groups[curve];
  // Bits above the order's length are cut off first, so that no curve needs more than two draws on average.
  const unused = BigInt(256 - order.toString(2).length);
  for (;;) {
    const bytes = random(32);
    const value = readScalar(bytes) >> unused;
    bytes.fill(0);
    if (value > 0n && value < order) return writeScalar(value);
  }
}
