import { generateKeyPairSync, sign } from 'node:crypto';
import { b64 } from '@quorate/wire';
import { describe, expect, test, vi } from 'vitest';
import { verifyKeySignature } from './assertion.ts';
import { parseCredentialKey } from './index.ts';
import { fingerprintOf } from './organisation.test-kit.ts';

const refused = (code: string) => expect.objectContaining({ code });
const spkiPem = (der: Uint8Array) => `-----BEGIN PUBLIC KEY-----\n${b64.encode(der)}\n-----END PUBLIC KEY-----\n`;

describe('a credential’s public key', () => {
  test('is read in SPKI and, for RSA, in PKCS#1, with the same fingerprint', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const spki = parseCredentialKey(publicKey.export({ type: 'spki', format: 'pem' }).toString());
    const pkcs1 = parseCredentialKey(publicKey.export({ type: 'pkcs1', format: 'pem' }).toString());
    expect(pkcs1).toEqual(spki);
    expect(spki.fingerprint).toBe(fingerprintOf(publicKey.export({ type: 'spki', format: 'der' })));
  });

  test.each([1024, 2040])('of RSA with %i bits is refused', (modulusLength) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength });
    expect(() => parseCredentialKey(publicKey.export({ type: 'spki', format: 'pem' }).toString())).toThrow(refused('credential/weak-key'));
  });

  test('of RSA with exponent 3 is refused', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    expect(() => parseCredentialKey(publicKey.export({ type: 'spki', format: 'pem' }).toString())).toThrow(refused('credential/weak-key'));
  });

  test.each(['P-256', 'secp256k1'])('of %s off the curve is refused', (namedCurve) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve });
    const der = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    expect(parseCredentialKey(spkiPem(der)).algorithm).toBe(namedCurve);
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    expect(() => parseCredentialKey(spkiPem(der))).toThrow(refused('credential/weak-key'));
  });

  test('of P-256 is never left to the platform to read, which one signer’s or client’s may do otherwise than another’s', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const der = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    const compressed = Uint8Array.of(2 + ((der.at(-1) ?? 0) & 1), ...der.subarray(-64, -32));
    const spki = Uint8Array.of(0x30, 57, ...der.subarray(2, 23), 3, 34, 0, ...compressed);
    const message = new TextEncoder().encode('message');
    const signature = new Uint8Array(sign('sha256', message, privateKey));
    const importKey = vi.spyOn(crypto.subtle, 'importKey');
    expect(await verifyKeySignature(spkiPem(spki), message, signature)).toBe(true);
    expect(importKey.mock.calls.map(([form, bytes]) => [form, bytes])).toEqual([['raw', der.slice(-65)]]);
    importKey.mockRestore();
    expect(await verifyKeySignature(spkiPem(spki), message.subarray(1), signature)).toBe(false);
  });

  test('of Ed25519 with small order is refused', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const der = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    expect(parseCredentialKey(spkiPem(der)).algorithm).toBe('Ed25519');
    der.set(Uint8Array.of(1, ...new Uint8Array(31)), der.length - 32);
    expect(() => parseCredentialKey(spkiPem(der))).toThrow(refused('credential/weak-key'));
  });

  test.each([
    ['empty', ''],
    ['a private key’s label', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    ['mixed labels', '-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
    ['not DER', spkiPem(new Uint8Array([1, 2, 3]))],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    ['X25519', generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  ])('that is %s is refused', (_, pem) => {
    expect(() => parseCredentialKey(pem)).toThrow(refused('credential/malformed-key'));
  });

  test('with bytes after the DER is refused', () => {
    const der = new Uint8Array(generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }));
    expect(() => parseCredentialKey(spkiPem(Uint8Array.of(...der, 0)))).toThrow(refused('credential/malformed-key'));
  });
});
