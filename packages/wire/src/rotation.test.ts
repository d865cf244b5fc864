import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { expect, test } from 'vitest';
import { b64 } from './bytes.ts';
import { badKeyOf, type SignerKeys } from './rotation.ts';

const fresh = (): SignerKeys => ({
  identityKey: b64.encode(ed25519.keygen().publicKey),
  sealingKey: b64.encode(x25519.keygen().publicKey),
  importKey: b64.encode(secp256k1.keygen().publicKey),
});
const bytes = (length: number, ...rest: number[]): string => b64.encode(Uint8Array.from([...rest, ...new Array<number>(length - rest.length).fill(0)]));
/** Eight times it is the identity: of small order, as the other points of its kind. */
const torsion = b64.encode(ed25519.Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a').toBytes());
const mixed = b64.encode(
  ed25519.Point.BASE.multiply(5n).add(ed25519.Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a')).toBytes(),
);
const highBit = (key: string): string => {
  const raw = Uint8Array.from(b64.decode(key));
  raw[31] = (raw[31] ?? 0) | 0x80;
  return b64.encode(raw);
};

test.each<[string, keyof SignerKeys, string]>([
  ['the identity', 'identityKey', bytes(32, 1)],
  ['a point of small order', 'identityKey', torsion],
  ['a point out of the group', 'identityKey', mixed],
  ['no point', 'identityKey', bytes(32, 2)],
  ['zero', 'sealingKey', bytes(32)],
  ['one', 'sealingKey', bytes(32, 1)],
  ['the same point in another form', 'sealingKey', highBit(fresh().sealingKey)],
  ['a point off the curve', 'importKey', b64.encode(Uint8Array.from([2, ...new Array<number>(32).fill(255)]))],
  ['a point in another form', 'importKey', bytes(33, 4, 1)],
])('%s is no %s', (_, member, key) => {
  expect(badKeyOf({ ...fresh(), [member]: key })).toBe(member);
  expect(badKeyOf(fresh())).toBeNull();
});
