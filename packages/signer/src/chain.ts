/**
 * This signer's copy of the organisation's authority: the chain of certified acts and the state they make, and the one
 * acknowledgement that it gives for each number. Only certified acts move the state.
 *
 * @module
 */
import {
  administratorsOf,
  applyRecords,
  type AuthorityState,
  type Bulk,
  genesisState,
  isCertified,
  nextHead,
  reduce,
  verifyAcks,
  verifyEvidence,
} from '@quorate/authority';
import { type ActRecord, challengeOf, CLOCK_ALLOWANCE_MS, type Head, isRefusal, Refusal, type Signed } from '@quorate/wire';
import { createActsBefore } from './acts-before.ts';
import type { Conflicts } from './conflicts.ts';
import { countedIn } from './counted.ts';
import type { Events } from './events.ts';
import type { Decisions } from './limits.ts';
import { createLock } from './lock.ts';
import type { Self } from './self.ts';
import type { Snapshots } from './snapshots.ts';
import type { CertifiedAct } from './store/acts.ts';
import type { Floors } from './store/restore.ts';
import type { Store } from './store/store.ts';
import type { Witness } from './witness.ts';

/** Acts asked for at once. */
const PAGE = 100;
/** Acts of our own read and verified at once, and how much of them; characters. */
const REPLAY_PAGE = 500;
const MAX_REPLAY_CHARS = 4 * 1024 * 1024;
/** After a head that nobody could show, hints are not followed for so long; milliseconds. */
const HINT_REST_MS = 5_000;
/** JSON of the acts in one answer; well under an envelope's limit. */
const MAX_PAGE_CHARS = 256 * 1024;

export interface ChainOptions {
  readonly self: Self;
  readonly store: Store;
  /** Whom to ask for acts, the likeliest first. */
  readonly sources: () => readonly string[];
  /** Certified acts after a number, as somebody tells them; rejects where there is no answer. */
  readonly fetch: (from: string, after: number, limit: number) => Promise<readonly ActRecord[]>;
  readonly conflicts: Conflicts;
  readonly witness: Witness;
  /** What counts no more after a rollback. */
  readonly floors: () => Floors;
  /** Called with every state from the moment on that it counts, the first one included; must not throw. */
  readonly follow: (state: AuthorityState) => void;
  readonly decisions: Decisions;
  readonly events: Events;
  /** Where long chains are started from; none are kept without. */
  readonly snapshots?: Snapshots;
  /** Verifies faster than WebCrypto does. */
  readonly bulk?: Bulk;
}

export interface Chain {
  /** What certified acts have made of the organisation: the state that decides. */
  readonly state: AuthorityState;
  /**
   * What the act that this signer has acknowledged, and that is not certified here, would make of it; `null` where there is
   * none. It takes away at once and gives nothing: a server that keeps the certificate to itself undoes no revocation.
   */
  readonly acknowledged: AuthorityState | null;
  /** What counts no more after a rollback. */
  readonly floors: Floors;
  /**
   * Acknowledges the next act, once per number; an act that a quorum has acknowledged is applied besides.
   * @throws {Refusal} `authority/conflict`, `authority/behind`, `authority/rolled-back`, `authority/double-acknowledgement`,
   *   or what the act itself is refused for
   */
  offer(record: ActRecord): Promise<Signed<'ack'>>;
  /** Applies the act of this number, which these acknowledgements certify. @throws {Refusal} `authority/behind` */
  certify(number: number, acks: readonly Signed<'ack'>[]): Promise<Head>;
  /** @throws {Refusal} `authority/acts-absent` where this signer started from a snapshot and has not fetched these yet */
  since(after: number, limit: number): Promise<readonly ActRecord[]>;
  /** Catches up at least to this number. @throws {Refusal} `authority/behind` where nobody has it */
  reach(number: number): Promise<void>;
  /** Somebody stands at this number: catches up in the background if that is news. */
  hint(number: number): void;
  /** The state right after act `number`. @throws {Refusal} `authority/behind`, `authority/acts-absent` as {@link since} */
  at(number: number): Promise<AuthorityState>;
  /** Ends what goes on in the background. */
  stop(): void;
}

/** A round of asking others for acts that has not begun. */
interface Round {
  number: number;
  readonly over: Promise<void>;
}

