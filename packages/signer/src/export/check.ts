/**
 * Would this signer release its share to this request? Everything it asks itself, in one place, against one state.
 *
 * @module
 */
import { type AuthorityState, authorize, requireExporting, requireOwner } from '@quorate/authority';
import { exportKey, exportWallet, fits, type ExportBody, isFor, type KeyCertificate, type KeyId, parseEncryptionKey, Refusal, schemeOf } from '@quorate/wire';
import { type Certificates, certifiedKey, type KeyPath, type UsableKey } from '../certificates.ts';
import type { Decision } from '../decide.ts';

export interface Approved {
  readonly key: UsableKey;
  /** Base64 of 34 bytes, as the user signed it. */
  readonly encryptionKey: string;
}

export interface Circumstances {
  readonly certificates: Certificates;
  /** What this signer has acknowledged since: what that takes away is gone already. */
  readonly acknowledged: AuthorityState | null;
  /** Whether this signer has retired the key for this very pair: what has begun is finished, whatever was decided of the key since. */
  readonly begun: (pair: { readonly keyId: KeyId; readonly encryptionKey: string }) => Promise<boolean>;
}

/**
 * @throws {Refusal} `auth/forbidden`, `export/disabled`, `wallet/unknown`, `key/unknown`, `key/pending`, `key/scheme`,
 *   `certificate/invalid`, `export/encryption-key`, `export/scheme`, `key/archived`, `key/not-owner`, `export/never-exportable`
 */
export async function checkExport(
  { state, verified }: Decision,
  certificate: KeyCertificate,
  { certificates, acknowledged, begun }: Circumstances,
): Promise<Approved> {
  authorize(state, verified);
  if (!state.settings.exportEnabled) throw new Refusal('export/disabled');
  const { path, body } = readExport(verified);
  const key = await certificates.usable(state, path, certificate);
  parseEncryptionKey(body.encryptionKey);
  const scheme = schemeOf(key.body.scheme, key.body.curve);
  if (scheme === null || !fits(scheme, body.supportedSchemes)) throw new Refusal('export/scheme');
  const pair = { keyId: key.keyId, encryptionKey: body.encryptionKey };
  const require = (await begun(pair)) ? requireOwner : requireExporting;
  for (const each of acknowledged === null ? [state] : [state, acknowledged]) require(each, certifiedKey(key), verified.user.id);
  return { key, encryptionKey: body.encryptionKey };
}

export function readExport({ command }: Decision['verified']): { readonly path: KeyPath; readonly body: ExportBody } {
  if (isFor(command, exportWallet)) return { path: command.params, body: command.body };
  if (isFor(command, exportKey)) return { path: command.params, body: command.body };
  throw new Refusal('action/mismatch', { member: 'effect' });
}
