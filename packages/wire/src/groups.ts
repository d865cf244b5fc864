/**
 * The groups that keys live in, one row per curve: order, public shares, and points in their two written forms
 * (contract §9.5). Resolved once; nothing above names a curve.
 *
 * @module
 */
import { type WeierstrassPoint, type WeierstrassPointCons, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { Curve } from './schemes.ts';

export interface Group {
  /** Order of the prime-order group: scalars are below it. */
  readonly order: bigint;
  /** Size of a point in a share text: uncompressed SEC1, or the 32 bytes of RFC 8032. */
  readonly textPointBytes: 65 | 32;
  /** Any written form of a point to the compressed one (33 bytes; 32 on ed25519). @throws on the identity, a point off the curve or out of the group */
  compress(point: Uint8Array): Uint8Array;
  /** A compressed point to the form in share texts. @throws as `compress` */
  toText(point: Uint8Array): Uint8Array;
  /** `scalar · G`, compressed; the scalar as 32 bytes big-endian, also on ed25519. @throws on zero and on the order and above */
  publicOf(scalar: Uint8Array): Uint8Array;
}

/** Stark curve of StarkNet: y² = x³ + x + b, cofactor 1. */
const starkPoint = weierstrass<bigint>({
  p: 0x800000000000011000000000000000000000000000000000000000000000001n,
  n: 0x800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2fn,
  h: 1n,
  a: 1n,
  b: 0x6f21413efbe40de150e596d72f7a8c5609ad26c15c915c1f4cdfcb99cee9e89n,
  Gx: 0x1ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfcan,
  Gy: 0x5668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1fn,
});

function sec1(cons: WeierstrassPointCons<bigint>): Group {
  const read = (bytes: Uint8Array): WeierstrassPoint<bigint> => {
    const point = cons.fromBytes(bytes);
    point.assertValidity();
    return point;
  };
  return {
    order: cons.Fn.ORDER,
    textPointBytes: 65,
    compress: (point) => read(point).toBytes(true),
    toText: (point) => read(point).toBytes(false),
    publicOf: (scalar) => cons.BASE.multiply(readScalar(scalar)).toBytes(true),
  };
}

const edwards = (): Group => {
  const compress = (bytes: Uint8Array): Uint8Array => {
    const point = ed25519.Point.fromBytes(bytes, false);
    if (point.is0() || !point.isTorsionFree()) throw new RangeError('the identity, or out of the group');
    return point.toBytes();
  };
  return {
    order: ed25519.Point.Fn.ORDER,
    textPointBytes: 32,
    compress,
    toText: compress,
    publicOf: (scalar) => ed25519.Point.BASE.multiply(readScalar(scalar)).toBytes(),
  };
};

/** 32 bytes, big-endian, unsigned; not reduced. */
export function readScalar(bytes: Uint8Array): bigint {
  if (bytes.length !== 32) throw new RangeError('a scalar is 32 bytes');
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** The inverse of {@link readScalar}. */
export function writeScalar(value: bigint): Uint8Array {
  if (value < 0n || value >> 256n !== 0n) throw new RangeError('a scalar is 32 bytes');
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * (31 - i))) & 0xffn));
}

export const groups: Readonly<Record<Curve, Group>> = { secp256k1: sec1(secp256k1.Point), stark: sec1(starkPoint), ed25519: edwards() };
