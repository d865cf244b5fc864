import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hex, SignatureBody } from '@quorate/wire';
import fc from 'fast-check';
import { recoverMessageAddress } from 'viem';
import { describe, expect, test } from 'vitest';
import { addressOf } from './address.ts';
import { digestOf } from './digest.ts';
import { encodeSignature } from './encode-signature.ts';
import { type Network, networkOf } from './networks.ts';

const ethereum = networkOf('Ethereum') as Network;

function sign(key: Uint8Array, digest: Uint8Array) {
  const bytes = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' });
  return { r: bytes.slice(1, 33), s: bytes.slice(33), recid: bytes[0] as 0 | 1 };
}

describe('a signature', () => {
  test('over an Ethereum message is the published one', () => {
    const body = SignatureBody.parse({ kind: 'Message', message: hex.encode(new TextEncoder().encode('Some data')) });
    const key = hex.decode('4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318');
    const signature = encodeSignature(ethereum, body, sign(key, digestOf(ethereum, body)));
    expect(signature).toEqual({
      r: '0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd',
      s: '0x6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a029',
      recid: 1,
      encoded: '0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c',
    });
  });

  test('over any Ethereum message leads viem back to the address', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt(1n, secp256k1.Point.Fn.ORDER - 1n), fc.uint8Array({ maxLength: 64 }), async (secret, raw) => {
        const key = secp256k1.Point.Fn.toBytes(secret);
        const body = SignatureBody.parse({ kind: 'Message', message: hex.encode(raw), blockchainKind: 'Evm' });
        const { encoded } = encodeSignature(null, body, sign(key, digestOf(null, body)));
        const address = await recoverMessageAddress({ message: { raw }, signature: encoded as `0x${string}` });
        expect(address).toBe(addressOf(ethereum, secp256k1.getPublicKey(key)));
      }),
      { numRuns: 20 },
    );
  });

  test.each(['Ethereum', 'Bitcoin', 'KeyECDSA'])('over a hash on %s has no encoded form', (name) => {
    const body = SignatureBody.parse({ kind: 'Hash', hash: '22'.repeat(32) });
    const signature = encodeSignature(networkOf(name), body, { r: new Uint8Array(32).fill(1), s: new Uint8Array(32), recid: 0 });
    expect(signature).toEqual({ r: `0x${'01'.repeat(32)}`, s: `0x${'00'.repeat(32)}`, recid: 0 });
  });
});
