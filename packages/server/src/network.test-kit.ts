/**
 * A network for tests: a real server on real HTTP, and signers that are simple but honest: real channels, real
 * signatures, the real reducer. Their keys are dealt, not made together, and their ciphertexts are random bytes.
 *
 * @module
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type AuthorityState, applyRecord, genesisState, keygenPlan, nextHead, reduce, verifyEvidence } from '@quorate/authority';
import { digestOf, networkOf } from '@quorate/chains';
import {
  type Channel,
  exportPartyKeys,
  generatePartyKeys,
  keyParty,
  type MemoryTransport,
  memoryTransport,
  openChannel,
  type PartyKeysJson,
  publicPartyOf,
  type RemoteParty,
} from '@quorate/link';
import {
  b64,
  type BodyOf,
  type CallKind,
  compare,
  type CredentialId,
  deriveId,
  type Evidence,
  type ExportBody,
  type Genesis,
  genesisHashOf,
  hex,
  type KeyCertificateBody,
  Refusal,
  type RefusalCode,
  rosterHashOf,
  type Signed,
  type SignatureBody,
  type SignedKind,
  type SignerId,
  type WalletId,
  sha256Hex,
  signedBytes,
} from '@quorate/wire';
import pg from 'pg';
import type { DatabaseOptions } from './db.ts';
import { createServerKeys, type Server, type ServerHooks, type ServerKeys, type ServerLimits, serverParty, startServer } from './index.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const { Point } = secp256k1;
const order = Point.CURVE().n;

/** An administrator or service account with its key. */
export interface Account {
  readonly userId: string;
  readonly credId: CredentialId;
  readonly privateKey: KeyObject;
  readonly token: string;
}

export interface FakeSigner {
  readonly id: SignerId;
  state(): AuthorityState;
  /** Answers nothing until it is set false again. */
  down: boolean;
  /** Refuses every call of a kind with this code. */
  readonly refuses: Map<CallKind, RefusalCode>;
  /** Kinds of calls that it hears and never answers. */
  readonly holds: Set<CallKind>;
  /** Which calls it got, in order. */
  readonly heard: CallKind[];
  /** Reports the test fixtures as built in. */
  testFixtures: boolean;
  /** Releases what is not its share, though no other signer has retired the key. */
  lies: boolean;
  /** The time that its acknowledgements say, where that is not the clock's. */
  ackTime: number | null;
  /** Ends every session it takes part in, and blames the others. */
  spoils: boolean;
  /** Answers an export at once with this, signed by itself, whatever it was asked; `null` for an honest answer. */
  inventsRetirement: { readonly time: number; readonly encryptedKeyShare?: string } | null;
}

/** What the dealt keys are: shared by the signers of one network, as their DKG would have made it. */
interface Dealt {
  readonly secret: Uint8Array;
  readonly body: KeyCertificateBody;
}

/** A signer as its peers see it: each follows a tombstone, so that nobody releases alone. */
interface Peer {
  readonly id: SignerId;
  spoils(): boolean;
  isAway(): boolean;
  retire(body: Omit<BodyOf<'tombstone'>, 'genesisHash' | 'time'>): Signed<'tombstone'>;
}

export interface TestNetwork extends AsyncDisposable {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly transport: MemoryTransport;
  readonly signers: readonly FakeSigner[];
  readonly keys: ServerKeys;
  readonly server: Server;
  readonly admin: Account;
  readonly otherAdmin: Account;
  /** Stops the server and starts one on the same keys and data. */
  restart(hooks?: ServerHooks): Promise<Server>;
  /** One more server on the same database, with link keys of its own; PostgreSQL only. Stopped with the network. */
  join(hooks?: ServerHooks): Promise<Server>;
}

/** Where tests that need PostgreSQL find it: a URL whose user may create databases. */
export const postgresUrl = process.env['QUORATE_TEST_POSTGRES'];
/** To the title of what is skipped without it. */
export const withPostgres = 'on PostgreSQL (npm run test:postgres)';

