/**
 * Would this signer release its share to this request? Everything it asks itself, in one place, against one state.
 *
 * @module
 */
import { authorize } from '@quorate/authority';
import { exportKey, exportWallet, fits, type ExportBody, isFor, type KeyCertificate, parseEncryptionKey, Refusal, schemeOf } from '@quorate/wire';
import type { Certificates, KeyPath, UsableKey } from '../certificates.ts';
import type { Decision } from '../decide.ts';

export interface Approved {
  readonly key: UsableKey;
  /** Base64 of 34 bytes, as the user signed it. */
  readonly encryptionKey: string;
}

/**
 * @throws {Refusal} `auth/forbidden`, `export/disabled`, `wallet/unknown`, `key/unknown`, `key/pending`,
 *   `certificate/invalid`, `export/encryption-key`, `export/scheme`
 */
export async function checkExport({ state, verified }: Decision, certificate: KeyCertificate, certificates: Certificates): Promise<Approved> {
  authorize(state, verified);
  if (!state.settings.exportEnabled) throw new Refusal('export/disabled');
  const { path, body } = readExport(verified);
  const key = await certificates.usable(path, certificate);
  parseEncryptionKey(body.encryptionKey);
  const scheme = schemeOf(key.body.scheme, key.body.curve);
  if (scheme === null || !fits(scheme, body.supportedSchemes)) throw new Refusal('export/scheme');
  return { key, encryptionKey: body.encryptionKey };
}

export function readExport({ command }: Decision['verified']): { readonly path: KeyPath; readonly body: ExportBody } {
  if (isFor(command, exportWallet)) return { path: command.params, body: command.body };
  if (isFor(command, exportKey)) return { path: command.params, body: command.body };
  throw new Refusal('action/mismatch', { member: 'effect' });
}
