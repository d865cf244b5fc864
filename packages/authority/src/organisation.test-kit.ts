/**
 * An organisation for tests: a roster of real Ed25519 signers, an administrator, and users who sign like the stock
 * signer does.
 *
 * @module
 */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  type ActRecord,
  b64,
  b64url,
  CHALLENGE_LIFETIME_MS,
  challengeOf,
  compare,
  CredentialId,
  deriveId,
  type Evidence,
  Genesis,
  hex,
  type Method,
  OrgId,
  payloadHashOf,
  rotationBytes,
  type Signed,
  signedBytes,
  SignerId,
  type SignerKeys,
  type Statement,
  type UserId,
} from '@quorate/wire';
import { applyRecord, type AuthorityState, genesisState, nextHead } from './index.ts';

export interface Actor {
  readonly userId: UserId;
  readonly credId: CredentialId;
  readonly privateKey: KeyObject;
  readonly publicKey: string;
}

export const NOW = 1_795_339_200_000;
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const secret = (): string => b64url.encode(randomBytes(32));

export function newKey(): { privateKey: KeyObject; publicKey: string } {
  const pair = generateKeyPairSync('ed25519');
  return { privateKey: pair.privateKey, publicKey: pem(pair.publicKey) };
}

export function newActor(): Actor {
  return { userId: deriveId('us', 0, secret()), credId: CredentialId.parse(secret()), ...newKey() };
}

export interface Organisation {
  readonly genesis: Genesis;
  readonly state: AuthorityState;
  readonly administrator: Actor;
  readonly signers: readonly { readonly id: SignerId; readonly privateKey: KeyObject }[];
}

export function newOrganisation({ n = 5, threshold = 3 } = {}): Organisation {
  const administrator = newActor();
  const signers = Array.from({ length: n }, () => {
    const pair = generateKeyPairSync('ed25519');
    const raw = pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
    return { raw: new Uint8Array(raw), id: SignerId.parse(b64.encode(new Uint8Array(raw))), privateKey: pair.privateKey };
  }).sort((a, b) => compare(a.raw, b.raw));
  const genesis = Genesis.parse({
    v: '1',
    orgId: OrgId.parse(deriveId('or', 0, secret())),
    epoch: 0,
    threshold,
    signers: signers.map(({ id, raw }) => ({ id, identityKey: id, sealingKey: b64.encode(raw), importKey: b64.encode(new Uint8Array([2, ...raw])) })),
    administrators: [
      { userId: administrator.userId, username: 'admin', isServiceAccount: true, credId: administrator.credId, publicKey: administrator.publicKey },
    ],
    passkeys: { rpId: '', origins: [], userVerification: 'preferred' },
  });
  return { genesis, state: genesisState(genesis), administrator, signers };
}

export interface Asked {
  readonly method: Method;
  readonly path: string;
  readonly payload: string;
  readonly now?: number;
  readonly change?: (statement: Statement) => Statement;
}

/** Evidence as the server collects it from a stock client. */
export function evidenceOf(state: AuthorityState, actor: Actor, { method, path, payload, now = NOW, change = (same) => same }: Asked): Evidence {
  const statement = change({
    v: '1',
    genesisHash: state.genesisHash,
    headNumber: String(state.head.number),
    headHash: state.head.hash,
    orgId: state.genesis.orgId,
    userId: actor.userId,
    tokenId: '',
    method,
    path,
    payloadHash: payloadHashOf(payload),
    nonce: hex.encode(randomBytes(32)),
    issuedAt: String(now),
    expiresAt: String(now + CHALLENGE_LIFETIME_MS),
  });
  const clientData = Buffer.from(JSON.stringify({ type: 'key.get', challenge: challengeOf(statement) }));
  const algorithm = actor.privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return {
    statement,
    payload,
    kind: 'Key',
    credId: actor.credId,
    clientData: b64url.encode(new Uint8Array(clientData)),
    signature: b64url.encode(new Uint8Array(sign(algorithm, clientData, actor.privateKey))),
  };
}

export interface NewSignerKeys {
  readonly keys: SignerKeys;
  readonly privateKey: KeyObject;
}

export function newSignerKeys(): NewSignerKeys {
  const identity = generateKeyPairSync('ed25519');
  const raw = (key: KeyObject): Uint8Array => new Uint8Array(key.export({ type: 'spki', format: 'der' }).subarray(-32));
  return {
    keys: {
      identityKey: b64.encode(raw(identity.publicKey)),
      sealingKey: b64.encode(raw(generateKeyPairSync('x25519').publicKey)),
      importKey: b64.encode(secp256k1.getPublicKey(secp256k1.utils.randomSecretKey())),
    },
    privateKey: identity.privateKey,
  };
}

/** What an administrator asks for with keys that the signer has made; `sequence` counts from 1. */
export function rotation(state: AuthorityState, signerId: SignerId, { keys, privateKey }: NewSignerKeys, sequence = 1): Asked {
  const { genesisHash, genesis } = state;
  const proof = b64.encode(new Uint8Array(sign(null, rotationBytes({ genesisHash, orgId: genesis.orgId, signerId, sequence }, keys), privateKey)));
  return { method: 'PUT', path: `/signers/${encodeURIComponent(signerId)}/keys`, payload: JSON.stringify({ ...keys, proof }) };
}

export const post = (path: string, body: unknown): Asked => ({ method: 'POST', path, payload: JSON.stringify(body) });

export function acksOf(org: Organisation, state: AuthorityState, evidence: Evidence, count = org.genesis.threshold, time = NOW): Signed<'ack'>[] {
  const head = nextHead(state, evidence);
  const body = { genesisHash: state.genesisHash, orgId: org.genesis.orgId, number: head.number, head: head.hash, time };
  return org.signers
    .slice(0, count)
    .map(({ id, privateKey }) => ({ body, signerId: id, signature: b64.encode(new Uint8Array(sign(null, signedBytes('ack', body, id), privateKey))) }));
}

/** Signs, certifies and applies one act. */
export async function act(org: Organisation, state: AuthorityState, actor: Actor, asked: Asked): Promise<{ state: AuthorityState; record: ActRecord }> {
  const evidence = evidenceOf(state, actor, asked);
  const record: ActRecord = { number: state.head.number + 1, evidence, acks: acksOf(org, state, evidence) };
  return { state: await applyRecord(state, record), record };
}

export const fingerprintOf = (spki: Buffer): string => `SHA256:${createHash('sha256').update(spki).digest('base64').replace(/=+$/, '')}`;
