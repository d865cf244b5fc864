/**
 * Public keys as authenticators hand them out (COSE, RFC 9052 and 9053; RSA by RFC 8230), turned into the PEM form in
 * which all credentials' keys stand in acts. The algorithms are those that a passkey is asked for, and no others.
 *
 * @module
 */
import { b64, concat, hex } from '@quorate/wire';
import type { CborMap } from './cbor.ts';
import type { CredentialAlgorithm } from './credential-key.ts';
import { BIT_STRING, encode, INTEGER, OID, SEQUENCE } from './der.ts';

/** COSE names of what a passkey may sign with: ES256, RS256, EdDSA. In order of preference. */
export const PASSKEY_ALGORITHMS = [-7, -257, -8] as const;
/** What that means for its key: secp256k1 is for key credentials only. */
export const isPasskeyAlgorithm = (algorithm: CredentialAlgorithm): boolean => algorithm !== 'secp256k1';

const KTY = 1;
const ALG = 3;
const CRV = -1;
const X = -2;
const Y = -3;
const N = -1;
const E = -2;

const oids = {
  ed25519: hex.decode('2b6570'),
  ecPublicKey: hex.decode('2a8648ce3d0201'),
  p256: hex.decode('2a8648ce3d030107'),
  rsa: hex.decode('2a864886f70d010101'),
} as const;
const NULL = Uint8Array.of(0x05, 0x00);

/** SPKI in PEM, not yet checked for weakness; `null` for another algorithm, a member too many or too few, or one of the wrong size. */
export function pemOfCoseKey(key: CborMap): string | null {
  const bytes = (label: number, size?: number): Uint8Array | null => {
    const value = key.get(label);
    return value instanceof Uint8Array && (size === undefined || value.length === size) ? value : null;
  };
  const is = (members: number, ...pairs: readonly (readonly [number, number])[]): boolean =>
    key.size === members && pairs.every(([label, value]) => key.get(label) === value);

  if (is(5, [KTY, 2], [ALG, -7], [CRV, 1])) {
    const [x, y] = [bytes(X, 32), bytes(Y, 32)];
    return x && y && pem(encode(SEQUENCE, encode(OID, oids.ecPublicKey), encode(OID, oids.p256)), concat(Uint8Array.of(4), x, y));
  }
  if (is(4, [KTY, 1], [ALG, -8], [CRV, 6])) {
    const x = bytes(X, 32);
    return x && pem(encode(SEQUENCE, encode(OID, oids.ed25519)), x);
  }
  if (is(4, [KTY, 3], [ALG, -257])) {
    const [n, e] = [positive(bytes(N)), positive(bytes(E))];
    return n && e && pem(encode(SEQUENCE, encode(OID, oids.rsa), NULL), encode(SEQUENCE, n, e));
  }
  return null;
}

/** A number without leading zeros as a DER INTEGER; at most what a key of 8192 bits needs. */
function positive(bytes: Uint8Array | null): Uint8Array | null {
  const first = bytes?.[0];
  if (bytes === null || first === undefined || first === 0 || bytes.length > 1024) return null;
  return first >= 0x80 ? encode(INTEGER, Uint8Array.of(0), bytes) : encode(INTEGER, bytes);
}

function pem(algorithm: Uint8Array, key: Uint8Array): string {
  const text = b64.encode(encode(SEQUENCE, algorithm, encode(BIT_STRING, Uint8Array.of(0), key)));
  return `-----BEGIN PUBLIC KEY-----\n${(text.match(/.{1,64}/g) ?? []).join('\n')}\n-----END PUBLIC KEY-----\n`;
}
