/**
 * Five real signers with nothing but a test in front of them: the test holds the server's keys and may lie as it likes.
 *
 * @module
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Channel, generatePartyKeys, keyParty, type MemoryTransport, memoryTransport, openChannel, publicPartyOf, type RemoteParty } from '@quorate/link';
import { type Signer, type SignerOptions, initSigner, startSigner } from '@quorate/signer';
import {
  type ActRecord,
  b64,
  type CallKind,
  compare,
  deriveId,
  type Evidence,
  Genesis,
  genesisHashOf,
  type KeyCertificate,
  OrgId,
  type ReplyOf,
  type RequestOf,
  type Signed,
  type SignerId,
} from '@quorate/wire';
import pino from 'pino';
import { applyRecord, type AuthorityState, genesisState, partyOf } from '@quorate/authority';
import { PATIENT } from './patient.ts';
import { type Actor, type Asked, evidenceOf, newActor } from '../../packages/authority/src/organisation.test-kit.ts';

const silent = pino({ level: 'silent' });

export interface SignersOnly extends AsyncDisposable {
  readonly genesis: Genesis;
  readonly genesisHash: string;
  readonly administrator: Actor;
  readonly ids: readonly SignerId[];
  readonly transport: MemoryTransport;
  readonly channel: Channel;
  /** Whether signers that ask the server for acts get any. */
  tellsChain: boolean;
  /** The server and the signers, as they know each other; `null` for anybody else. */
  party(id: string): RemoteParty | null;
  /** The state that the certified acts so far have made. */
  state(): AuthorityState;
  signer(i: number): Signer;
  /** Where signer `i` keeps what it knows. */
  dir(i: number): string;
  stop(i: number): Promise<void>;
  start(i: number, options?: Partial<SignerOptions>): Promise<void>;
  evidence(actor: Actor, asked: Asked): Evidence;
  call<K extends CallKind>(i: number, kind: K, request: RequestOf<K>, timeoutMs?: number): Promise<ReplyOf<K>>;
  callAll<K extends CallKind>(kind: K, request: RequestOf<K>, timeoutMs?: number): Promise<PromiseSettledResult<ReplyOf<K>>[]>;
  /** Has an act acknowledged by all, certified and applied. */
  act(actor: Actor, asked: Asked): Promise<ActRecord>;
  /** The same for evidence that some signers may have acknowledged already. */
  commit(evidence: Evidence, acks?: readonly Signed<'ack'>[]): Promise<ActRecord>;
  /** The same at these signers alone. */
  commitWith(of: readonly number[], evidence: Evidence, acks?: readonly Signed<'ack'>[]): Promise<ActRecord>;
  /** Takes an act that was certified elsewhere for the next one. */
  adopt(record: ActRecord): Promise<void>;
  /** From now on this server tells signers nothing of the last so many acts. */
  forget(acts: number): void;
  /** Has a key made and its certificate put together, as an honest server would. */
  newKey(actor: Actor, network?: string, options?: object): Promise<{ evidence: Evidence; certificate: KeyCertificate }>;
  participants(...of: readonly number[]): SignerId[];
}

