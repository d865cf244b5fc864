/**
 * The server's own keys: it speaks to signers with one pair and signs bearer tokens with another. None of them can
 * sign for a wallet, or for a user.
 *
 * @module
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';
import { exportPartyKeys, generatePartyKeys, type PartyKeysJson, publicPartyOf, type RemoteParty } from '@quorate/link';

/** Plain JSON; secret, for a file with mode 0600. */
export interface ServerKeys {
  readonly link: PartyKeysJson;
  /** Ed25519, PEM (PKCS#8). Servers of one organisation share it. */
  readonly token: string;
}

export function createServerKeys(): ServerKeys {
  const token = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { link: exportPartyKeys(generatePartyKeys()), token: String(token) };
}

/** What signers must know of the server. */
export const serverParty = (keys: ServerKeys): RemoteParty => publicPartyOf(keys.link, 'server');

/** The token key and its name in headers and JWKS. @throws {TypeError} when it is no Ed25519 key */
export function tokenKeyOf(keys: ServerKeys): { readonly key: KeyObject; readonly kid: string } {
  const key = createPrivateKey(keys.token);
  if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('the token key must be an Ed25519 private key in PEM (PKCS#8)');
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return { key, kid: hash('sha256', spki, 'base64url').slice(0, 22) };
}
