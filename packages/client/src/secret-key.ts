/**
 * A recovered private key in the one place where it may stand: a holder that never prints it and can be wiped.
 *
 * JavaScript gives no promise beyond that: the engine may have copied the bytes, and numbers used on the way cannot be
 * cleared.
 *
 * @module
 */
import type { Curve } from '@quorate/wire';

export class SecretKey {
  readonly curve: Curve;
  /** The public key it was checked against, lower-case hex: 33 bytes compressed, 32 on ed25519. */
  readonly publicKey: string;
  #bytes: Uint8Array | null;

  /** Takes the bytes over: they are wiped with the holder. */
  constructor(curve: Curve, publicKey: string, bytes: Uint8Array) {
    this.curve = curve;
    this.publicKey = publicKey;
    this.#bytes = bytes;
  }

  /**
   * The scalar, 32 bytes big-endian on every curve; on ed25519 it is the scalar mod l and not a seed. These are the
   * holder's own bytes, no copy: `wipe` clears them.
   * @throws after `wipe`
   */
  bytes(): Uint8Array {
    if (this.#bytes === null) throw new Error('this key has been wiped');
    return this.#bytes;
  }

  wipe(): void {
    this.#bytes?.fill(0);
    this.#bytes = null;
  }

  [Symbol.dispose](): void {
    this.wipe();
  }

  toJSON(): string {
    return '[secret]';
  }

  toString(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `SecretKey(${this.curve}, [secret])`;
  }
}
