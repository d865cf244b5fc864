/**
 * A small organisation for tests: signers with real stores and the addon on published primes, an administrator who
 * signs, and a server that is nothing but a channel: it can be made to say whatever a test likes.
 *
 * @module
 */
import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuthorityState, genesisState, nextHead, reduce, verifyEvidence } from '@quorate/authority';
import { type Channel, generatePartyKeys, keyParty, type MemoryTransport, memoryTransport, openChannel, publicPartyOf, type RemoteParty } from '@quorate/link';
import {
  type ActRecord,
  b64,
  b64url,
  type CallKind,
  challengeOf,
  CHALLENGE_LIFETIME_MS,
  compare,
  CredentialId,
  type Evidence,
  formatEncryptionKey,
  type Genesis,
  genesisHashOf,
  hex,
  type KeyCertificate,
  type Method,
  OrgId,
  payloadHashOf,
  type ReplyOf,
  type RequestOf,
  type Signed,
  SignerId,
  type Statement,
  UserId,
  utf8,
} from '@quorate/wire';
import { initSigner } from './init.ts';
import type { Mpc } from './mpc.ts';
import type { Self } from './self.ts';
import { type Signer, type SignerHooks, startSigner } from './signer.ts';
import type { DurableStep } from './store/transactions.ts';

export const silent = { debug() {}, info() {}, warn() {}, error() {} };
export const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

/** A one-time key that shares are released to; the private half is thrown away. */
export function oneTimeKey(): string {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const [xs, ys] = [b64url.decode(x as string), b64url.decode(y as string)];
  return formatEncryptionKey(new Uint8Array([(ys.at(-1) ?? 0) % 2 === 0 ? 2 : 3, ...xs]));
}

export const schemes = [{ protocol: 'CGGMP21', curve: 'secp256k1' }];

/** A signer that stops for good right after a durable step, as if its power had been cut. */
export function freezeAt(step: DurableStep): { readonly reached: Promise<void>; readonly hooks: SignerHooks } {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  return {
    reached,
    hooks: {
      durable: (at) => {
        if (at !== step) return;
        resolve();
        return new Promise<void>(() => {});
      },
    },
  };
}

export interface StartOptions {
  readonly hooks?: SignerHooks;
  readonly mpc?: Mpc;
}

export interface TestNetwork extends AsyncDisposable {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly transport: MemoryTransport;
  readonly ids: readonly SignerId[];
  readonly dirs: readonly string[];
  readonly clock: { offset: number };
  /** The server's copy of the authority. */
  state: AuthorityState;
  readonly channel: Channel;
  start(index: number, options?: StartOptions): Promise<Signer>;
  startAll(options?: StartOptions): Promise<void>;
  stop(index: number): Promise<void>;
  readonly signers: (Signer | null)[];
  /** A channel of somebody who has this signer’s keys. */
  speakAs(self: Self): Channel;
  evidence(method: Method, path: string, body: unknown, change?: Partial<Statement>): Evidence;
  call<K extends CallKind>(index: number, kind: K, request: RequestOf<K>, ms?: number): Promise<ReplyOf<K>>;
  callAll<K extends CallKind>(kind: K, request: RequestOf<K>, ms?: number): Promise<PromiseSettledResult<ReplyOf<K>>[]>;
  /** Carries an act through all signers that run. */
  act(method: Method, path: string, body: unknown): Promise<ActRecord>;
  makeWallet(): Promise<KeyCertificate>;
  sign(certificate: KeyCertificate, participants: readonly number[], digest?: Uint8Array): Promise<PromiseSettledResult<ReplyOf<'sign'>>[]>;
  exportEvidence(certificate: KeyCertificate, encryptionKey: string): Evidence;
}