/** Rebuilds the state from the store, checking every certificate again. */
export async function openChain({
  self,
  store,
  sources,
  fetch,
  conflicts,
  witness,
  floors,
  follow,
  decisions,
  events,
  snapshots,
  bulk,
}: ChainOptions): Promise<Chain> {
  const lock = createLock();
  // Apart, so that who takes long to tell, or names a head that nobody has, holds up no act.
  const asking = createLock();
  let waiting: Round | null = null;
  let state = await start();
  follow(state);
  let acknowledged = await acknowledgedNext();
  let hinted = false;
  let restUntil = 0;
  const before = snapshots === undefined ? null : createActsBefore({ store, sources, fetch, snapshots, events, state: () => state });
  before?.fill();

  /** Applies the acts of the store to the latest snapshot; `null` where there are acts, but nothing leads to the first of them. */
  async function replay(until: number, passed: (state: AuthorityState) => void = () => {}): Promise<AuthorityState | null> {
    let replayed = (await snapshots?.latest(until)) ?? genesisState(self.genesis);
    const page = (after: number): Promise<readonly ActRecord[]> =>
      after >= until
        ? Promise.resolve([])
        : store.read('acts', { after, limit: Math.min(pageAfter(after, REPLAY_PAGE), until - after), maxChars: MAX_REPLAY_CHARS });
    // The next page is read while this one is verified.
    for (let next = page(replayed.head.number); ; ) {
      const acts = await next;
      const last = acts.at(-1);
      if (last === undefined) return replayed;
      if (replayed.head.number === 0 && acts[0]?.number !== 1) return null;
      next = page(last.number);
      next.catch(() => {});
      const { state: applied, fault } = await applyRecords(replayed, acts, bulk);
      if (fault !== null) throw fault;
      replayed = applied;
      passed(replayed);
    }
  }

  /** No more than `limit` acts, and none beyond the next one that a snapshot ends in. */
  function pageAfter(after: number, limit: number): number {
    return snapshots === undefined ? limit : Math.min(limit, snapshots.every - (after % snapshots.every));
  }

  async function start(): Promise<AuthorityState> {
    let last: AuthorityState | null = null;
    const replayed = await replay(Number.POSITIVE_INFINITY, (passed) => {
      if (snapshots !== undefined && passed.head.number % snapshots.every === 0) last = passed;
    });
    if (last !== null) snapshots?.passed(last);
    if (replayed !== null) return replayed;
    // It began with a snapshot, and that one is gone or spoilt: the others have all of this.
    await store.write('acts-cut', { after: 0 });
    return genesisState(self.genesis);
  }

  /** What the store's acknowledgement of the next number would make of the state. */
  async function acknowledgedNext(): Promise<AuthorityState | null> {
    const own = await store.read('ack', { number: state.head.number + 1 });
    if (own === null || nextHead(state, own.evidence).hash !== own.head) return null;
    return reduce(state, await verifyEvidence(state, own.evidence, { freshness: 'waived' }));
  }

  const seen = () => ({ head: state.head, hashAt: (number: number) => state.heads.get(number) });

  /** A record for a number that is taken is the same act, or it is kept as evidence against who tells it. */
  async function checkPast({ number, evidence, acks }: ActRecord, from: string): Promise<void> {
    const before = state.heads.get(number - 1);
    if (before === undefined || nextHead({ head: { number: number - 1, hash: before } }, evidence).hash === state.heads.get(number)) return;
    const [own] = await store.read('acts', { after: number - 1, limit: 1, maxChars: 1 });
    const first = own?.number === number ? own : { head: state.heads.get(number) };
    await conflicts.keep({ kind: 'changed-act', number, party: from, first, second: { number, evidence, acks } });
    await witness.look(acks, seen());
    throw new Refusal('authority/conflict', { number });
  }

  /** What is wrong with an act that does not follow, kept with what it should have followed. */
  async function keepFault(record: ActRecord, expected: number, from: string): Promise<void> {
    const { number, evidence, acks } = record;
    const foreign = evidence.statement.genesisHash !== self.genesisHash;
    const kind = foreign ? 'foreign-chain' : number > expected ? 'gap' : 'changed-act';
    const own = await store.read('ack', { number: expected });
    await conflicts.keep({ kind, number: expected, party: from, first: { head: state.head, acknowledged: own }, second: record });
    if (!foreign) await witness.look(acks, seen());
  }

  /** Applies what follows the present head, durably, as far as it holds. Under the lock. */
  async function apply(records: readonly ActRecord[], from: string): Promise<void> {
    for (const record of records) if (record.number <= state.head.number) await checkPast(record, from);
    const following = records.filter(({ number }) => number > state.head.number);
    const { state: next, heads, fault } = await applyRecords(state, following, bulk);
    const certified = heads.map(({ hash }, i): CertifiedAct => {
      const record = following[i] as ActRecord;
      return { ...record, head: hash, counted: countedIn(record.evidence) };
    });
    for (const { acks } of certified) await witness.compare(acks);
    witness.check();
    if (certified.length > 0) {
      await store.write('act-certified', {
        acts: certified,
        audit: { time: self.now(), event: 'acts certified', detail: { head: next.head.number, hash: next.head.hash } },
      });
      state = next;
      follow(state);
      if (acknowledged !== null && acknowledged.head.number <= state.head.number) acknowledged = null;
      events.actsApplied(state.head, from);
      snapshots?.passed(state);
    }
    const bad = following[heads.length];
    if (fault === null || bad === undefined) return;
    events.badAct(from, bad.number, fault);
    await keepFault(bad, state.head.number + 1, from);
  }

  /** Asks one source after the other until the head is there, or all have been asked. */
  async function catchUp(number: number): Promise<void> {
    if (state.head.number === 0 && number >= (snapshots?.every ?? Number.POSITIVE_INFINITY)) await adopt();
    for (const source of sources()) {
      while (state.head.number < number) {
        const before = state.head.number;
        try {
          const limit = pageAfter(before, PAGE);
          const records = await fetch(source, before, limit);
          await lock(() => apply(records.slice(0, limit), source));
        } catch (error) {
          if (isRefusal(error, 'authority/double-acknowledgement')) throw error;
          break;
        }
        if (state.head.number === before) break;
      }
      if (state.head.number >= number) return;
    }
  }

  /** Begins with a snapshot that a quorum of peers vouches for, where there is one. */
  async function adopt(): Promise<void> {
    const found = await before?.find();
    if (found == null) return;
    const { head } = found.state;
    await lock(async () => {
      if (state.head.number > 0) return;
      await witness.compare(found.act.acks);
      witness.check();
      await store.write('snapshot-adopted', {
        statement: found.statement,
        act: { ...found.act, head: head.hash, counted: countedIn(found.act.evidence) },
        audit: { time: self.now(), event: 'acts certified', detail: { head: head.number, hash: head.hash, snapshot: found.statement.body.hash } },
      });
      state = found.state;
      acknowledged = null;
      // Maybe no act comes after it that would say which keys count.
      follow(state);
      events.snapshotAdopted(head);
    });
    before?.fill();
  }

  async function acknowledge(record: ActRecord): Promise<Signed<'ack'>> {
    const { number, evidence, acks } = record;
    witness.check();
    if (number <= state.head.number) return acknowledgePast(record);
    if (number > state.head.number + 1) throw new Refusal('authority/behind', { number: number - 1, head: state.head.number });
    const head = nextHead(state, evidence);
    const known = await store.read('ack', { number });
    const certified = await isCertified(state, head, acks);
    if (!certified) await witness.look(acks, seen());
    if (known !== null && known.head !== head.hash && !certified) {
      await conflicts.keep({ kind: 'two-acts', number, party: 'server', first: known, second: record });
      throw new Refusal('authority/conflict', { number });
    }
    let made = acknowledged;
    if (known?.head !== head.hash) {
      if (!certified) checkFloors(number, evidence);
      if (Number(evidence.statement.headNumber) > state.head.number) throw new Refusal('authority/behind', { number: Number(evidence.statement.headNumber) });
      const late = await acknowledgedInTime(head, evidence, acks);
      const verified = await verifyEvidence(state, evidence, late ? { freshness: 'waived' } : { now: self.now() });
      made = reduce(state, verified);
      // What others have certified is followed at any rate; what is ours to allow waits its turn, and nothing is lost by it.
      const byAdministrator = verified.credential.tokenId === '' && administratorsOf(state).includes(verified.user.id);
      if (!certified) decisions.act(evidence, { begun: late, byAdministrator });
    }
    if (known !== null && known.head !== head.hash) {
      // The other act was certified by others: this signer's word for its own stays as it was, and goes nowhere.
      await apply([{ number, evidence, acks }], 'server');
      events.actReplaced(number);
      throw new Refusal('authority/conflict', { number });
    }
    if (known === null) await checkForgotten(number, () => apply([{ number, evidence, acks }], 'server'));
    const ack = known?.ack ?? (await store.write('act', writing(head, evidence)));
    acknowledged = made;
    if (known === null) events.actAcknowledged(number);
    if (certified) await apply([{ number, evidence, acks }], 'server');
    return ack;
  }

  /** What this signer may have said before its store was put back, it does not say again differently. */
  function checkFloors(number: number, { statement }: ActRecord['evidence']): void {
    const floor = floors();
    if (number <= floor.act) throw new Refusal('authority/rolled-back', { number });
    if (Number(statement.issuedAt) < floor.evidence) throw new Refusal('action/expired');
  }

  /** A number that may have had this signer's word before its store was put back gets no other one: the certificate is followed. */
  async function checkForgotten(number: number, follow?: () => Promise<void>): Promise<void> {
    if (number > floors().act) return;
    await follow?.();
    throw new Refusal('authority/rolled-back', { number });
  }

  /** The act of this number is certified already: the same act gets its acknowledgement, though it comes late. */
  async function acknowledgePast(record: ActRecord): Promise<Signed<'ack'>> {
    const { number, evidence, acks } = record;
    await witness.look(acks, seen());
    const before = state.heads.get(number - 1);
    if (before === undefined) throw new Refusal('authority/conflict', { number });
    const head = nextHead({ head: { number: number - 1, hash: before } }, evidence);
    await checkPast(record, 'server');
    if ((await store.read('ack', { number })) === null) await checkForgotten(number);
    return store.write('act', writing(head, evidence));
  }

  const writing = (head: Head, evidence: ActRecord['evidence']) => {
    const time = self.now();
    return {
      number: head.number,
      head: head.hash,
      counted: countedIn(evidence),
      challenge: challengeOf(evidence.statement),
      evidence,
      ack: self.sign('ack', { genesisHash: self.genesisHash, orgId: self.genesis.orgId, number: head.number, head: head.hash, time }),
      audit: { time, event: 'act acknowledged', detail: { number: head.number, head: head.hash } },
    };
  };

  /** An acknowledgement signed while the evidence was fresh keeps it acceptable, so that what has begun can be finished. */
  async function acknowledgedInTime(head: Head, { statement }: ActRecord['evidence'], acks: readonly Signed<'ack'>[]): Promise<boolean> {
    const from = Number(statement.issuedAt) - CLOCK_ALLOWANCE_MS;
    const to = Number(statement.expiresAt) + CLOCK_ALLOWANCE_MS;
    const inTime = acks.filter(({ body }) => from <= body.time && body.time <= to);
    return (await verifyAcks(state, head, inTime)).length > 0 || isCertified(state, head, acks);
  }

  /** One round of asking at a time; all who come during it share the next one. */
  async function reach(number: number): Promise<void> {
    if (number <= state.head.number) return;
    const round = waiting ?? newRound(number);
    waiting = round;
    round.number = Math.max(round.number, number);
    await round.over;
    if (number > state.head.number) throw new Refusal('authority/behind', { number, head: state.head.number });
  }

  function newRound(number: number): Round {
    const round: Round = {
      number,
      over: asking(() => {
        waiting = null;
        return catchUp(round.number);
      }),
    };
    return round;
  }

  return {
    get state() {
      return state;
    },
    get acknowledged() {
      return acknowledged;
    },
    get floors() {
      return floors();
    },
    async offer(record) {
      if (record.number > state.head.number + 1) await reach(record.number - 1);
      return lock(() => acknowledge(record));
    },
    async certify(number, acks) {
      await lock(async () => {
        witness.check();
        const own = number === state.head.number + 1 ? await store.read('ack', { number }) : null;
        const head = own === null ? null : { number, hash: own.head };
        if (own !== null && head !== null && (await isCertified(state, head, acks)))
          await apply([{ number, evidence: own.evidence, acks: [...acks] }], 'server');
        // What has become a certificate is kept as one.
        else await witness.look(acks, seen());
      });
      await reach(number);
      return state.head;
    },
    async since(after, limit) {
      const acts = await store.read('acts', { after, limit, maxChars: MAX_PAGE_CHARS });
      if (acts.length > 0 && acts[0]?.number !== after + 1) throw new Refusal('authority/acts-absent', { number: after + 1 });
      const gap = acts.findIndex(({ number }, i) => number !== after + 1 + i);
      return gap === -1 ? acts : acts.slice(0, gap);
    },
    reach,
    hint(number) {
      if (hinted || number <= state.head.number || self.now() < restUntil) return;
      hinted = true;
      reach(number)
        .catch(() => {
          restUntil = self.now() + HINT_REST_MS;
        })
        .finally(() => {
          hinted = false;
        });
    },
    async at(number) {
      await reach(number);
      const then = number === state.head.number ? state : await replay(number);
      if (then?.head.number !== number) throw new Refusal('authority/acts-absent', { number });
      return then;
    },
    stop() {
      before?.stop();
    },
  };
}
