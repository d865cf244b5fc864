import { b64, groups, hex, openShare, parseEncryptionKey, writeScalar } from '@quorate/wire';
import { getPublicKey as starkPublicKey } from '@scure/starknet';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import envelope from '../../../vectors/envelope.json' with { type: 'json' };
import { fastArithmetic, nobleArithmetic } from './arithmetic.ts';

const numRuns = process.env['SLOW'] === '1' ? 2_000 : 20;
const scalarBelow = (order: bigint) => fc.bigInt({ min: 1n, max: order - 1n }).map(writeScalar);
const scalar = scalarBelow(groups.secp256k1.order);

describe('libsecp256k1 and noble say the same', () => {
  test('of public points', () => {
    fc.assert(
      fc.property(scalar, (d) => {
        expect(hex.encode(fastArithmetic.publicOf('secp256k1', d))).toBe(hex.encode(nobleArithmetic.publicOf('secp256k1', d)));
      }),
      { numRuns },
    );
  });

  test('of products, with their parity', () => {
    fc.assert(
      fc.property(scalar, scalar, (d, e) => {
        const point = fastArithmetic.publicOf('secp256k1', d);
        expect(fastArithmetic.multiply(point, e)).toEqual(nobleArithmetic.multiply(point, e));
      }),
      { numRuns },
    );
  });

  test('of the compressed form of points', () => {
    fc.assert(
      fc.property(scalar, fc.boolean(), (d, whole) => {
        const point = nobleArithmetic.publicOf('secp256k1', d);
        const written = whole ? groups.secp256k1.toText(point) : point;
        for (const arithmetic of [fastArithmetic, nobleArithmetic]) expect(hex.encode(arithmetic.compress('secp256k1', written))).toBe(hex.encode(point));
        for (const first of [0, 1, 5, 6, 7])
          for (const arithmetic of [fastArithmetic, nobleArithmetic])
            expect(() => arithmetic.compress('secp256k1', Uint8Array.of(first, ...written.slice(1)))).toThrow();
      }),
      { numRuns },
    );
  });

  test('of what is no scalar and no point', () => {
    for (const arithmetic of [fastArithmetic, nobleArithmetic]) {
      expect(() => arithmetic.publicOf('secp256k1', new Uint8Array(32))).toThrow();
      expect(() => arithmetic.publicOf('secp256k1', writeScalar(groups.secp256k1.order))).toThrow();
      expect(() => arithmetic.compress('secp256k1', new Uint8Array(33))).toThrow();
      expect(() => arithmetic.compress('secp256k1', new Uint8Array(1))).toThrow();
      expect(() => arithmetic.compress('secp256k1', Uint8Array.of(2, ...new Uint8Array(31), 5))).toThrow();
      expect(() => arithmetic.multiply(new Uint8Array(33), writeScalar(5n))).toThrow();
      expect(() => arithmetic.multiply(Uint8Array.of(2, ...new Uint8Array(32).fill(255)), writeScalar(5n))).toThrow();
      expect(hex.encode(arithmetic.publicOf('secp256k1', writeScalar(1n)))).toBe('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798');
    }
  });
});

test('a hostile answer’s bad points, however many, leave the arithmetic as it was', () => {
  const d = writeScalar(7n);
  const good = fastArithmetic.publicOf('secp256k1', d);
  const expected = nobleArithmetic.multiply(good, d);
  const offCurve = Uint8Array.of(2, ...new Uint8Array(31), 5);
  for (let i = 0; i < 10_000; i++) {
    expect(() => fastArithmetic.multiply(offCurve, d)).toThrow(RangeError);
    expect(() => fastArithmetic.compress('secp256k1', offCurve)).toThrow(RangeError);
  }
  expect(fastArithmetic.multiply(good, d)).toEqual(expected);
  expect(fastArithmetic.compress('secp256k1', good)).toEqual(good);
});

test('the stark curve is the one that @scure/starknet has', () => {
  fc.assert(
    fc.property(scalarBelow(groups.stark.order), (d) => {
      expect(hex.encode(fastArithmetic.publicOf('stark', d))).toBe(hex.encode(starkPublicKey(d, true)));
    }),
    { numRuns: 10 },
  );
});

describe(envelope.source, () => {
  test.each(envelope.cases)('$about: the fast path opens what noble opens', async ({ decryptionKey, encryptionKey, sealed, plaintext }) => {
    const key = hex.decode(decryptionKey);
    expect(hex.encode(fastArithmetic.publicOf('secp256k1', key))).toBe(hex.encode(parseEncryptionKey(encryptionKey)));
    for (const { multiply } of [fastArithmetic, nobleArithmetic]) {
      expect(hex.encode(await openShare({ sealed: b64.decode(sealed), decryptionKey: key, multiply }))).toBe(plaintext);
    }
  });

  test.each(envelope.refused)('$about: the fast path refuses it', async ({ sealed, decryptionKey }) => {
    const opening = openShare({ sealed: b64.decode(sealed), decryptionKey: hex.decode(decryptionKey), multiply: fastArithmetic.multiply });
    await expect(opening).rejects.toMatchObject({ code: 'share/unreadable' });
  });
});
