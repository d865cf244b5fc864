/**
 * A party whose keys are held here in JavaScript: the server. Signers keep theirs in Rust and never use this.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { b64, b64url } from '@quorate/wire';
import { hpkeOpener, hpkeSeal } from './hpke.ts';
import type { LocalParty, RemoteParty } from './party.ts';

/** Private keys of a party. They print and serialise as nothing. */
export interface PartyKeys {
  /** Ed25519. */
  readonly identity: KeyObject;
  /** X25519. */
  readonly sealing: KeyObject;
}

/** The same as plain JSON, each key as PEM (PKCS#8). Secret: for a file with mode 0600 or a sealed column. */
export interface PartyKeysJson {
  readonly identity: string;
  readonly sealing: string;
}

export function generatePartyKeys(): PartyKeys {
  return { identity: generateKeyPairSync('ed25519').privateKey, sealing: generateKeyPairSync('x25519').privateKey };
}

export function exportPartyKeys(keys: PartyKeys): PartyKeysJson {
  const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;
  return { identity: pem(keys.identity), sealing: pem(keys.sealing) };
}

/** @throws {TypeError} when a key is missing, unreadable or of another kind; the text holds nothing of the input */
export function importPartyKeys(json: PartyKeysJson): PartyKeys {
  return { identity: readKey(json.identity, 'identity', 'ed25519'), sealing: readKey(json.sealing, 'sealing', 'x25519') };
}

function readKey(pem: unknown, name: string, kind: 'ed25519' | 'x25519'): KeyObject {
  let key: KeyObject | null = null;
  try {
    if (typeof pem === 'string') key = createPrivateKey(pem);
  } catch {
    // The cause may quote the input, so it is not kept.
  }
  if (key?.asymmetricKeyType !== kind) throw new TypeError(`the ${name} key must be an ${kind} private key in PEM (PKCS#8)`);
  return key;
}

/** The 32 raw bytes of a key's public half. */
function publicBytes(key: KeyObject): Uint8Array {
  return b64url.decode(createPublicKey(key).export({ format: 'jwk' }).x as string);
}

/** What others must know of the holder of these keys. The id is the identity key in base64, as a signer's is. */
export function publicPartyOf(keys: PartyKeys | PartyKeysJson, role: RemoteParty['role']): RemoteParty {
  const { identity, sealing } = asKeys(keys);
  const identityKey = publicBytes(identity);
  return { id: b64.encode(identityKey), role, identityKey, sealingKey: publicBytes(sealing) };
}

/** The holder of these keys as the speaking side of a channel. @throws {TypeError} on unreadable keys */
export function keyParty(keys: PartyKeys | PartyKeysJson): LocalParty {
  const { identity, sealing } = asKeys(keys);
  const secret = b64url.decode(sealing.export({ format: 'jwk' }).d as string);
  const open = hpkeOpener(secret, publicBytes(sealing));
  return { id: b64.encode(publicBytes(identity)), sign: (message) => new Uint8Array(sign(null, message, identity)), seal: hpkeSeal, open };
}

function asKeys(keys: PartyKeys | PartyKeysJson): PartyKeys {
  return typeof keys.identity === 'string' ? importPartyKeys(keys as PartyKeysJson) : (keys as PartyKeys);
}
