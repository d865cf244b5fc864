/**
 * Ed25519 verification by the platform's WebCrypto: off the event loop in Node, and the same call in browsers.
 *
 * @module
 */
const imported = new Map<string, Promise<CryptoKey>>();
const MAX_IMPORTED = 256;

function importKey(publicKey: Uint8Array): Promise<CryptoKey> {
  const name = publicKey.join();
  const known = imported.get(name);
  if (known !== undefined) return known;
  if (imported.size >= MAX_IMPORTED) imported.clear();
  const key = crypto.subtle.importKey('raw', publicKey as Uint8Array<ArrayBuffer>, 'Ed25519', false, ['verify']);
  key.catch(() => imported.delete(name));
  imported.set(name, key);
  return key;
}

/** RFC 8032 verification. `publicKey` 32 bytes, `signature` 64 bytes; anything malformed is simply not valid. */
export async function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    return await crypto.subtle.verify('Ed25519', await importKey(publicKey), signature as Uint8Array<ArrayBuffer>, message as Uint8Array<ArrayBuffer>);
  } catch {
    return false;
  }
}
