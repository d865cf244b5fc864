/**
 * An export from which receipts can be made: a small network, a key, two acts, one signed request, and what all signers
 * state about it.
 *
 * @module
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { nextHead } from '@quorate/authority';
import {
  type ActRecord,
  type Authorization,
  b64,
  b64url,
  CHALLENGE_LIFETIME_MS,
  challengeOf,
  type CredentialId,
  deriveId,
  type Evidence,
  type ExportBody,
  genesisHashOf,
  type Head,
  hex,
  type Method,
  payloadHashOf,
  type Receipt,
  type Statement,
  utf8,
} from '@quorate/wire';
import { createExportContext } from './export-context.ts';
import { answerOf, freshChallenge, hash, newKey, newNetwork, releasePart, type TestAnswer, type TestKey, type TestNetwork } from './network.test-kit.ts';

export const NOW = 1_795_339_200_000;

export interface ReceiptCase {
  readonly network: TestNetwork;
  readonly key: TestKey;
  readonly evidence: Evidence;
  readonly authorization: Authorization;
  readonly acts: readonly ActRecord[];
  /** As our server answers it. */
  readonly answer: TestAnswer & { requests: Evidence[]; authorizations: Authorization[] };
  /** Signs another request as the same administrator. */
  ask(head: Head, method: Method, path: string, body: unknown): Evidence;
}

interface Administrator {
  readonly userId: Statement['userId'];
  readonly credId: CredentialId;
  readonly secretKey: Uint8Array;
  readonly publicKey: string;
}

function newAdministrator(): Administrator {
  const { secretKey, publicKey } = ed25519.keygen();
  const spki = Uint8Array.from([...hex.decode('302a300506032b6570032100'), ...publicKey]);
  const pem = `-----BEGIN PUBLIC KEY-----\n${b64.encode(spki)}\n-----END PUBLIC KEY-----\n`;
  return { userId: deriveId('us', 0, freshChallenge()), credId: 'cred-admin' as CredentialId, secretKey, publicKey: pem };
}

function withAdministrator({ genesis, signers }: TestNetwork, { userId, credId, publicKey }: Administrator): TestNetwork {
  const changed = { ...genesis, administrators: [{ userId, username: 'admin', isServiceAccount: true, credId, publicKey }] };
  return { genesis: changed, genesisHash: genesisHashOf(changed), signers };
}

type Act = readonly [method: Method, path: string, body: object];

/** `before`: what is done to the key before it is exported. */
export async function newReceiptCase({ n = 3, threshold = 2, before = (_: TestKey): readonly Act[] => [] } = {}): Promise<ReceiptCase> {
  const administrator = newAdministrator();
  const network = withAdministrator(newNetwork({ n, threshold }), administrator);
  const { genesisHash, signers } = network;
  const ask: ReceiptCase['ask'] = (head, method, path, body) => evidenceOf(network, administrator, head, { method, path, payload: JSON.stringify(body) });

  const key = newKey(network);
  const acts: ActRecord[] = [];
  let head: Head = { number: 0, hash: genesisHash };
  for (const [method, path, body] of [
    ['PUT', '/organisation/settings', { exportEnabled: true }],
    ['POST', '/permissions', { name: 'readers', operations: ['Wallets:Read'] }],
    ...before(key),
  ] satisfies readonly Act[]) {
    const evidence = ask(head, method, path, body);
    head = nextHead({ head }, evidence);
    const ack = { genesisHash, orgId: network.genesis.orgId, number: head.number, head: head.hash, time: NOW };
    acts.push({ number: head.number, evidence, acks: signers.map((signer) => signer.sign('ack', ack)) });
  }

  const request = createExportContext().request();
  const evidence = ask(head, 'POST', `/wallets/${key.certificate.body.walletId}/export`, request);
  const authorization = authorizationOf(network, key, evidence, administrator, head);
  const answer = { ...(await answerTo(network, key, evidence, request)), requests: [evidence], authorizations: [authorization] };
  return { network, key, evidence, authorization, acts, answer, ask };
}

function evidenceOf(
  { genesis, genesisHash }: TestNetwork,
  { userId, credId, secretKey }: Administrator,
  head: Head,
  { method, path, payload }: { readonly method: Method; readonly path: string; readonly payload: string },
): Evidence {
  const statement: Statement = {
    v: '1',
    genesisHash,
    headNumber: String(head.number),
    headHash: head.hash,
    orgId: genesis.orgId,
    userId,
    tokenId: '',
    method,
    path,
    payloadHash: payloadHashOf(payload),
    nonce: hash(),
    issuedAt: String(NOW),
    expiresAt: String(NOW + CHALLENGE_LIFETIME_MS),
  };
  const clientData = utf8.encode(JSON.stringify({ type: 'key.get', challenge: challengeOf(statement) }));
  return { statement, payload, kind: 'Key', credId, clientData: b64url.encode(clientData), signature: b64url.encode(ed25519.sign(clientData, secretKey)) };
}

function authorizationOf({ genesisHash, signers }: TestNetwork, key: TestKey, evidence: Evidence, { publicKey }: Administrator, head: Head): Authorization {
  const { keyId, walletId } = key.certificate.body;
  const body: Authorization['body'] = {
    genesisHash,
    challenge: challengeOf(evidence.statement),
    keyId,
    walletId,
    encryptionKey: (JSON.parse(evidence.payload) as ExportBody).encryptionKey,
    userId: evidence.statement.userId,
    tokenId: '',
    credId: evidence.credId,
    credentialKind: 'Key',
    publicKey,
    headNumber: head.number,
    headHash: head.hash,
  };
  return authorizationBy(signers, body);
}

export const authorizationBy = (signers: TestNetwork['signers'], body: Authorization['body']): Authorization => ({
  body,
  signatures: signers.map((signer) => ({ signerId: signer.id, signature: signer.sign('authorization', body).signature })),
});

/** What all signers release for this evidence. */
export async function answerTo(network: TestNetwork, key: TestKey, evidence: Evidence, request: ExportBody): Promise<TestAnswer> {
  const challenge = challengeOf(evidence.statement);
  const parts = await Promise.all(
    network.signers.map(async (signer, rank) => {
      const part = await releasePart(network, key, request, rank);
      if (part.release === null) throw new Error('a signer without a release');
      return {
        ...part,
        release: signer.sign('release', { ...part.release.body, challenge }),
        tombstone: signer.sign('tombstone', { ...part.tombstone.body, challenge }),
      };
    }),
  );
  return answerOf(network, key, parts);
}

/** A receipt's value with something in it changed. */
export function changed(text: string, change: (receipt: Mutable<Receipt>) => void): Receipt {
  const receipt = JSON.parse(text) as Mutable<Receipt>;
  change(receipt);
  return receipt as Receipt;
}
export type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
