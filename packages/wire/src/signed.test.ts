import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, test } from 'vitest';
import { b64, hex } from './bytes.ts';
import { deriveId, SignerId } from './ids.ts';
import {
  AckBody,
  type BodyOf,
  IntentBody,
  KeyCertificateBody,
  kinds,
  type Signed,
  type SignedKind,
  signedBytes,
  TombstoneBody,
  verifySigned,
} from './signed.ts';

const secret = new Uint8Array(32).fill(7);
const identityKey = ed25519.getPublicKey(secret);
const signerId = SignerId.parse(b64.encode(identityKey));
const otherId = SignerId.parse(b64.encode(new Uint8Array(32).fill(9)));
const hash = 'ab'.repeat(32);
const challenge = 'ffB9JmNy-TdxYAVgLiARW0zrNWa10fuNdvUAmfWqRU8';

const sign = <K extends SignedKind>(kind: K, body: BodyOf<K>): Signed<K> => ({
  body,
  signerId,
  signature: b64.encode(ed25519.sign(signedBytes(kind, body, signerId), secret)),
});
const ack = AckBody.parse({ genesisHash: hash, orgId: deriveId('or', 0, 'test'), number: 1, head: hash, time: 1 });
const certificate = KeyCertificateBody.parse({
  genesisHash: hash,
  epoch: 0,
  threshold: 2,
  signers: [signerId, otherId],
  keyId: deriveId('key', 0, challenge),
  walletId: '',
  network: 'KeyECDSA',
  ownerId: deriveId('us', 0, 'owner'),
  challenge,
  executionId: hash,
  scheme: 'ECDSA',
  curve: 'secp256k1',
  publicKey: `02${hash}`,
  publicShares: [`02${hash}`, `03${hash}`],
});

describe('what a signer signs', () => {
  test('verifies with its key and with no other', async () => {
    const signed = sign('ack', ack);
    expect(await verifySigned('ack', signed, identityKey)).toBe(true);
    expect(await verifySigned('ack', signed, ed25519.getPublicKey(new Uint8Array(32).fill(8)))).toBe(false);
    expect(await verifySigned('ack', { ...signed, signerId: otherId }, identityKey)).toBe(false);
  });

  test.each([{ number: 2 }, { time: 2 }, { head: 'cd'.repeat(32) }, { genesisHash: 'cd'.repeat(32) }, { orgId: deriveId('or', 1, 'test') }])(
    'does not verify with %j',
    async (change) => {
      const signed = sign('ack', ack);
      expect(await verifySigned('ack', { ...signed, body: { ...ack, ...change } }, identityKey)).toBe(false);
      expect(await verifySigned('ack', signed, identityKey)).toBe(true);
    },
  );

  test.each(['', '!', 'AAAA', b64.encode(new Uint8Array(64)), b64.encode(new Uint8Array(65))])('does not verify with the signature %j', async (signature) => {
    expect(await verifySigned('ack', { ...sign('ack', ack), signature }, identityKey)).toBe(false);
  });

  test('in one kind is no signature in another', () => {
    const shared = { genesisHash: hash, challenge, keyId: deriveId('key', 0, challenge), encryptionKey: 'A'.repeat(48) };
    const intent = IntentBody.parse({ ...shared, answer: 'yes', code: '', headNumber: 0, headHash: hash });
    const tombstone = TombstoneBody.parse({ ...shared, time: 0 });
    expect(hex.encode(signedBytes('intent', intent, signerId))).not.toBe(hex.encode(signedBytes('tombstone', tombstone, signerId)));
    expect(new Set(Object.values(kinds).map((kind) => kind.domain)).size).toBe(Object.keys(kinds).length);
  });

  test('does not let a list’s last element slip into the next field', () => {
    const bytes = (change: Partial<KeyCertificateBody>) => hex.encode(signedBytes('certificate', { ...certificate, ...change }, signerId));
    expect(bytes({ signers: [signerId] })).not.toBe(bytes({}));
    expect(bytes({ publicShares: [...certificate.publicShares].reverse() })).not.toBe(bytes({}));
    expect(bytes({ publicShares: [...certificate.publicShares, `02${hash}`] })).not.toBe(bytes({}));
  });

  test('has bytes only when it is whole, whatever the order of its members', () => {
    const { time: _, ...without } = ack;
    expect(() => signedBytes('ack', without as AckBody, signerId)).toThrow(TypeError);
    const turned = Object.fromEntries(Object.entries(ack).reverse()) as AckBody;
    expect(signedBytes('ack', turned, signerId)).toEqual(signedBytes('ack', ack, signerId));
  });
});
