/**
 * The envelope that carries a key share to its one reader: ECIES over secp256k1 with Dfns's constants, in both
 * directions (contract §9.2). `ciphertext || tag (16) || ephemeral point (33)`.
 *
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, utf8 } from './bytes.ts';
import { checkEncryptionPoint } from './encryption-key.ts';
import { Refusal } from './refusal.ts';

const SALT = utf8.encode('DFNS_KEY_IMPORT');
const INFO = utf8.encode('ENCRYPTION_KEY');
const POINT_BYTES = 33;
const TAG_BYTES = 16;
// The key is fresh for every envelope, so the nonce need not be.
const NONCE = new Uint8Array(12);

/** What sealing adds to a plaintext, in bytes. */
export const ENVELOPE_OVERHEAD = TAG_BYTES + POINT_BYTES;

/**
 * `scalar · point` on secp256k1: compressed point (33 bytes) and big-endian scalar (32) to a compressed point, `null`
 * for the identity. Must refuse, by throwing, bytes that are no point. `pointMultiply` of tiny-secp256k1 is one.
 */
export type Multiply = (point: Uint8Array, scalar: Uint8Array) => Uint8Array | null;

/** The slow one, in plain TypeScript. */
export const multiply: Multiply = (point, scalar) => secp256k1.Point.fromBytes(point).multiply(secp256k1.Point.Fn.fromBytes(scalar)).toBytes(true);

// The whole point with its parity byte is the key material, not the x that plain ECDH interfaces give.
function envelopeKey(shared: Uint8Array, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  const key = hkdf(sha256, shared, SALT, INFO, 32) as Uint8Array<ArrayBuffer>;
  const imported = crypto.subtle.importKey('raw', key, 'AES-GCM', false, [use]);
  return imported.finally(() => {
    shared.fill(0);
    key.fill(0);
  });
}

const aesGcm = { name: 'AES-GCM', iv: NONCE, tagLength: TAG_BYTES * 8 } as const;

/**
 * Seals to a compressed point (33 bytes, from `parseEncryptionKey`). `ephemeral` is a fresh scalar, 32 bytes; never
 * give the same one twice, since key and nonce follow from it.
 * @throws {Refusal} `export/encryption-key`
 */
export async function sealShare(given: {
  readonly plaintext: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly ephemeral?: Uint8Array;
  readonly multiply?: Multiply;
}): Promise<Uint8Array> {
  const { plaintext, encryptionKey } = given;
  checkEncryptionPoint(encryptionKey);
  const ephemeral = given.ephemeral ?? secp256k1.utils.randomSecretKey();
  const shared = (given.multiply ?? multiply)(encryptionKey, ephemeral);
  const point = secp256k1.getPublicKey(ephemeral, true);
  if (given.ephemeral === undefined) ephemeral.fill(0);
  if (shared === null) throw new Refusal('export/encryption-key', { problem: 'the identity' });
  const sealed = await crypto.subtle.encrypt(aesGcm, await envelopeKey(shared, 'encrypt'), plaintext as Uint8Array<ArrayBuffer>);
  return concat(new Uint8Array(sealed), point);
}

/**
 * Opens with the decryption key's scalar (32 bytes, big-endian). The caller wipes the plaintext.
 * @throws {Refusal} `share/unreadable` whatever is wrong: too short, no point, the identity, another recipient, changed
 */
export async function openShare(given: { readonly sealed: Uint8Array; readonly decryptionKey: Uint8Array; readonly multiply?: Multiply }): Promise<Uint8Array> {
  const { sealed, decryptionKey } = given;
  if (sealed.length < ENVELOPE_OVERHEAD) throw new Refusal('share/unreadable');
  const split = sealed.length - POINT_BYTES;
  try {
    const shared = (given.multiply ?? multiply)(sealed.slice(split), decryptionKey);
    if (shared === null) throw new Refusal('share/unreadable');
    const key = await envelopeKey(shared, 'decrypt');
    return new Uint8Array(await crypto.subtle.decrypt(aesGcm, key, sealed.slice(0, split)));
  } catch (cause) {
    throw new Refusal('share/unreadable', {}, { cause });
  }
}