export async function createNetwork({ signers: n = 5, threshold = 3 } = {}): Promise<TestNetwork> {
  const root = await mkdtemp(join(tmpdir(), 'quorate-signer-'));
  const made = await Promise.all(
    Array.from({ length: n }, async (_, i) => {
      const dir = join(root, `s${i}`);
      return { dir, identity: await initSigner(dir) };
    }),
  );
  made.sort((a, b) => compare(a.identity.identityKey, b.identity.identityKey));
  const admin = generateKeyPairSync('ed25519');
  const privateKey = createPrivateKey(admin.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const userId = UserId.parse('us-00000-00000-0000000000000001');
  const genesis: Genesis = {
    v: '1',
    orgId: OrgId.parse('or-00000-00000-0000000000000001'),
    epoch: 0,
    threshold,
    signers: made.map(({ identity }) => ({
      id: SignerId.parse(b64.encode(identity.identityKey)),
      identityKey: b64.encode(identity.identityKey),
      sealingKey: b64.encode(identity.sealingKey),
      importKey: b64.encode(identity.importKey),
    })),
    administrators: [
      {
        userId,
        username: 'admin',
        isServiceAccount: true,
        credId: CredentialId.parse('Y2ktYWRtaW4'),
        publicKey: admin.publicKey.export({ type: 'spki', format: 'pem' }) as string,
      },
    ],
    passkeys: { rpId: '', origins: [], userVerification: 'required' },
  };
  const genesisHash = genesisHashOf(genesis);
  const clock = { offset: 0 };
  const now = (): number => Date.now() + clock.offset;
  const transport = memoryTransport();
  const keys = generatePartyKeys();
  const server = publicPartyOf(keys, 'server');
  const ids = genesis.signers.map(({ id }) => id);
  const parties = new Map<string, RemoteParty>(
    genesis.signers.map((signer) => [
      signer.id,
      { id: signer.id, role: 'signer', identityKey: b64.decode(signer.identityKey), sealingKey: b64.decode(signer.sealingKey) },
    ]),
  );
  const channel = openChannel({ transport, self: keyParty(keys), network: genesisHash, parties: (id) => parties.get(id) ?? null, now });
  const signers: (Signer | null)[] = ids.map(() => null);
  const acts: ActRecord[] = [];
  channel.serve('chain', async ({ after, limit }) => ({ acts: acts.filter(({ number }) => number > after).slice(0, limit) }));

  const network: TestNetwork = {
    genesis,
    genesisHash,
    transport,
    ids,
    dirs: made.map(({ dir }) => dir),
    clock,
    state: genesisState(genesis),
    channel,
    signers,
    async start(index, { hooks, mpc } = {}) {
      const dir = made[index]?.dir ?? '';
      const signer = await startSigner({
        dir,
        genesis,
        genesisHash,
        transport,
        servers: [server],
        now,
        log: silent,
        tables: 'off',
        testFixtures: true,
        ...(hooks === undefined ? {} : { hooks }),
        ...(mpc === undefined ? {} : { mpc }),
      });
      signers[index] = signer;
      // Fewer than a quorum have nobody to ask what they missed.
      await (signers.filter((other) => other !== null).length >= threshold ? signer.ready : signer.auxReady);
      return signer;
    },
    async startAll(options) {
      await Promise.all(ids.map((_, i) => network.start(i, options)));
    },
    async stop(index) {
      await signers[index]?.stop();
      signers[index] = null;
    },
    speakAs: ({ id, identity }) =>
      openChannel({
        transport,
        self: { id, sign: (message) => identity.sign(message), seal: (...given) => identity.seal(...given), open: (...given) => identity.open(...given) },
        network: genesisHash,
        parties: (other) => parties.get(other) ?? null,
        now,
      }),
    evidence(method, path, body, change = {}) {
      const payload = body === undefined ? '' : JSON.stringify(body);
      const issuedAt = now();
      const statement: Statement = {
        v: '1',
        genesisHash,
        headNumber: String(network.state.head.number),
        headHash: network.state.head.hash,
        orgId: genesis.orgId,
        userId,
        tokenId: '',
        method,
        path,
        payloadHash: payloadHashOf(payload),
        nonce: hex.encode(random(32)),
        issuedAt: String(issuedAt),
        expiresAt: String(issuedAt + CHALLENGE_LIFETIME_MS),
        ...change,
      };
      const clientData = utf8.encode(JSON.stringify({ type: 'key.get', challenge: challengeOf(statement) }));
      const credId = genesis.administrators[0]?.credId ?? CredentialId.parse('x');
      return {
        statement,
        payload,
        kind: 'Key',
        credId,
        clientData: b64url.encode(clientData),
        signature: b64url.encode(new Uint8Array(sign(null, clientData, privateKey))),
      };
    },
    call: (index, kind, request, ms = 60_000) => channel.call(ids[index] ?? '', kind, request, { deadline: now() + ms }),
    callAll: (kind, request, ms = 60_000) => Promise.allSettled(ids.map((_, i) => network.call(i, kind, request, signers[i] === null ? 200 : ms))),
    async act(method, path, body) {
      const evidence = network.evidence(method, path, body);
      const number = network.state.head.number + 1;
      const replies = await network.callAll('act', { number, evidence, acks: [] });
      const acks = replies.filter((reply) => reply.status === 'fulfilled').map(({ value }) => value.ack as Signed<'ack'>);
      if (acks.length < threshold) throw replies.find((reply) => reply.status === 'rejected')?.reason;
      const head = nextHead(network.state, evidence);
      network.state = reduce(network.state, await verifyEvidence(network.state, evidence, { freshness: 'waived' }));
      if (network.state.head.hash !== head.hash) throw new Error('heads differ');
      const record = { number, evidence, acks };
      acts.push(record);
      await network.callAll('certify', { number, acks });
      return record;
    },
    async makeWallet() {
      const evidence = network.evidence('POST', '/wallets', { network: 'EthereumSepolia' });
      const replies = await Promise.all(ids.map((_, i) => network.call(i, 'keygen', { evidence, attempt: 1 })));
      const first = replies[0];
      if (first === undefined) throw new Error('no replies');
      return { body: first.body, signatures: replies.map(({ signature }) => signature) };
    },
    sign(certificate, participants, digest = random(32)) {
      const evidence = network.evidence('POST', `/wallets/${certificate.body.walletId}/signatures`, { kind: 'Hash', hash: `0x${hex.encode(digest)}` });
      const chosen = participants.map((i) => ids[i]).filter((id) => id !== undefined);
      return Promise.allSettled(participants.map((i) => network.call(i, 'sign', { evidence, certificate, participants: chosen, attempt: 1 })));
    },
    exportEvidence: (certificate, encryptionKey) =>
      network.evidence('POST', `/wallets/${certificate.body.walletId}/export`, { encryptionKey, supportedSchemes: schemes }),
    async [Symbol.asyncDispose]() {
      await Promise.all(ids.map((_, i) => network.stop(i)));
      channel.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  return network;
}