/** PGlite, or where the tests have PostgreSQL a new database of that server. */
export async function newDatabase(dir?: string): Promise<{ readonly options: DatabaseOptions; drop(): Promise<void> }> {
  const server = postgresUrl;
  if (server === undefined) return { options: { kind: 'pglite', dir: dir ?? 'memory' }, drop: async () => {} };
  const name = `quorate_test_${randomBytes(8).toString('hex')}`;
  const run = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`create database ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return { options: { kind: 'postgres', url: url.href }, drop: () => run(`drop database ${name} with (force)`) };
}

export const newKey = (): { readonly pem: string; readonly privateKey: KeyObject } => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { pem: String(publicKey.export({ type: 'spki', format: 'pem' })), privateKey };
};

interface NetworkOptions {
  readonly dir?: string;
  readonly hooks?: ServerHooks;
  readonly now?: () => number;
  readonly limits?: Partial<ServerLimits>;
  readonly trustedProxies?: number;
  /** Changes how the database is reached. */
  readonly via?: (database: DatabaseOptions) => DatabaseOptions;
}

export async function startNetwork(o: NetworkOptions = {}): Promise<TestNetwork> {
  const parties = Array.from({ length: 5 }, () => exportPartyKeys(generatePartyKeys()))
    .map((keys) => ({ keys, party: publicPartyOf(keys, 'signer') }))
    .sort((a, b) => compare(a.party.identityKey, b.party.identityKey));
  const seed = randomBytes(32).toString('base64url');
  const adminKeys = [newKey(), newKey()];
  const genesis: Genesis = {
    v: '1',
    orgId: deriveId('or', 0, seed),
    epoch: 0,
    threshold: 3,
    signers: parties.map(({ party }) => ({
      id: party.id as SignerId,
      identityKey: party.id,
      sealingKey: b64.encode(party.sealingKey),
      importKey: b64.encode(Point.BASE.multiply(BigInt(`0x${sha256Hex(party.id)}`) % order).toBytes()),
    })),
    administrators: adminKeys.map(({ pem }, i) => ({
      userId: deriveId('us', i, seed),
      username: `admin-${i}`,
      isServiceAccount: true,
      credId: `cred-${i}` as CredentialId,
      publicKey: pem,
    })),
    passkeys: { rpId: '', origins: [], userVerification: 'preferred' },
  };
  const genesisHash = genesisHashOf(genesis);
  const transport = memoryTransport();
  const keys = createServerKeys();
  const dealt = new Map<string, Dealt>();
  const peers: Peer[] = [];
  const servers = [serverParty(keys)];
  const signers: readonly (FakeSigner & { readonly channel: Channel })[] = parties.map((own) =>
    fakeSigner({ keys: own.keys, genesis, genesisHash, transport, servers, dealt, peers, now: o.now ?? Date.now }),
  );

  const database = await newDatabase(o.dir);
  const joined: Server[] = [];
  const start = (hooks: ServerHooks | undefined, as: ServerKeys = keys): Promise<Server> =>
    startServer({
      database: o.via?.(database.options) ?? database.options,
      keys: as,
      genesis,
      genesisHash,
      transport,
      log: quiet,
      ...(o.now === undefined ? {} : { now: o.now }),
      ...(o.limits === undefined ? {} : { limits: o.limits }),
      ...(o.trustedProxies === undefined ? {} : { trustedProxies: o.trustedProxies }),
      ...(hooks === undefined ? {} : { hooks }),
    });
  let server = await start(o.hooks);
  const account = async (i: number): Promise<Account> => {
    const { userId, credId } = genesis.administrators[i] as Genesis['administrators'][number];
    return { userId, credId, privateKey: (adminKeys[i] as { privateKey: KeyObject }).privateKey, token: await server.issueToken(userId) };
  };
  const [admin, otherAdmin] = [await account(0), await account(1)];
  const stopAll = async (): Promise<void> => {
    for (const one of [...joined, server]) await one.stop();
    for (const signer of signers) signer.channel.close();
    await database.drop();
  };
  return {
    genesis,
    genesisHash,
    transport,
    signers,
    keys,
    admin,
    otherAdmin,
    get server() {
      return server;
    },
    async restart(hooks) {
      await server.stop();
      server = await start(hooks);
      return server;
    },
    async join(hooks) {
      const own = { ...createServerKeys(), token: keys.token };
      servers.push(serverParty(own));
      const one = await start(hooks, own);
      joined.push(one);
      return one;
    },
    [Symbol.asyncDispose]: stopAll,
  };
}

function fakeSigner(o: {
  keys: PartyKeysJson;
  genesis: Genesis;
  genesisHash: string;
  transport: MemoryTransport;
  servers: readonly RemoteParty[];
  dealt: Map<string, Dealt>;
  peers: Peer[];
  now: () => number;
}): FakeSigner & { readonly channel: Channel } {
  const { genesis, genesisHash, dealt, peers, now } = o;
  const self = keyParty(o.keys);
  const id = self.id as SignerId;
  const rank = genesis.signers.findIndex((signer) => signer.id === id);
  const parties = (from: string): RemoteParty | null => o.servers.find((server) => server.id === from) ?? null;
  const channel = openChannel({ transport: o.transport, self, network: genesisHash, parties, now });
  let state = genesisState(genesis);
  const acked = new Map<number, { evidence: Evidence; ack: Signed<'ack'> }>();
  const spent = new Set<string>();
  const tombstones = new Map<string, number>();
  const signer = {
    id,
    channel,
    state: () => state,
    down: false,
    refuses: new Map<CallKind, RefusalCode>(),
    holds: new Set<CallKind>(),
    heard: [] as CallKind[],
    testFixtures: false,
    lies: false,
    ackTime: null as number | null,
    spoils: false,
    inventsRetirement: null as FakeSigner['inventsRetirement'],
  };

  const signedBy = <K extends SignedKind>(kind: K, body: BodyOf<K>): Signed<K> => ({
    body,
    signerId: id,
    signature: b64.encode(self.sign(signedBytes(kind, body, id))),
  });
  const retire: Peer['retire'] = (body) => {
    const time = tombstones.get(body.keyId) ?? now();
    tombstones.set(body.keyId, time);
    return signedBy('tombstone', { ...body, genesisHash, time });
  };
  peers.push({ id, spoils: () => signer.spoils, isAway: () => signer.down, retire });
  const serve = ((kind: CallKind, handler: (request: never) => Promise<never>) => {
    channel.serve(kind, async (request) => {
      signer.heard.push(kind);
      if (signer.down || signer.holds.has(kind)) return new Promise<never>(() => {});
      const code = signer.refuses.get(kind);
      if (code !== undefined) throw new Refusal(code);
      return handler(request as never);
    });
  }) as unknown as Channel['serve'];
  const catchUp = async (): Promise<void> => {
    const ask = (server: RemoteParty) => channel.call(server.id, 'chain', { after: state.head.number, limit: 100 }, { deadline: now() + 2_000 });
    const { acts } = await Promise.any(o.servers.map(ask));
    for (const record of acts) if (record.number === state.head.number + 1) state = await applyRecord(state, record);
  };
  const verified = async (evidence: Evidence) => {
    if (Number(evidence.statement.headNumber) > state.head.number) await catchUp();
    return verifyEvidence(state, evidence, { now: now() });
  };
  const spend = (challenge: string, effect: string): void => {
    if (spent.has(`${challenge}/${effect}`)) throw new Refusal('evidence/spent');
    spent.add(`${challenge}/${effect}`);
  };

  serve('status', async () => ({
    signerId: id,
    ready: true,
    checks: {},
    head: state.head,
    build: { version: '0', impl: 'fake', implVersion: '0', bigint: 'num-bigint', testFixtures: signer.testFixtures },
    now: now(),
  }));
  serve('act', async ({ number, evidence, acks }) => {
    if (number > state.head.number + 1) await catchUp();
    const known = acked.get(number);
    if (known !== undefined) {
      if (JSON.stringify(known.evidence) !== JSON.stringify(evidence)) throw new Refusal('authority/conflict');
      return { ack: known.ack };
    }
    const inTime = acks.some(({ body }) => body.time <= Number(evidence.statement.expiresAt) + 30_000);
    if (number !== state.head.number + 1) throw new Refusal('authority/behind');
    reduce(state, await verifyEvidence(state, evidence, inTime ? { freshness: 'waived' } : { now: now() }));
    const head = nextHead(state, evidence);
    const ack = signedBy('ack', { genesisHash, orgId: genesis.orgId, number, head: head.hash, time: signer.ackTime ?? now() });
    acked.set(number, { evidence, ack });
    return { ack };
  });
  serve('certify', async ({ number, acks }) => {
    const known = acked.get(number);
    if (known !== undefined && number === state.head.number + 1) state = await applyRecord(state, { number, evidence: known.evidence, acks });
    return { head: state.head };
  });
  serve('keygen', async ({ evidence }) => {
    const it = await verified(evidence);
    spend(it.challenge, 'keygen');
    const plan = keygenPlan(it, (network) => networkOf(network)?.scheme ?? null);
    const { body } = dealt.get(plan.keyId) ?? deal(plan);
    const { signature } = signedBy('certificate', body);
    return { body, signature: { signerId: id, signature } };

    function deal(of: typeof plan): Dealt {
      const coefficients = Array.from({ length: genesis.threshold }, () => secp256k1.utils.randomSecretKey());
      const at = (x: bigint): bigint => coefficients.reduceRight((sum, c) => (sum * x + BigInt(`0x${hex.encode(c)}`)) % order, 0n);
      const point = (x: bigint): string => Point.BASE.multiply(at(x)).toHex();
      const made: Dealt = {
        secret: hex.decode(at(0n).toString(16).padStart(64, '0')),
        body: {
          genesisHash,
          epoch: genesis.epoch,
          threshold: genesis.threshold,
          signers: genesis.signers.map((one) => one.id),
          keyId: of.keyId,
          walletId: of.walletId,
          network: of.network,
          ownerId: of.ownerId,
          challenge: it.challenge,
          executionId: sha256Hex(rosterHashOf(genesis) + of.keyId),
          scheme: 'ECDSA',
          curve: 'secp256k1',
          publicKey: point(0n),
          publicShares: genesis.signers.map((_, i) => point(BigInt(i + 1))),
        },
      };
      dealt.set(of.keyId, made);
      return made;
    }
  });
  serve('sign', async ({ evidence, certificate, participants, attempt }) => {
    const it = await verified(evidence);
    spend(it.challenge, `sign ${attempt}`);
    const { keyId } = certificate.body;
    if (tombstones.has(keyId)) throw new Refusal('key/retired');
    if (!participants.includes(id)) throw new Refusal('envelope/refused');
    if (peers.some((peer) => peer.spoils() && participants.includes(peer.id)))
      throw new Refusal('signature/failed', { signers: signer.spoils ? participants.filter((other) => other !== id) : [] });
    const { walletId } = it.command.params as { readonly walletId?: WalletId };
    const network = walletId === undefined ? null : networkOf(state.wallets.get(walletId)?.network ?? certificate.body.network);
    const digest = digestOf(network, it.command.body as SignatureBody);
    const signature = secp256k1.sign(digest, (dealt.get(keyId) as Dealt).secret, { prehash: false, format: 'recovered' });
    return { r: hex.encode(signature.slice(1, 33)), s: hex.encode(signature.slice(33)), recid: signature[0] === 1 ? 1 : 0 };
  });
  serve('export', async ({ evidence, certificate }) => {
    const it = await verified(evidence);
    const invented = signer.inventsRetirement;
    if (invented === null && !state.settings.exportEnabled) throw new Refusal('export/disabled');
    spend(it.challenge, 'export');
    const { keyId, walletId, publicShares } = certificate.body;
    const { encryptionKey } = it.command.body as ExportBody;
    const subject = { keyId, challenge: it.challenge, encryptionKey };
    const own = invented === null ? retire(subject) : signedBy('tombstone', { ...subject, genesisHash, time: invented.time });
    const encryptedKeyShare = b64.encode(randomBytes(281));
    const release = signedBy('release', {
      genesisHash,
      keyId,
      walletId,
      index: rank + 1,
      publicShare: publicShares[signer.lies ? (rank + 1) % 5 : rank] as string,
      publicShares: [...publicShares],
      ciphertextHash: sha256Hex(b64.decode(encryptedKeyShare)),
      encryptionKey,
      challenge: it.challenge,
      tombstonedAt: own.body.time,
      auditHead: sha256Hex('audit'),
    });
    const alone = signer.lies || invented !== null;
    const statements = alone ? [own] : peers.filter((peer) => !peer.isAway()).map((peer) => peer.retire(subject));
    return { release, encryptedKeyShare: invented?.encryptedKeyShare ?? encryptedKeyShare, tombstones: statements };
  });
  return signer;
}

export interface Answer {
  readonly status: number;
  // Answers are looked into freely by tests.
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it, the test says
  readonly body: any;
  readonly headers: Headers;
}

export async function request(
  url: string,
  method: string,
  path: string,
  o: { token?: string; userAction?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(o.token === undefined ? {} : { authorization: `Bearer ${o.token}` }),
      ...(o.userAction === undefined ? {} : { 'x-dfns-useraction': o.userAction }),
      ...(o.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...o.headers,
    },
    ...(o.body === undefined ? {} : { body: o.body }),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

/** The token for one call, as the SDK gets it; or the first refusal on the way. */
export async function userAction(url: string, account: Account, method: string, path: string, payload: string): Promise<Answer> {
  const { token } = account;
  const begun = await request(url, 'POST', '/auth/action/init', {
    token,
    body: JSON.stringify({ userActionPayload: payload, userActionHttpMethod: method, userActionHttpPath: path, userActionServerKind: 'Api' }),
  });
  return begun.status === 200 ? request(url, 'POST', '/auth/action', { token, body: JSON.stringify(assertion(account, begun.body)) }) : begun;
}

/** The body of `POST /auth/action`, as a key credential answers. */
export function assertion(
  { credId, privateKey }: Account,
  { challenge, challengeIdentifier }: { readonly challenge: string; readonly challengeIdentifier: string },
) {
  const clientData = Buffer.from(JSON.stringify({ type: 'key.get', challenge }));
  return {
    challengeIdentifier,
    firstFactor: {
      kind: 'Key',
      credentialAssertion: { credId, clientData: clientData.toString('base64url'), signature: sign(null, clientData, privateKey).toString('base64url') },
    },
  };
}

/** A whole signed call. */
export async function signedCall(url: string, account: Account, method: string, path: string, body: unknown = {}): Promise<Answer> {
  const text = JSON.stringify(body);
  const action = await userAction(url, account, method, path.split('?', 1)[0] ?? path, text);
  return action.status === 200 ? request(url, method, path, { token: account.token, userAction: action.body.userAction, body: text }) : action;
}
