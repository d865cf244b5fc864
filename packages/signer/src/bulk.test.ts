import { generateKeyPairSync, sign } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { parseCredentialKey } from '@quorate/authority';
import { soundEd25519Keys, verifyEd25519Many } from '@quorate/mpc';
import { concat, hex, verifyEd25519 } from '@quorate/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

type Check = Parameters<typeof verifyEd25519Many>[0][number];

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const P = Point.Fp.ORDER;
const eighth = Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
/** All points of small order. */
const torsion = Array.from({ length: 8 }, (_, i) => (i === 0 ? Point.ZERO : eighth.multiplyUnsafe(BigInt(i))));

const little = (value: bigint): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
const numberOf = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const scalar = (R: Uint8Array, A: Uint8Array, message: Uint8Array): bigint => numberOf(sha512(concat(R, A, message))) % ORDER;

/** Encodings that only some decoders take: y not below p, and minus zero. */
const unusual = [0n, 1n]
  .flatMap((sign) => Array.from({ length: 19 }, (_, i) => little((P + BigInt(i)) | (sign << 255n))))
  .concat([little(1n | (1n << 255n)), little((P - 1n) | (1n << 255n))]);

async function compare(checks: readonly Check[]): Promise<number> {
  const one = await Promise.all(checks.map(({ publicKey, message, signature }) => verifyEd25519(publicKey, message, signature)));
  expect(await verifyEd25519Many(checks)).toEqual(one);
  return one.filter(Boolean).length;
}

describe('signatures verified in bulk are those that WebCrypto accepts', () => {
  test('with a small part of the group in key or commitment', async () => {
    const checks: Check[] = [];
    for (const [i, t] of torsion.entries()) {
      for (const [k, u] of torsion.entries()) {
        for (const a of [0n, 77n]) {
          const message = Uint8Array.of(i, k, Number(a));
          const A = (a === 0n ? t : Point.BASE.multiply(a).add(t)).toBytes();
          const R = Point.BASE.multiply(55n).add(u).toBytes();
          const s = (55n + scalar(R, A, message) * a) % ORDER;
          checks.push({ publicKey: A, message, signature: concat(R, little(s)) });
        }
      }
    }
    const accepted = await compare(checks);
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThan(checks.length);
  });

  test('with unusual encodings of key or commitment', async () => {
    const encodings = [...torsion.map((point) => point.toBytes()), ...unusual];
    const checks = encodings.flatMap((publicKey, i) =>
      encodings.flatMap((R, k) => [0, 1].map((m): Check => ({ publicKey, message: Uint8Array.of(i, k, m), signature: concat(R, little(0n)) }))),
    );
    // All of small order, however they are written.
    expect(await compare(checks)).toBe(0);
  });

  test('with S at and above the order', async () => {
    const a = 77n;
    const A = Point.BASE.multiply(a).toBytes();
    const R = Point.BASE.multiply(55n).toBytes();
    const message = Uint8Array.of(1);
    const s = (55n + scalar(R, A, message) * a) % ORDER;
    const all = [s, s + ORDER, s + 2n * ORDER, s + 8n * ORDER, ORDER, ORDER - 1n, 0n, (1n << 256n) - 1n];
    expect(await compare(all.map((one) => ({ publicKey: A, message, signature: concat(R, little(one)) })))).toBe(1);
  });

  test('whatever bytes they are, and whatever is changed in good ones', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32));
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        bytes(32),
        bytes(64),
        fc.nat(63),
        fc.integer({ min: 1, max: 255 }),
        async (message, key, other, at, by) => {
          const signature = new Uint8Array(sign(null, message, privateKey));
          const changed = signature.with(at, (signature[at] ?? 0) ^ by);
          const checks = [signature, changed, other, signature.subarray(1)].map((one): Check => ({ publicKey: raw, message, signature: one }));
          expect(await compare([...checks, { publicKey: key, message, signature }, { publicKey: raw.subarray(1), message, signature }])).toBe(1);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a long list keeps its order', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }).subarray(-32));
    const checks = Array.from({ length: 300 }, (_, i): Check => {
      const message = Uint8Array.of(i % 256, i >> 8);
      return { publicKey: raw, message, signature: i % 7 === 3 ? new Uint8Array(64) : new Uint8Array(sign(null, message, privateKey)) };
    });
    expect(await verifyEd25519Many(checks)).toEqual(checks.map((_, i) => i % 7 !== 3));
    expect(await verifyEd25519Many([])).toEqual([]);
  });
});

test('keys found sound in bulk are those that a credential may have', async () => {
  const good = Array.from({ length: 4 }, () => new Uint8Array(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)));
  const mixed = torsion.map((point) => Point.BASE.multiply(9n).add(point).toBytes());
  const keys = [...good, ...mixed, ...torsion.map((point) => point.toBytes()), ...unusual, little(2n), new Uint8Array(31)];
  const allowed = keys.map((key) => {
    try {
      const spki = concat(hex.decode('302a300506032b6570032100'), key);
      parseCredentialKey(`-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64')}\n-----END PUBLIC KEY-----\n`);
      return true;
    } catch {
      return false;
    }
  });
  expect(await soundEd25519Keys(keys)).toEqual(allowed);
  expect(allowed.filter(Boolean)).toHaveLength(good.length + 1);
});
