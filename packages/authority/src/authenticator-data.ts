/**
 * Authenticator data (WebAuthn §6.1): which website the passkey was used for, whether its user was there and was
 * verified, the counter, and at registration the new key. Every byte of it has its place, or it is refused.
 *
 * @module
 */
import { type CborMap, readCborMap } from './cbor.ts';

export interface AuthenticatorData {
  /** SHA-256 of the relying party's id. */
  readonly rpIdHash: Uint8Array;
  readonly userPresent: boolean;
  readonly userVerified: boolean;
  /** Of signatures, as the authenticator counts them; 0 where it does not. */
  readonly counter: number;
  /** Only at registration. */
  readonly attested: { readonly credentialId: Uint8Array; readonly coseKey: CborMap } | null;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const ATTESTED = 0x40;
const EXTENSIONS = 0x80;
const RESERVED = 0x22;

const FIXED_BYTES = 37;
const AAGUID_BYTES = 16;
const MAX_CREDENTIAL_ID_BYTES = 1023;

/** `null` for bytes that are too few or too many, for reserved flags, and for a backup where there can be none. */
export function readAuthenticatorData(bytes: Uint8Array): AuthenticatorData | null {
  if (bytes.length < FIXED_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(32);
  if ((flags & RESERVED) !== 0 || ((flags & BACKED_UP) !== 0 && (flags & BACKUP_ELIGIBLE) === 0)) return null;

  let rest = bytes.subarray(FIXED_BYTES);
  let attested: AuthenticatorData['attested'] = null;
  if ((flags & ATTESTED) !== 0) {
    const found = readAttested(rest);
    if (found === null) return null;
    attested = found.attested;
    rest = found.rest;
  }
  if ((flags & EXTENSIONS) !== 0) {
    const extensions = readCborMap(rest);
    if (extensions === null) return null;
    rest = extensions.rest;
  }
  if (rest.length > 0) return null;
  return {
    rpIdHash: bytes.subarray(0, 32),
    userPresent: (flags & USER_PRESENT) !== 0,
    userVerified: (flags & USER_VERIFIED) !== 0,
    counter: view.getUint32(33),
    attested,
  };
}

function readAttested(bytes: Uint8Array): { readonly attested: NonNullable<AuthenticatorData['attested']>; readonly rest: Uint8Array } | null {
  const start = AAGUID_BYTES + 2;
  if (bytes.length < start) return null;
  const size = ((bytes[AAGUID_BYTES] ?? 0) << 8) | (bytes[AAGUID_BYTES + 1] ?? 0);
  if (size === 0 || size > MAX_CREDENTIAL_ID_BYTES || bytes.length < start + size) return null;
  const key = readCborMap(bytes.subarray(start + size));
  if (key === null) return null;
  return { attested: { credentialId: bytes.subarray(start, start + size), coseKey: key.map }, rest: key.rest };
}
