/**
 * Export at this signer: intent, tombstone, release (docs/contract.md, export). It takes two messages of nobody on
 * trust: the request is verified here, and so is every peer's statement.
 *
 * @module
 */
import { verifyBySigner } from '@quorate/authority';
import {
  b64,
  type Challenge,
  challengeOf,
  type Evidence,
  type Head,
  type KeyCertificate,
  isRefusal,
  type NoticeOf,
  Refusal,
  type ReplyOf,
  type RequestOf,
  type Signed,
  type SignerId,
} from '@quorate/wire';
import type { Certificates } from '../certificates.ts';
import type { Chain } from '../chain.ts';
import { type Decision, decide, decideIn } from '../decide.ts';
import type { Events } from '../events.ts';
import { createPerSender } from '../per-sender.ts';
import type { Decisions } from '../limits.ts';
import type { Laps } from '../meter.ts';
import type { Self } from '../self.ts';
import type { StoredRequest } from '../store/exports.ts';
import type { Store } from '../store/store.ts';
import { authorizationBody, gathered, isFrom, spread } from './authorization.ts';
import type { Witness } from '../witness.ts';
import { type Approved, checkExport, readExport } from './check.ts';
import { isAbout, proofIn, yesesAt } from './quorum.ts';
import { createReminders } from './reminders.ts';
import type { Retirement } from './retirement.ts';
import { createRun, noticeOf, recallRun, type Run } from './run.ts';

/** An answer after the caller's deadline is none: ours ends this much before, in milliseconds. */
const MARGIN_MS = 300;
/** An intent is said again while it waits, for a line may lose it. */
const REPEAT_MS = 1_000;
/** Requests whose intents a peer may be ahead with. */
const MAX_EARLY = 256;
/** How long a released request stays in memory, for the statements that are still to come. */
const LINGER_MS = 60_000;
const EXPORT_MS = 15_000;

export interface ExportLink {
  intent(notice: NoticeOf<'intent'>): void;
  tombstone(to: readonly SignerId[], notice: NoticeOf<'tombstone'>): void;
}

/** What a request has come to before its peers have spoken. */
interface First {
  readonly decision: Decision;
  readonly approved: Approved;
  readonly laps: Laps<'agree' | 'retire'>;
}

export interface ExporterOptions {
  readonly self: Self;
  readonly store: Store;
  readonly chain: Chain;
  readonly decisions: Decisions;
  readonly certificates: Certificates;
  readonly retirement: Retirement;
  readonly link: ExportLink;
  readonly witness: Pick<Witness, 'check'>;
  readonly events: Events;
}

export interface Exporter {
  /**
   * Retires the key and releases this signer's share of it; the stored release where there is one for this pair of key
   * and encryption key.
   * @throws {Refusal} `export/undecided`, `export/unfinished`, `evidence/spent`, or what the request is refused for
   */
  request(request: RequestOf<'export'>, deadline: number): Promise<ReplyOf<'export'>>;
  intentHeard(notice: NoticeOf<'intent'>, from: SignerId): Promise<void>;
  tombstoneHeard(notice: NoticeOf<'tombstone'>, from: SignerId): Promise<void>;
  /** Says this signer's tombstones to those whose own it lacks, and asks for theirs. */
  resume(): Promise<void>;
  /** Begins to say this signer's tombstones to one that may have been away. */
  remind(signerId: SignerId): void;
  stop(): void;
}

/** Says a retirement to all peers; what `createRetirement` calls. */
export function tellPeers(self: Self, link: ExportLink, run: Run): void {
  if (run.retired !== null) link.tombstone(self.peers, noticeOf(run, run.retired, false));
}