export async function startSigners(options: Partial<SignerOptions> = {}): Promise<SignersOnly> {
  const root = await mkdtemp(join(tmpdir(), 'quorate-signers-'));
  const made: { dir: string; identity: Awaited<ReturnType<typeof initSigner>> }[] = [];
  for (let i = 0; i < 5; i++) {
    const dir = join(root, String(i));
    await mkdir(dir, { recursive: true });
    made.push({ dir, identity: await initSigner(dir) });
  }
  made.sort((a, b) => compare(a.identity.identityKey, b.identity.identityKey));
  const administrator = newActor();
  const genesis = Genesis.parse({
    v: '1',
    orgId: OrgId.parse(deriveId('or', 0, administrator.credId)),
    epoch: 0,
    threshold: 3,
    signers: made.map(({ identity }) => ({
      id: b64.encode(identity.identityKey),
      identityKey: b64.encode(identity.identityKey),
      sealingKey: b64.encode(identity.sealingKey),
      importKey: b64.encode(identity.importKey),
    })),
    administrators: [
      { userId: administrator.userId, username: 'admin', isServiceAccount: true, credId: administrator.credId, publicKey: administrator.publicKey },
    ],
    passkeys: { rpId: 'localhost', origins: ['http://localhost'], userVerification: 'required' },
  });
  const genesisHash = genesisHashOf(genesis);
  const keys = generatePartyKeys();
  const server = publicPartyOf(keys, 'server');
  const transport = memoryTransport();
  const party = (id: string): RemoteParty | null => partyOf(state, id);
  let state = genesisState(genesis);
  const channel = openChannel({ transport, self: keyParty(keys), network: genesisHash, parties: party });
  const signers = new Map<number, Signer>();
  const records: ActRecord[] = [];
  channel.serve('chain', async ({ after, limit }) => ({ acts: self.tellsChain ? records.slice(after, after + limit) : [] }));

  const self: SignersOnly = {
    genesis,
    genesisHash,
    administrator,
    ids: genesis.signers.map((signer) => signer.id),
    transport,
    channel,
    tellsChain: true,
    party: (id) => (id === server.id ? server : party(id)),
    state: () => state,
    signer: (i) => signers.get(i) as Signer,
    dir: (i) => (made[i] as (typeof made)[number]).dir,
    async stop(i) {
      await signers.get(i)?.stop();
      signers.delete(i);
    },
    async start(i, more = {}) {
      const { dir } = made[i] as (typeof made)[number];
      const signer = await startSigner({
        dir,
        genesis,
        genesisHash,
        transport,
        servers: [server],
        testFixtures: true,
        tables: 'off',
        log: silent,
        limits: PATIENT.signer,
        ...options,
        ...more,
      });
      signers.set(i, signer);
      // Fewer than a quorum have nobody to ask what they missed.
      await (signers.size >= genesis.threshold ? signer.ready : signer.auxReady);
    },
    evidence: (actor, asked) => evidenceOf(state, actor, { now: Date.now(), ...asked }),
    call: (i, kind, request, timeoutMs = 60_000) => channel.call(self.ids[i] as SignerId, kind, request, { deadline: Date.now() + timeoutMs }),
    callAll: (kind, request, timeoutMs = 60_000) => Promise.allSettled(self.ids.map((_, i) => self.call(i, kind, request, timeoutMs))),
    act: (actor, asked) => self.commit(self.evidence(actor, asked)),
    commit: (evidence, acks = []) =>
      self.commitWith(
        self.ids.map((_, i) => i),
        evidence,
        acks,
      ),
    async commitWith(of, evidence, acks = []) {
      const number = state.head.number + 1;
      const replies = await Promise.all(of.map((i) => self.call(i, 'act', { number, evidence, acks: [...acks] })));
      const record = { number, evidence, acks: replies.map((reply) => reply.ack) };
      await self.adopt(record);
      await Promise.all(of.map((i) => self.call(i, 'certify', { number, acks: record.acks })));
      return record;
    },
    async adopt(record) {
      state = await applyRecord(state, record);
      records.push(record);
    },
    forget: (acts) => void records.splice(records.length - acts, acts),
    async newKey(actor, network = 'KeyECDSA', options = {}) {
      const evidence = self.evidence(actor, { method: 'POST', path: '/wallets', payload: JSON.stringify({ network, ...options }) });
      const replies = await Promise.all(self.ids.map((_, i) => self.call(i, 'keygen', { evidence, attempt: 1 })));
      const [first] = replies;
      if (first === undefined) throw new Error('no signer answered');
      return { evidence, certificate: { body: first.body, signatures: replies.map((reply) => reply.signature) } };
    },
    participants: (...of) => of.map((i) => self.ids[i] as SignerId),
    async [Symbol.asyncDispose]() {
      for (const i of [...signers.keys()]) await self.stop(i);
      channel.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  await Promise.all(made.map((_, i) => self.start(i)));
  return self;
}
