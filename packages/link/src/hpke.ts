/**
 * HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. A sealed message is the encapsulated
 * key (32 bytes) and the ciphertext, as the signers' Rust code makes and reads it.
 *
 * @module
 */
import { concat } from '@quorate/wire';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';

const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
const ENCAPSULATED_BYTES = 32;
/** How much longer a sealed message is than its plaintext: encapsulated key and authentication tag. */
export const SEAL_OVERHEAD_BYTES = ENCAPSULATED_BYTES + 16;

type ReceiverKey = Awaited<ReturnType<typeof suite.DeserializePublicKey>>;
const MAX_IMPORTED = 64;
const imported = new Map<string, Promise<ReceiverKey>>();

function importReceiver(publicKey: Uint8Array): Promise<ReceiverKey> {
  const name = publicKey.join();
  const known = imported.get(name);
  if (known !== undefined) return known;
  if (imported.size >= MAX_IMPORTED) imported.clear();
  const key = suite.DeserializePublicKey(publicKey);
  key.catch(() => imported.delete(name));
  imported.set(name, key);
  return key;
}

/** Seals to an X25519 key, 32 bytes. Rejects a key that is malformed or of small order. */
export async function hpkeSeal(to: Uint8Array, info: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
  const { encapsulatedSecret, ciphertext } = await suite.Seal(await importReceiver(to), plaintext, { info, aad });
  return concat(encapsulatedSecret, ciphertext);
}

export type HpkeOpen = (info: Uint8Array, aad: Uint8Array, sealed: Uint8Array) => Promise<Uint8Array>;

/** Opens what was sealed to this key. Both halves are 32 bytes; the private one is kept in a form that cannot be read back. */
export function hpkeOpener(privateKey: Uint8Array, publicKey: Uint8Array): HpkeOpen {
  const pair = Promise.all([suite.DeserializePrivateKey(privateKey, false), suite.DeserializePublicKey(publicKey)]).then(([privateHalf, publicHalf]) => ({
    privateKey: privateHalf,
    publicKey: publicHalf,
  }));
  // Reported by the first `open`; without this, a key that is never used would end the process.
  pair.catch(() => undefined);
  return async (info, aad, sealed) => suite.Open(await pair, sealed.subarray(0, ENCAPSULATED_BYTES), sealed.subarray(ENCAPSULATED_BYTES), { info, aad });
}
