/**
 * Who speaks on a channel: the one whose private keys are here, and those of whom only public keys are known.
 *
 * @module
 */

/** This side. A signer's private keys stay in Rust, so sealing and opening may or may not be asynchronous. */
export interface LocalParty {
  /** What others address this party by; the same id that their `parties` lookup knows. */
  readonly id: string;
  /** Ed25519 over the message itself, 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
  /**
   * The same with the keys that this party is about to change to, or `null`: the message goes out a second time with that
   * signature, for receivers that know it by those keys already. They drop whichever they cannot verify.
   */
  alsoSign?(message: Uint8Array): Uint8Array | null;
  /** HPKE base mode to an X25519 key (32 bytes): the encapsulated key (32 bytes), then the ciphertext. */
  seal(to: Uint8Array, info: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** The inverse of `seal`, with this party's own key. Throws or rejects on anything else. */
  open(info: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Another side, as this one's own configuration knows it; nothing here ever comes from a message. */
export interface RemoteParty {
  readonly id: string;
  readonly role: 'server' | 'signer';
  /** Ed25519, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** X25519, 32 bytes. */
  readonly sealingKey: Uint8Array;
}
