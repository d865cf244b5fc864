/**
 * Names for copies of a wallet: each with a challenge and a key of its own, ids derived from the one as everywhere, and
 * the address of the other. Nobody has these keys.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { normalizeZ } from '@noble/curves/abstract/curve.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressOf, type Network } from '@quorate/chains';
import { deriveId, hex } from '@quorate/wire';
import type { WalletNames } from '../../../packages/server/src/many-wallets.test-kit.ts';

const { Point } = secp256k1;
const AT_ONCE = 1_000;

/** The same ones for the same `seed`. */
export function namesOfCopies(seed: string, network: Network, count: number): WalletNames[] {
  const digest = (what: string, i: number) => createHash('sha256').update(`${what} ${i} of ${seed}`);
  const made: WalletNames[] = [];
  let point = Point.BASE.multiply(BigInt(`0x${digest('first key', 0).digest('hex')}`) % Point.Fn.ORDER);
  while (made.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - made.length) }, () => {
      point = point.add(Point.BASE);
      return point;
    });
    for (const key of normalizeZ(Point, some)) {
      const challenge = digest('challenge', made.length).digest('base64url');
      const publicKey = key.toBytes(true);
      made.push({
        keyId: deriveId('key', 0, challenge),
        walletId: deriveId('wa', 0, challenge),
        challenge,
        executionId: digest('execution', made.length).digest('hex'),
        publicKey: hex.encode(publicKey),
        address: addressOf(network, publicKey) ?? '',
      });
    }
  }
  return made;
}
