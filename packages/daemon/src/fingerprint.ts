/**
 * Fingerprints: what people compare, over the telephone or on paper, in place of public keys.
 *
 * @module
 */
import { b64, hashFields } from '@quorate/wire';
import { base32nopad } from '@scure/base';

const GROUPS = 8;
const GROUP_CHARS = 5;

/**
 * 200 bits of SHA-256 over the role and the keys (base64 each), as eight groups of five letters and digits. Base32 has
 * neither 0 nor 1, which are read as letters.
 */
export function fingerprintOf(role: 'signer' | 'server' | 'administrator', keys: readonly string[]): string {
  const text = base32nopad.encode(hashFields('quorate/fingerprint/v1', [role, ...keys.map((key) => b64.decode(key))])).toLowerCase();
  return Array.from({ length: GROUPS }, (_, i) => text.slice(i * GROUP_CHARS, (i + 1) * GROUP_CHARS)).join('-');
}

/** As it is compared: upper case and spaces are how people write. `null` for what is no fingerprint. */
export function readFingerprint(text: string): string | null {
  const plain = text.toLowerCase().replaceAll(/[\s-]/g, '');
  if (!/^[a-z2-7]{40}$/.test(plain)) return null;
  return (plain.match(/.{5}/g) ?? []).join('-');
}
