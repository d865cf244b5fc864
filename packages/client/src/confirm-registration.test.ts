import { createHash, generateKeyPairSync } from 'node:crypto';
import { CredentialId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { confirmationOf, fingerprintOfKey } from './confirm-registration.ts';

const newKey = (): { readonly pem: string; readonly spki: Buffer } => {
  const { publicKey } = generateKeyPairSync('ed25519');
  return { pem: String(publicKey.export({ type: 'spki', format: 'pem' })), spki: publicKey.export({ type: 'spki', format: 'der' }) };
};
const own = newKey();
const shown = { credentialId: CredentialId.parse('mine'), credentialKind: 'Key' as const, credentialName: 'laptop', publicKey: own.pem };

test('is of the key whose fingerprint the user says, with its SHA-256', () => {
  const publicKeyHash = createHash('sha256').update(own.spki).digest('hex');
  expect(confirmationOf(shown, fingerprintOfKey(own.pem))).toEqual({ ...shown, credentialId: 'mine', publicKeyHash });
});

test('is refused where the server shows another key than the user’s', () => {
  const said = fingerprintOfKey(own.pem);
  expect(() => confirmationOf({ ...shown, publicKey: newKey().pem }, said)).toThrow(expect.objectContaining({ code: 'credential/fingerprint' }));
  expect(confirmationOf(shown, said).publicKey).toBe(own.pem);
});
