/**
 * The curve arithmetic that opening and checking shares needs, behind one joint: libsecp256k1 as WebAssembly for
 * secp256k1, noble for the other curves; and noble for all of them as the second opinion.
 *
 * @module
 */
import { type Curve, groups, type Multiply, multiply } from '@quorate/wire';
import { isPoint, pointCompress, pointFromScalar, pointMultiply } from 'tiny-secp256k1';

export interface Arithmetic {
  /** `scalar · point` on secp256k1, as the envelope wants it. */
  readonly multiply: Multiply;
  /** `scalar · G`, compressed; the scalar 32 bytes big-endian on every curve. @throws on zero and on the order and above */
  publicOf(curve: Curve, scalar: Uint8Array): Uint8Array;
  /** Any written form of a point to the compressed one. @throws on the identity, and on what is no point of the group */
  compress(curve: Curve, point: Uint8Array): Uint8Array;
}

export const nobleArithmetic: Arithmetic = {
  multiply,
  publicOf: (curve, scalar) => groups[curve].publicOf(scalar),
  compress: (curve, point) => groups[curve].compress(point),
};

export const fastArithmetic: Arithmetic = {
  // Not constant-time in the scalar. The scalar is a one-time key on its owner's machine, used for one answer's shares.
  multiply: (point, scalar) => pointMultiply(checked(point), scalar, true),
  publicOf: (curve, scalar) => (curve === 'secp256k1' ? secp256k1PublicOf(scalar) : groups[curve].publicOf(scalar)),
  // Libsecp256k1 reads the hybrid form as well, which is none of ours.
  compress: (curve, point) => (curve === 'secp256k1' && point[0] !== 6 && point[0] !== 7 ? pointCompress(checked(point), true) : groups[curve].compress(point)),
};

/** Each exception out of the WebAssembly leaves some of its stack behind: after 3,200 bad points it would answer nothing right any more. */
function checked(point: Uint8Array): Uint8Array {
  if (!isPoint(point)) throw new RangeError('no point of the curve');
  return point;
}

function secp256k1PublicOf(scalar: Uint8Array): Uint8Array {
  const point = pointFromScalar(scalar, true);
  if (point === null) throw new RangeError('no scalar of the group');
  return point;
}
