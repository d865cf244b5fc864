/**
 * The signer: one daemon that holds one share of every key and decides alone what it does with it.
 *
 * @module
 */
import { type CallContext, type LinkEvent, openChannel, type RemoteParty, type Transport } from '@quorate/link';
import { challengeOf, type Evidence, type Genesis, type NoticeKind, type NoticeOf, type ReplyOf, readGenesis, type SignerId } from '@quorate/wire';
import { createHeads, type Heads } from './audit/heads.ts';
import { createRefusals } from './audit/refusals.ts';
import { type AuxProgress, openAuxInfo } from './aux-info.ts';
import { createCertificates } from './certificates.ts';
import { openChain } from './chain.ts';
import { createConflicts } from './conflicts.ts';
import { codeOf, createEvents } from './events.ts';
import { createExporter, type ExportLink, tellPeers } from './export/exporter.ts';
import { createRetirement } from './export/retirement.ts';
import type { Run } from './export/run.ts';
import { openFaults } from './faults.ts';
import { filesIn } from './files.ts';
import { idIn, openIdentity } from './identities.ts';
import { makePrimes, readPrimes } from './init.ts';
import { createKeygen } from './keygen.ts';
import { createDecisions, defaultSignerLimits, type SignerLimits } from './limits.ts';
import { type Figures, figuresOf } from './figures.ts';
import { defaultLogger, type Logger } from './log.ts';
import { type DecisionKind, type Meter, silentMeter } from './meter.ts';
import { type Mpc, realMpc } from './mpc.ts';
import { answerTo } from './recall.ts';
import { startRejoin } from './rejoin.ts';
import { createSelf } from './self.ts';
import { createSessions, platformRandom } from './sessions.ts';
import { createSigning } from './sign.ts';
import { createSpeaker } from './speaker.ts';
import { createSnapshots, SNAPSHOT_EVERY } from './snapshots.ts';
import { statusOf } from './status.ts';
import { openStore as openThread, type Store, type StoreOptions } from './store/store.ts';
import type { DurableStep } from './store/transactions.ts';
import { openWitness } from './witness.ts';

export interface SignerHooks {
  /** Called, and awaited, right after each durable transaction: where a test stops the signer. */
  readonly durable?: (step: DurableStep) => void | Promise<void>;
}

export interface SignerOptions {
  /** Where `initSigner` was run. */
  readonly dir: string;
  readonly genesis: Genesis;
  /** From configuration; never learnt from the link. */
  readonly genesisHash: string;
  readonly transport: Transport;
  readonly servers: readonly RemoteParty[];
  /** Milliseconds. @default Date.now */
  readonly now?: () => number;
  readonly random?: (length: number) => Uint8Array;
  readonly log?: Logger;
  /** What counts and measures this signer. @default nothing */
  readonly meter?: Meter;
  /** Tables that make signing faster, in memory. @default 'background' */
  readonly tables?: 'background' | 'off';
  /** Allows the addon with published secrets, and uses them: tests and benches only. */
  readonly testFixtures?: boolean;
  /** Acts from one snapshot to the next, the same at all signers. @default 1000 */
  readonly snapshotEvery?: number;
  readonly hooks?: SignerHooks;
  /** Those that are not given are as in `defaultSignerLimits`. */
  readonly limits?: Partial<SignerLimits>;
  readonly mpc?: Mpc;
  /** Opens the store on its file. @default in a thread of its own */
  readonly openStore?: (path: string, options: StoreOptions) => Promise<Store>;
}

export interface Signer extends AsyncDisposable {
  readonly id: SignerId;
  /** Aux info is in place and enough peers have told what was missed: this signer can sign. */
  readonly ready: Promise<void>;
  /** Aux info is in place. */
  readonly auxReady: Promise<void>;
  readonly auxProgress: AuxProgress;
  /** As it tells servers that ask. */
  status(): ReplyOf<'status'>;
  /** How it is, in numbers. */
  figures(): Figures;
  stop(): Promise<void>;
}

/** How long another party may take to tell its acts, in milliseconds. */
const FETCH_MS = 2_000;
/** When, after the start, unfinished tombstones are said again; milliseconds. */
const RESUME_AT_MS = [0, 500, 2_000, 5_000, 15_000];

/**
 * Starts a signer on its directory. It serves at once what its state allows; `ready` tells when it can sign.
 * @throws {Refusal} `genesis/invalid`, `authority/foreign` for a store of another genesis; Error for an addon with
 *   published secrets, or an identity that is not in the roster
 */
