/**
 * The administrator's file: everything a Dfns client needs to act as the devnet's first service account.
 *
 * @module
 */
import { generateKeyPairSync } from 'node:crypto';
import type { CredentialId, OrgId } from '@quorate/wire';
import { readJson } from './json-file.ts';

export interface AdminFile {
  readonly baseUrl: string;
  readonly orgId: OrgId;
  readonly authToken: string;
  readonly credId: CredentialId;
  /** PKCS#8 PEM, Ed25519. */
  readonly privateKey: string;
  /** What a client pins: with it, nobody can pass off other signers as these. Lower-case hex. */
  readonly genesisHash: string;
}

/** The file as this program wrote it, or `null` where there is none. */
export const readAdmin = async (path: string): Promise<AdminFile | null> => (await readJson(path)) as AdminFile | null;

/** A fresh Ed25519 key pair in PEM: PKCS#8 and SPKI. */
export function createCredentialKey(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('ed25519', { privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
}
