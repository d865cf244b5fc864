/**
 * A signer's private keys, usable but not readable.
 *
 * @module
 */
import { guarded, MpcError } from './error.ts';
import type { NativeIdentity } from './native.ts';

export interface PublicIdentity {
  /** Ed25519, 32 bytes; also the signer's id at genesis. */
  readonly identityKey: Uint8Array;
  /** X25519, 32 bytes. */
  readonly sealingKey: Uint8Array;
  /** secp256k1, compressed, 33 bytes. */
  readonly importKey: Uint8Array;
}

/**
 * Sealing is HPKE (RFC 9180) in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
 * A sealed message is `enc` (32 bytes) and the ciphertext.
 */
export interface Identity {
  readonly publicIdentity: PublicIdentity;
  /** Ed25519 signature of the message itself, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
  /** Seals to an X25519 key of 32 bytes. @throws {MpcError} `seal/unreadable` for a key that is none */
  seal(to: Uint8Array, info: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /**
   * Opens what was sealed to this identity's sealing key, private protocol bodies excepted: those
   * are opened by sessions, in Rust.
   *
   * @throws {MpcError} `seal/unreadable`, `seal/reserved`
   */
  open(info: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array;
}

const behind = new WeakMap<Identity, NativeIdentity>();

export function wrapIdentity(native: NativeIdentity): Identity {
  const publicIdentity = native.publicIdentity();
  const identity: Identity = {
    publicIdentity,
    sign: (message) => guarded(() => native.sign(message)),
    seal: (to, info, aad, plaintext) => guarded(() => native.seal(to, info, aad, plaintext)),
    open: (info, aad, sealed) => guarded(() => native.open(info, aad, sealed)),
  };
  behind.set(identity, native);
  return identity;
}

/** The addon's object behind an identity. */
export function nativeIdentity(identity: Identity): NativeIdentity {
  const native = behind.get(identity);
  if (native === undefined) throw new MpcError('bad-input', 'This identity was not opened by a vault.');
  return native;
}
