/**
 * The key a share is encrypted to: version byte 1 and a compressed secp256k1 point, 34 bytes, base64 (contract §9.1).
 *
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { b64 } from './bytes.ts';
import { Refusal } from './refusal.ts';

const VERSION = 1;

/**
 * The 33-byte compressed point. Refuses every other version and length, the identity, points off the curve and
 * non-canonical base64.
 * @throws {Refusal} `export/encryption-key`
 */
export function parseEncryptionKey(text: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = b64.decode(text);
  } catch {
    throw new Refusal('export/encryption-key', { problem: 'not base64' });
  }
  if (bytes.length !== 34) throw new Refusal('export/encryption-key', { problem: `${bytes.length} bytes` });
  if (bytes[0] !== VERSION) throw new Refusal('export/encryption-key', { problem: `version ${bytes[0]}` });
  const point = bytes.slice(1);
  checkEncryptionPoint(point);
  return point;
}

/** That 33 bytes are a point of the curve, and not the identity. @throws {Refusal} `export/encryption-key` */
export function checkEncryptionPoint(point: Uint8Array): void {
  try {
    if (point.length !== 33) throw new RangeError(`${point.length} bytes`);
    secp256k1.Point.fromBytes(point).assertValidity();
  } catch {
    throw new Refusal('export/encryption-key', { problem: 'not a point of the curve' });
  }
}

/** `0x01 || point` in base64. */
export function formatEncryptionKey(point: Uint8Array): string {
  const bytes = new Uint8Array(34);
  bytes[0] = VERSION;
  bytes.set(point, 1);
  return b64.encode(bytes);
}
