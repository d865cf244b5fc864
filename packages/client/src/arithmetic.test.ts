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

  test('of what is no scalar and no point', () => {
    for (const arithmetic of [fastArithmetic, nobleArithmetic]) {
      expect(() => arithmetic.publicOf('secp256k1', new Uint8Array(32))).toThrow();
      expect(() => arithmetic.publicOf('secp256k1', writeScalar(groups.secp256k1.order))).toThrow();
      expect(() => arithmetic.multiply(new Uint8Array(33), writeScalar(5n))).toThrow();
      expect(() => arithmetic.multiply(Uint8Array.of(2, ...new Uint8Array(32).fill(255)), writeScalar(5n))).toThrow();
      expect(hex.encode(arithmetic.publicOf('secp256k1', writeScalar(1n)))).toBe('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798');
    }
  });
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
