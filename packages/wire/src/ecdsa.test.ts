import { secp256k1 } from '@noble/curves/secp256k1.js';
import { expect, test } from 'vitest';
import { verifyEcdsa } from './ecdsa.ts';

const secret = new Uint8Array(32).fill(7);
const publicKey = secp256k1.getPublicKey(secret, true);
const digest = new Uint8Array(32).fill(9);
const signature = secp256k1.sign(digest, secret, { prehash: false, lowS: true });

test('a signature verifies over its digest and key only, with low s, whole', () => {
  expect(verifyEcdsa(publicKey, digest, signature)).toBe(true);
  expect(verifyEcdsa(publicKey, new Uint8Array(32), signature)).toBe(false);
  expect(verifyEcdsa(secp256k1.getPublicKey(digest, true), digest, signature)).toBe(false);
  const { r, s } = secp256k1.Signature.fromBytes(signature);
  const high = new secp256k1.Signature(r, secp256k1.Point.Fn.ORDER - s).toBytes();
  expect(verifyEcdsa(publicKey, digest, high)).toBe(false);
  expect(verifyEcdsa(publicKey, digest, signature.slice(1))).toBe(false);
  expect(verifyEcdsa(publicKey, digest.slice(1), signature)).toBe(false);
  expect(verifyEcdsa(new Uint8Array(33), digest, signature)).toBe(false);
});
