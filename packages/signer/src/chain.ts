/**
 * This signer's copy of the organisation's authority: the chain of certified acts and the state they make, and the one
 * acknowledgement that it gives for each number. Only certified acts move the state.
 *
 * @module
 */
import { applyRecord, type AuthorityState, genesisState, isCertified, nextHead, reduce, verifyAcks, verifyEvidence } from '@quorate/authority';
import { type ActRecord, challengeOf, CLOCK_ALLOWANCE_MS, type Head, Refusal, type Signed } from '@quorate/wire';
import type { Events } from './events.ts';
import { createLock } from './lock.ts';
import type { Self } from './self.ts';
import type { CertifiedAct } from './store/acts.ts';
import type { Store } from './store/store.ts';

/** Acts asked for at once. */
const PAGE = 100;
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
  readonly events: Events;
}

export interface Chain {
  /** What certified acts have made of the organisation: the state that decides. */
  readonly state: AuthorityState;
  /**
   * Acknowledges the next act, once per number; an act that a quorum has acknowledged is applied besides.
   * @throws {Refusal} `authority/conflict`, `authority/behind`, or what the act itself is refused for
   */
  offer(record: ActRecord): Promise<Signed<'ack'>>;
  /** Applies the act of this number, which these acknowledgements certify. @throws {Refusal} `authority/behind` */
  certify(number: number, acks: readonly Signed<'ack'>[]): Promise<Head>;
  since(after: number, limit: number): Promise<readonly ActRecord[]>;
  /** Catches up at least to this number. @throws {Refusal} `authority/behind` where nobody has it */
  reach(number: number): Promise<void>;
  /** Somebody stands at this number: catches up in the background if that is news. */
  hint(number: number): void;
  /** The state right after act `number`. @throws {Refusal} `authority/behind` */
  at(number: number): Promise<AuthorityState>;
}

/** A round of asking others for acts that has not begun. */
interface Round {
  number: number;
  readonly over: Promise<void>;
}

/** Rebuilds the state from the store, checking every certificate again. */
export async function openChain({ self, store, sources, fetch, events }: ChainOptions): Promise<Chain> {
  const lock = createLock();
  // Apart, so that who takes long to tell, or names a head that nobody has, holds up no act.
  const asking = createLock();
  let waiting: Round | null = null;
  let state = await replay(Number.POSITIVE_INFINITY);
  let hinted = false;
  let restUntil = 0;

  async function replay(until: number): Promise<AuthorityState> {
    let replayed = genesisState(self.genesis);
    while (replayed.head.number < until) {
      const acts = await store.read('acts', { after: replayed.head.number, limit: PAGE, maxChars: MAX_PAGE_CHARS });
      if (acts.length === 0) return replayed;
      for (const act of acts) {
        if (act.number > until) return replayed;
        replayed = await applyRecord(replayed, act);
      }
    }
    return replayed;
  }

  /** Applies what follows the present head, durably, as far as it holds. Under the lock. */
  async function apply(records: readonly ActRecord[], from: string): Promise<void> {
    let next = state;
    const certified: CertifiedAct[] = [];
    for (const record of records) {
      if (record.number <= next.head.number) continue;
      try {
        next = await applyRecord(next, record);
      } catch (error) {
        events.badAct(from, record.number, error);
        break;
      }
      certified.push({ number: record.number, evidence: record.evidence, acks: record.acks, head: next.head.hash });
    }
    if (certified.length === 0) return;
    await store.write('act-certified', {
      acts: certified,
      audit: { time: self.now(), event: 'acts certified', detail: { head: next.head.number, hash: next.head.hash } },
    });
    state = next;
    events.actsApplied(state.head, from);
  }

  /** Asks one source after the other until the head is there, or all have been asked. */
  async function catchUp(number: number): Promise<void> {
    for (const source of sources()) {
      while (state.head.number < number) {
        const before = state.head.number;
        try {
          const records = await fetch(source, before, PAGE);
          await lock(() => apply(records, source));
        } catch {
          break;
        }
        if (state.head.number === before) break;
      }
      if (state.head.number >= number) return;
    }
  }

  async function acknowledge({ number, evidence, acks }: ActRecord): Promise<Signed<'ack'>> {
    if (number <= state.head.number) return acknowledgePast(number, evidence);
    if (number > state.head.number + 1) throw new Refusal('authority/behind', { number: number - 1, head: state.head.number });
    const head = nextHead(state, evidence);
    const known = await store.read('ack', { number });
    if (known !== null && known.head !== head.hash && !(await isCertified(self.genesis, self.genesisHash, head, acks))) {
      throw new Refusal('authority/conflict', { number });
    }
    if (known?.head !== head.hash) {
      if (Number(evidence.statement.headNumber) > state.head.number) throw new Refusal('authority/behind', { number: Number(evidence.statement.headNumber) });
      const late = await acknowledgedInTime(head, evidence, acks);
      reduce(state, await verifyEvidence(state, evidence, late ? { freshness: 'waived' } : { now: self.now() }));
    }
    if (known !== null && known.head !== head.hash) {
      // The other act was certified by others: this signer's word for its own stays as it was, and goes nowhere.
      await apply([{ number, evidence, acks }], 'server');
      events.actReplaced(number);
      throw new Refusal('authority/conflict', { number });
    }
    const ack = known?.ack ?? (await store.write('act', writing(head, evidence)));
    if (known === null) events.actAcknowledged(number);
    if (await isCertified(self.genesis, self.genesisHash, head, acks)) await apply([{ number, evidence, acks }], 'server');
    return ack;
  }

  /** The act of this number is certified already: the same act gets its acknowledgement, though it comes late. */
  async function acknowledgePast(number: number, evidence: ActRecord['evidence']): Promise<Signed<'ack'>> {
    const before = state.heads.get(number - 1);
    if (before === undefined) throw new Refusal('authority/conflict', { number });
    const head = nextHead({ head: { number: number - 1, hash: before } }, evidence);
    if (head.hash !== state.heads.get(number)) throw new Refusal('authority/conflict', { number });
    return store.write('act', writing(head, evidence));
  }

  const writing = (head: Head, evidence: ActRecord['evidence']) => {
    const time = self.now();
    return {
      number: head.number,
      head: head.hash,
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
    return (await verifyAcks(self.genesis, self.genesisHash, head, inTime)).length > 0 || isCertified(self.genesis, self.genesisHash, head, acks);
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
    async offer(record) {
      if (record.number > state.head.number + 1) await reach(record.number - 1);
      return lock(() => acknowledge(record));
    },
    async certify(number, acks) {
      await lock(async () => {
        if (number !== state.head.number + 1) return;
        const own = await store.read('ack', { number });
        if (own !== null) await apply([{ number, evidence: own.evidence, acks: [...acks] }], 'server');
      });
      await reach(number);
      return state.head;
    },
    since: (after, limit) => store.read('acts', { after, limit, maxChars: MAX_PAGE_CHARS }),
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
      return number === state.head.number ? state : replay(number);
    },
  };
}
