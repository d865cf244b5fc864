/**
 * A stored key as the organisation's acts know it.
 *
 * @module
 */
import { type CertifiedKey, type KeyBirth, plainBirth } from '@quorate/authority';
import type { KeyCertificate } from '@quorate/wire';
import type { KeyRow } from './schema.ts';

export function certifiedKeyOf({ certificate, birth }: Pick<KeyRow, 'certificate' | 'birth'>): CertifiedKey {
  const { keyId, walletId, ownerId } = (JSON.parse(certificate) as KeyCertificate).body;
  return { keyId, walletId, ownerId, birth: birth === null ? plainBirth : (JSON.parse(birth) as KeyBirth) };
}
