/**
 * Secrets that nobody but a signer or an owner has, known here so that tests can look for them where they must not be.
 *
 * @module
 */
import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createExportContext, type ExportContext } from '@quorate/client';
import { b64, type ExportAnswer, hex, openShare, parseExportShare } from '@quorate/wire';

const oneTimeKeys = new WeakMap<ExportContext, Uint8Array>();

/** As any other, but its one-time private key is kept. */
export function knownExportContext(): ExportContext {
  let drawn = new Uint8Array();
  const context = createExportContext({
    random(length) {
      const bytes = new Uint8Array(randomBytes(length));
      drawn = new Uint8Array(bytes);
      return bytes;
    },
  });
  oneTimeKeys.set(context, drawn);
  return context;
}

/** The one-time key of the context and every share in the answer to it, hex. */
export async function secretsIn(context: ExportContext, { encryptedKeyShares }: ExportAnswer): Promise<string[]> {
  const decryptionKey = oneTimeKeys.get(context);
  if (decryptionKey === undefined) throw new Error('the key of this export context was not kept');
  const shares = encryptedKeyShares.map(async ({ encryptedKeyShare }) => {
    const { share } = parseExportShare(await openShare({ sealed: b64.decode(encryptedKeyShare), decryptionKey }));
    return hex.encode(share);
  });
  return [hex.encode(decryptionKey), ...(await Promise.all(shares))];
}

const BLOB_HEADER = 37;
const TAG = 16;
const IDENTITY = 1;

/** The Ed25519, X25519 and secp256k1 private keys in a signer's folder, hex, unsealed as crates/quorate-mpc/src/blob.rs says. */
export function privateKeysIn(folder: string): { readonly identity: string; readonly sealing: string; readonly import: string } {
  const blob = readFileSync(join(folder, 'identity.sealed'));
  const header = blob.subarray(0, BLOB_HEADER);
  const info = Buffer.concat([Buffer.from('quorate/blob/v1'), Buffer.of(IDENTITY)]);
  const key = hkdfSync('sha256', readFileSync(join(folder, 'signer.key')), header.subarray(-32), info, 32);
  const cipher = createDecipheriv('aes-256-gcm', new Uint8Array(key), Buffer.alloc(12)).setAAD(header).setAuthTag(blob.subarray(-TAG));
  const text = Buffer.concat([cipher.update(blob.subarray(BLOB_HEADER, -TAG)), cipher.final()]).toString('hex');
  return { identity: text.slice(0, 64), sealing: text.slice(64, 128), import: text.slice(128) };
}
