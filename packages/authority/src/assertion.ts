/**
 * Signatures of key credentials, exactly as the stock signer makes them (contract §2.3): Ed25519 raw; P-256 and
 * secp256k1 DER over SHA-256; RSA PKCS#1 v1.5 over SHA-256.
 *
 * @module
 */
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { verifyEd25519 } from '@quorate/wire';
import { type CredentialKey, parseCredentialKey } from './credential-key.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Whether `signature` is this key's over `message`. Never throws for bad signatures: they are just not valid. */
export async function verifyKeySignature(pem: string, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = keyOf(pem);
  try {
    switch (key.algorithm) {
      case 'Ed25519':
        return await verifyEd25519(key.raw, message, signature);
      case 'P-256':
        return await crypto.subtle.verify(
          { name: 'ECDSA', hash: 'SHA-256' },
          await imported(key),
          p256.Signature.fromBytes(signature, 'der').toBytes('compact') as Bytes,
          message as Bytes,
        );
      case 'secp256k1':
        // WebCrypto has no secp256k1. High s is allowed: the stock signer does not normalise, and replay is
        // stopped by challenge, never by signature.
        return secp256k1.verify(signature, message, key.raw, { prehash: true, lowS: false, format: 'der' });
      case 'RSA':
        return await crypto.subtle.verify('RSASSA-PKCS1-v1_5', await imported(key), signature as Bytes, message as Bytes);
    }
  } catch {
    return false;
  }
}

const MAX_KEPT = 1024;
const keys = new Map<string, CredentialKey>();
const cryptoKeys = new Map<string, Promise<CryptoKey>>();

/** Point and size checks cost milliseconds: once per key, not once per signature. @throws {Refusal} as `parseCredentialKey` */
export function keyOf(pem: string): CredentialKey {
  const known = keys.get(pem);
  if (known !== undefined) return known;
  if (keys.size >= MAX_KEPT) keys.clear();
  const key = parseCredentialKey(pem);
  keys.set(pem, key);
  return key;
}

function imported(key: CredentialKey): Promise<CryptoKey> {
  const known = cryptoKeys.get(key.fingerprint);
  if (known !== undefined) return known;
  if (cryptoKeys.size >= MAX_KEPT) cryptoKeys.clear();
  // Platforms differ in which forms of a point they read; who replays an act in a browser must come to the same answer.
  const promise =
    key.algorithm === 'RSA'
      ? crypto.subtle.importKey('spki', key.spki as Bytes, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, false, ['verify'])
      : crypto.subtle.importKey('raw', p256.Point.fromBytes(key.raw).toBytes(false) as Bytes, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  cryptoKeys.set(key.fingerprint, promise);
  return promise;
}