export async function startSigner(options: SignerOptions): Promise<Signer> {
  const {
    dir,
    transport,
    servers,
    now = Date.now,
    random = platformRandom,
    log = defaultLogger(),
    meter = silentMeter,
    tables = 'background',
    testFixtures = false,
    snapshotEvery = SNAPSHOT_EVERY,
    hooks = {},
    mpc = realMpc,
    openStore = openThread,
  } = options;
  const limits: SignerLimits = { ...defaultSignerLimits, ...options.limits };
  const build = mpc.buildInfo();
  if (build.testFixtures && !testFixtures) throw new Error('This addon accepts published secrets. A signer does not start on it outside tests.');
  const files = filesIn(dir);
  const vault = mpc.openVault(files.key);
  const genesis = readGenesis(options.genesis, options.genesisHash);
  const identity = openIdentity(vault, dir);
  const self = createSelf(identity, genesis, options.genesisHash, now, idIn(dir, identity));
  const events = createEvents(log, self.id, meter);
  const speaker = createSpeaker({ self, vault, dir, events });

  let heads: Heads | null = null;
  // Each transaction's head is signed and goes to disk with the next one.
  const store = await openStore(files.store, { ...hooks, writing: () => void heads?.own() });
  const closing: (() => void | Promise<void>)[] = [() => store.close()];
  try {
    await store.write('bind', { genesisHash: self.genesisHash });
    const { retired, auditBrokenAt, heads: kept, floors: loaded, certified } = await store.read('load', {});
    let floors = loaded;
    if (auditBrokenAt !== null) events.auditBroken(auditBrokenAt);

    const parties = new Map(servers.map((server) => [server.id, server]));
    const channel = openChannel({
      transport,
      self: speaker.party,
      network: self.genesisHash,
      parties: (id) => parties.get(id) ?? speaker.peer(id),
      now,
      log: (event: LinkEvent) => events.link(event),
    });
    closing.unshift(() => channel.close());
    const notify =
      <K extends NoticeKind>(kind: K) =>
      (to: readonly SignerId[], notice: NoticeOf<K>) =>
        channel.notify(to, kind, notice);

    const conflicts = createConflicts({ self, store, events });
    const witness = await openWitness({ self, store, conflicts, events, stop: (error) => sessions.abort(error) });
    const snapshots = createSnapshots({
      self,
      store,
      events,
      every: snapshotEvery,
      link: {
        statements: (from) => channel.call(from, 'snapshots', {}, { deadline: now() + FETCH_MS }),
        piece: (from, request) => channel.call(from, 'snapshotPiece', request, { deadline: now() + FETCH_MS }),
      },
    });
    closing.unshift(() => snapshots.stop());
    const decisions = createDecisions(limits);
    const faults = await openFaults({ self, store, limits, events });
    const chain = await openChain({
      self,
      store,
      events,
      conflicts,
      witness,
      floors: () => floors,
      follow: speaker.follow,
      decisions,
      sources: () => [...servers.map(({ id }) => id), ...self.peers],
      fetch: async (from, after, limit) => (await channel.call(from, 'chain', { after, limit }, { deadline: now() + FETCH_MS })).acts,
      snapshots,
      bulk: { verify: mpc.verifyEd25519Many, soundKeys: mpc.soundEd25519Keys },
    });
    closing.unshift(() => chain.stop());
    const known = createHeads({
      self,
      store,
      kept,
      acts: () => chain.state.head,
      forked: (first, second) => void conflicts.keep({ kind: 'forked-audit', number: second.body.number, party: second.signerId, first, second }),
    });
    heads = known;
    const refusals = createRefusals({ self, store, failed: (error) => events.failed('recording a refusal', error) });
    closing.unshift(() => refusals.settled());
    const tellHead = (): void => channel.notify(self.peers, 'auditHead', { audit: known.own() });
    const sessions = createSessions({
      self,
      implVersion: build.implVersion,
      link: {
        join: (to, notice) => channel.notify(to, 'join', { ...notice, audit: known.own() }),
        leave: notify('leave'),
        protocol: (message) => channel.sendProtocol(message),
      },
      events,
      invited: (tag, from) => auxInfo.invited(tag, from),
      head: () => chain.state.head,
      random,
      faults,
      sessionsOfKey: limits.sessionsOfKey,
    });
    closing.unshift(() => sessions.close());
    const primes = (onProgress: (done: number) => void) => {
      const job = makePrimes(dir, { mpc, onProgress });
      return { result: job.result.then(() => readPrimes(dir)), cancel: () => job.cancel() };
    };
    const auxInfo = openAuxInfo({
      self,
      store,
      vault,
      sessions: () => sessions,
      tell: notify('auxReady'),
      primes,
      fixtures: build.testFixtures,
      tables,
      events,
    });
    closing.unshift(() => auxInfo.stop());

    const certificates = createCertificates({ self, store, events });
    const sayKeySignature = (notice: NoticeOf<'keySignature'>): void => {
      channel.notify(self.peers, 'keySignature', notice);
      tellHead();
    };
    const keygen = createKeygen({ self, store, vault, chain, decisions, sessions, certificates, events, tell: sayKeySignature });
    const signing = createSigning({ self, store, vault, chain, decisions, sessions, certificates, aux: () => auxInfo.aux, events });
    const exportLink: ExportLink = {
      intent: (notice) => channel.notify(self.peers, 'intent', { ...notice, audit: known.own() }),
      tombstone: notify('tombstone'),
    };
    const tell = (run: Run): void => {
      tellPeers(self, exportLink, run);
      tellHead();
    };
    const retirement = createRetirement({ self, store, vault, sessions, events, retired, tell });
    const exporter = createExporter({ self, store, chain, decisions, certificates, retirement, link: exportLink, witness, events });
    closing.unshift(() => exporter.stop());

    const rejoin = startRejoin({
      self,
      store,
      chain,
      heads: known,
      conflicts,
      exporter,
      recall: (from, request, deadline) => channel.call(from, 'recall', request, { deadline }),
      tombstones: (from, request, deadline) => channel.call(from, 'tombstones', request, { deadline }),
      actsLost: certified > chain.state.head.number,
      floors: {
        get: () => floors,
        set: (raised) => {
          floors = raised;
        },
      },
      events,
    });
    closing.unshift(() => rejoin.stop());

    const challengeIn = ({ evidence }: { readonly evidence: Evidence }): string => challengeOf(evidence.statement);
    /** What this signer decides on: only once it takes part, and every no stands in its trail. */
    const decided = async <T>(kind: DecisionKind, challenge: string, { deadline, from }: CallContext, work: () => Promise<T>): Promise<T> => {
      const began = performance.now();
      let code: string | null = null;
      try {
        decisions.asked(from.id);
        witness.check();
        await rejoin.enter(deadline);
        return await work();
      } catch (error) {
        code = codeOf(error);
        refusals.note(`${kind} refused`, { challenge, code });
        throw error;
      } finally {
        events.decided(kind, code, performance.now() - began);
      }
    };
    const answers = answerTo({ self, store, heads: known });
    const status = (): ReplyOf<'status'> => statusOf({ self, chain, auxInfo, build, auditBrokenAt, rejoin, witness, faults, sessions });
    channel.serve('status', async () => status());
    channel.serve('act', (record, context) =>
      decided('act', challengeIn(record), context, async () => {
        const ack = await chain.offer(record);
        tellHead();
        return { ack };
      }),
    );
    channel.serve('certify', async ({ number, acks }) => ({ head: await chain.certify(number, acks) }));
    channel.serve('chain', async ({ after, limit }) => ({ acts: [...(await chain.since(after, limit))] }));
    channel.serve('snapshots', () => snapshots.statements());
    channel.serve('snapshotPiece', (request) => snapshots.piece(request));
    channel.serve('recall', ({ after }, { from }) => answers.recall(after, from.id as SignerId));
    channel.serve('tombstones', ({ requests }) => answers.tombstones(requests));
    channel.serve('keygen', (request, context) => decided('keygen', challengeIn(request), context, () => keygen(request, context.deadline)));
    channel.serve('sign', (request, context) => decided('sign', challengeIn(request), context, () => signing(request, context.deadline)));
    channel.serve('export', (request, context) => decided('export', challengeIn(request), context, () => exporter.request(request, context.deadline)));

    /** A peer's notice: one that is not believed is an event, never an error of ours. */
    const listen = <K extends NoticeKind>(kind: K, handler: (notice: NoticeOf<K>, from: SignerId) => void | Promise<void>): void =>
      channel.onNotice(kind, async (notice, { id }) => {
        try {
          await handler(notice, id as SignerId);
        } catch (error) {
          events.badNotice(id, kind, error);
        }
      });
    listen('join', (notice, from) => {
      sessions.joinHeard(notice, from);
      chain.hint(notice.head.number);
      return known.heard(notice.audit, from);
    });
    listen('leave', sessions.leaveHeard);
    listen('keySignature', certificates.heard);
    listen('intent', async (notice, from) => {
      await exporter.intentHeard(notice, from);
      await known.heard(notice.audit, from);
    });
    listen('auditHead', ({ audit }, from) => known.heard(audit, from));
    listen('tombstone', exporter.tombstoneHeard);
    listen('auxReady', auxInfo.heard);
    listen('here', async ({ head, ask, audit }, from) => {
      chain.hint(head.number);
      if (ask) channel.notify([from], 'here', { head: chain.state.head, ask: false, audit: known.own() });
      if (ask) rejoin.hello(from);
      await known.heard(audit, from);
      exporter.remind(from);
    });
    channel.onProtocol(({ from, session, seq, broadcast, body }) => sessions.messageHeard(session, { from: from.id as SignerId, seq, broadcast, body }));

    // What happened while this signer was away, and what it had not finished.
    channel.notify(self.peers, 'here', { head: chain.state.head, ask: true, audit: known.own() });
    const resuming = RESUME_AT_MS.map((ms) => setTimeout(() => void exporter.resume().catch((error: unknown) => events.failed('resuming', error)), ms));
    closing.unshift(() => resuming.forEach(clearTimeout));
    events.started(chain.state.head);

    let stopping: Promise<void> | null = null;
    const stop = (): Promise<void> => {
      stopping ??= (async () => {
        await closeAll(closing);
        events.stopped();
      })();
      return stopping;
    };
    return {
      id: self.id,
      ready: Promise.all([auxInfo.ready, rejoin.done]).then(() => {}),
      auxReady: auxInfo.ready,
      get auxProgress() {
        return auxInfo.progress;
      },
      status,
      figures: () => figuresOf({ self, chain, heads: known, sessions, status: status() }),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

async function closeAll(closing: readonly (() => void | Promise<void>)[]): Promise<void> {
  for (const close of closing) await close();
}
