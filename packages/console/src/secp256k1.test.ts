import { randomBytes } from 'node:crypto';
import * as theirs from 'tiny-secp256k1';
import { expect, test } from 'vitest';
import * as ours from './secp256k1.ts';

const scalars = Array.from({ length: 8 }, () => new Uint8Array(randomBytes(32)));

test('answers as libsecp256k1 does', () => {
  const factor = new Uint8Array(randomBytes(32));
  for (const scalar of scalars) {
    const point = theirs.pointFromScalar(scalar, true) ?? new Uint8Array();
    expect(ours.pointFromScalar(scalar, true)).toEqual(new Uint8Array(point));
    const whole = theirs.pointCompress(point, false);
    expect([ours.isPoint(point), ours.isPoint(whole)]).toEqual([true, true]);
    expect(ours.pointCompress(whole, true)).toEqual(new Uint8Array(point));
    expect(ours.pointMultiply(point, factor, true)).toEqual(new Uint8Array(theirs.pointMultiply(point, factor, true) ?? []));
    const off = Uint8Array.of(5, ...point.subarray(1));
    expect([ours.isPoint(off), theirs.isPoint(off)]).toEqual([false, false]);
  }
});

test('takes neither zero nor what is beyond the order for a scalar', () => {
  for (const byte of [0, 0xff]) expect(ours.pointFromScalar(new Uint8Array(32).fill(byte))).toBeNull();
  expect(ours.pointFromScalar(new Uint8Array(32).fill(1))).toHaveLength(33);
});