export function createExporter({ self, store, chain, decisions, certificates, retirement, link, witness, events }: ExporterOptions): Exporter {
  const runs = new Map<string, Run>();
  const early = createPerSender<NoticeOf<'intent'>>(MAX_EARLY);
  const verifying = new Map<string, Promise<Run>>();

  /** The run of this request, begun where there is none; with the intents that came before it. */
  function runOf(challenge: Challenge, { key, encryptionKey }: Approved, evidence: Evidence): Run {
    const known = runs.get(challenge);
    if (known !== undefined) return known;
    const run = createRun({ genesisHash: self.genesisHash, challenge, keyId: key.keyId, encryptionKey }, evidence, key.certificate);
    runs.set(challenge, run);
    for (const [from, notice] of early.take(challenge)) if (isAbout(run.subject, notice.intent.body)) hear(run, notice, from as SignerId);
    return run;
  }

  function hear(run: Run, { intent, authorization }: NoticeOf<'intent'>, from: SignerId): void {
    run.intents.set(from, intent);
    if (authorization !== undefined) run.authorizations.set(from, authorization);
  }

  /** A run in memory or from the store; `null` where this signer has not met the request. */
  async function recall(challenge: string): Promise<Run | null> {
    const known = runs.get(challenge);
    if (known !== undefined) return known;
    const request = await store.read('request', { challenge });
    const run = request === null ? null : await revive(request);
    const raced = runs.get(challenge);
    if (raced !== undefined) return raced;
    if (run !== null) {
      runs.set(challenge, run);
      linger(run);
    }
    return run;
  }

  async function revive(request: StoredRequest): Promise<Run | null> {
    const past = await store.read('export', request);
    return past === null ? null : recallRun(self.genesisHash, self.id, request, past);
  }

  function linger(run: Run): void {
    setTimeout(() => {
      if (run.callers > 0) linger(run);
      else if (runs.get(run.subject.challenge) === run) runs.delete(run.subject.challenge);
    }, LINGER_MS).unref();
  }

  // Intent

  function intentOf(run: Run['subject'], head: Head, answer: { readonly answer: 'yes' | 'no'; readonly code: string }): Signed<'intent'> {
    return self.sign('intent', { ...run, ...answer, headNumber: head.number, headHash: head.hash });
  }

  /** A no is answered to the caller and told to the peers, as far as the request says what it is about. */
  function sayNo(decision: Decision, certificate: KeyCertificate, error: unknown): void {
    const { keyId } = certificate.body;
    events.exportRefused(keyId, error);
    if (!isRefusal(error)) return;
    const { encryptionKey } = readExport(decision.verified).body;
    if (encryptionKey.length !== 48) return;
    const subject = { genesisHash: self.genesisHash, challenge: decision.verified.challenge, keyId, encryptionKey };
    link.intent({ intent: intentOf(subject, decision.state.head, { answer: 'no', code: error.code }) });
  }

  const begun = async (pair: { readonly keyId: string; readonly encryptionKey: string }): Promise<boolean> => (await store.read('export', pair)) !== null;

  async function approve(decision: Decision, certificate: KeyCertificate): Promise<Approved> {
    try {
      return await checkExport(decision, certificate, { certificates, begun, acknowledged: chain.acknowledged });
    } catch (error) {
      sayNo(decision, certificate, error);
      throw error;
    }
  }

  /** Waits for a quorum's yes at this signer's own head, deciding again whenever that has moved. */
  async function agree(run: Run, first: First, certificate: KeyCertificate, until: number): Promise<void> {
    let { decision, approved } = first;
    let agreed = false;
    const nowAgreed = (): void => {
      if (!agreed) first.laps.passed('agree');
      agreed = true;
    };
    // Signers that named a head which nobody could show.
    const unreachable = new Set<SignerId>();
    while (run.retired === null && run.released === null) {
      witness.check();
      const { head } = decision.state;
      const own = intentOf(run.subject, head, { answer: 'yes', code: '' });
      const authorization = self.sign('authorization', authorizationBody(run.subject, decision));
      run.intents.set(self.id, own);
      link.intent({ intent: own, authorization });
      const above = (): number | undefined =>
        [...run.intents.values()].find(({ signerId, body }) => body.headNumber > chain.state.head.number && !unreachable.has(signerId))?.body.headNumber;
      const next = await run.pulse.until(
        () => {
          if (run.retired !== null || run.released !== null) return { does: 'nothing' } as const;
          if (chain.state.head.number !== head.number) return { does: 'decide' } as const;
          const yeses = yesesAt(head, run.intents.values(), self.quorum);
          if (yeses !== null) return { does: 'retire', yeses } as const;
          const number = above();
          return number === undefined ? undefined : ({ does: 'catch up', number } as const);
        },
        Math.min(REPEAT_MS, until - self.now()),
      );
      if (next === undefined && self.now() >= until) throw new Refusal('export/undecided', { yes: yesCount(run, head), needed: self.quorum });
      if (next?.does === 'retire') {
        // What was acknowledged while the peers agreed counts as well.
        if (chain.acknowledged !== null) await approve(await decide(chain, run.evidence, 'export', self.now()), certificate);
        nowAgreed();
        const approval = { intents: next.yeses, authorization: gathered(self.genesis, authorization, run.authorizations) };
        await retirement.retire(run, approved.key, approval, 'fresh');
        first.laps.passed('retire');
      }
      if (next?.does === 'catch up') {
        // A head that nobody can show does not stop those who agree.
        await chain.reach(next.number).catch(() => {
          for (const { signerId, body } of run.intents.values()) if (body.headNumber === next.number) unreachable.add(signerId);
        });
      }
      if (chain.state.head.number !== head.number && run.retired === null) {
        decision = await decide(chain, run.evidence, 'export', self.now());
        approved = await approve(decision, certificate);
      }
    }
    nowAgreed();
  }

  const yesCount = (run: Run, head: Head): number =>
    [...run.intents.values()].filter(({ body }) => body.answer === 'yes' && body.headHash === head.hash).length;

  // Tombstones of peers

  /** Stores what came for a request; a release that it makes is that of every request with the same pair. */
  async function gather(run: Run): Promise<void> {
    await retirement.gather(run);
    const { released, subject } = run;
    if (released === null) return;
    for (const other of runs.values()) {
      if (other.released !== null || other.subject.keyId !== subject.keyId || other.subject.encryptionKey !== subject.encryptionKey) continue;
      other.released = released;
      other.pulse.ring();
    }
  }

  /** Says this signer's tombstone for a stored request to those whose own it lacks, and asks for theirs. */
  async function resumeOne(request: StoredRequest): Promise<void> {
    const run = await recall(request.challenge);
    if (run?.retired == null) return;
    const { statements, retired } = run;
    link.tombstone(
      self.peers.filter((id) => !statements.has(id)),
      noticeOf(run, retired, true),
    );
    await gather(run);
  }

  /** A request that reached this signer through a peer's tombstone only: verified in full, at the head of its quorum. */
  async function adopt({ tombstone, evidence, intents, certificate, authorization }: NoticeOf<'tombstone'>): Promise<Run> {
    const proof = await proofIn(self.keys, tombstone.body, intents);
    if (proof === null) throw new Refusal('export/undecided', { reason: 'the intents prove no quorum' });
    const { head, yeses } = proof;
    // As it was when they agreed: what was revoked since does not undo what a quorum has done.
    const state = await chain.at(head.number);
    if (state.head.hash !== head.hash) throw new Refusal('authority/head-unknown', { number: head.number });
    const decision = await decideIn(state, evidence, 'export', { freshness: 'waived' });
    const approved = await checkExport(decision, certificate, { certificates, begun, acknowledged: null });
    const { challenge } = decision.verified;
    const subject = { genesisHash: self.genesisHash, challenge, keyId: approved.key.keyId, encryptionKey: approved.encryptionKey };
    if (!isAbout(subject, tombstone.body)) throw new Refusal('action/mismatch', { member: 'tombstone' });
    const run = runOf(challenge, approved, evidence);
    const said = authorization === undefined ? [] : await spread(self.keys, authorization);
    const known = new Map([...run.authorizations, ...said.map((one) => [one.signerId, one] as const)]);
    const own = self.sign('authorization', authorizationBody(run.subject, decision));
    try {
      await retirement.retire(run, approved.key, { intents: yeses, authorization: gathered(self.genesis, own, known) }, 'proven');
    } finally {
      linger(run);
    }
    return run;
  }

  async function meet(notice: NoticeOf<'tombstone'>): Promise<Run> {
    const { challenge } = notice.tombstone.body;
    const known = await recall(challenge);
    if (known !== null && known.retired !== null) return known;
    // Several peers say the same at once: verified once, unless the one it came from was no good.
    const before = verifying.get(challenge);
    if (before !== undefined) return before.catch(() => adopt(notice));
    const adopting = adopt(notice).finally(() => verifying.delete(challenge));
    verifying.set(challenge, adopting);
    return adopting;
  }

  async function replyOf(
    ciphertext: Uint8Array,
    { release }: NonNullable<Run['released']>,
    tombstones: Iterable<Signed<'tombstone'>>,
  ): Promise<ReplyOf<'export'>> {
    const reply = { release, encryptedKeyShare: b64.encode(ciphertext), tombstones: [...tombstones] };
    const { challenge } = release.body;
    const authorization = (runs.get(challenge)?.retired ?? (await store.read('request', { challenge })))?.authorization ?? null;
    return authorization === null ? reply : { ...reply, authorization };
  }

  const reminders = createReminders<StoredRequest>({
    lacking: (signerId) => store.read('lacking', { signerId }),
    async say(signerId, request) {
      const run = await recall(request.challenge);
      if (run?.retired != null) link.tombstone([signerId], noticeOf(run, run.retired, true));
    },
    failed: (error) => events.failed('saying tombstones again', error),
  });

  return {
    async request({ evidence, certificate }, deadline) {
      const laps = events.laps('export');
      const until = Math.min(deadline - MARGIN_MS, self.now() + EXPORT_MS);
      const decision = await decide(chain, evidence, 'export', self.now());
      decisions.decided(decision.verified.credential);
      const approved = await approve(decision, certificate);
      const { keyId } = approved.key;
      const pair = { keyId, encryptionKey: approved.encryptionKey };
      const past = await store.read('export', pair);
      if (past?.released) return replyOf(past.ciphertext, past.released, past.released.tombstones);

      const { challenge } = decision.verified;
      laps.passed('verify');
      const run = (await recall(challenge)) ?? runOf(challenge, approved, evidence);
      run.callers++;
      try {
        if (past === null) retirement.prepare(run, approved.key);
        // Retired for this pair, but statements were lost: those who have released take part in no other round.
        else for (const earlier of await store.read('requests', pair)) await resumeOne(earlier);
        await agree(run, { decision, approved, laps }, certificate, until);
        await gather(run);
        const released = await run.pulse.until(() => run.released ?? undefined, until - self.now());
        if (released !== undefined && run.retired === null) {
          const earlier = await store.read('export', pair);
          if (earlier?.released) return replyOf(earlier.ciphertext, earlier.released, earlier.released.tombstones);
        }
        if (released === undefined || run.retired === null) throw new Refusal('export/unfinished', { tombstones: run.statements.size, needed: self.quorum });
        laps.passed('release');
        const about = released.release.body.challenge === challenge ? run.statements.values() : released.tombstones;
        return replyOf(run.retired.ciphertext, released, about);
      } finally {
        run.callers--;
        linger(run);
      }
    },

    async intentHeard(notice, from) {
      const { intent, authorization } = notice;
      if (intent.signerId !== from || intent.body.genesisHash !== self.genesisHash)
        throw new Refusal('envelope/refused', { problem: 'another signer’s intent' });
      const [signed, said] = await Promise.all([verifyBySigner(self.keys, 'intent', intent, 'present'), isFrom(self.keys, from, intent.body, authorization)]);
      if (!signed || !said) throw new Refusal('envelope/refused', { problem: 'signature' });
      const run = runs.get(intent.body.challenge);
      if (run === undefined) return early.put(from, intent.body.challenge, notice);
      if (!isAbout(run.subject, intent.body)) return;
      hear(run, notice, from);
      run.pulse.ring();
    },

    async tombstoneHeard(notice, from) {
      const { tombstone } = notice;
      if (tombstone.signerId !== from || tombstone.body.genesisHash !== self.genesisHash)
        throw new Refusal('envelope/refused', { problem: 'another signer’s tombstone' });
      // What it said before a rotation it may say again, of requests from before: of later ones a replaced key says nothing.
      const { statement } = notice.evidence;
      const good =
        challengeOf(statement) === tombstone.body.challenge && (await verifyBySigner(self.keys, 'tombstone', tombstone, Number(statement.headNumber)));
      if (!good) throw new Refusal('envelope/refused', { problem: 'signature' });
      const run = await meet(notice);
      if (!isAbout(run.subject, tombstone.body)) throw new Refusal('envelope/refused', { problem: 'another request' });
      if (!run.statements.has(from)) run.statements.set(from, tombstone);
      if (notice.ask === true && run.retired !== null) link.tombstone([from], noticeOf(run, run.retired, false));
      await gather(run);
    },

    async resume() {
      for (const request of await store.read('unfinished', { signers: self.roster.length })) await resumeOne(request);
    },

    remind: reminders.remind,
    stop: reminders.stop,
  };
}
