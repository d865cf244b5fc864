/**
 * A signer that starts takes no part before it has asked its peers what it missed: how its own audit trail ended when
 * they last heard of it, where the chain of acts stands, and which keys are retired.
 *
 * With itself a quorum must have answered, since any act or tombstone that counts is known to one of every quorum. A
 * signer whose store was put back, or is rebuilt from nothing, counts for nothing in that: then a quorum of others must have.
 *
 * The first to answer may be those who lie. The others, as far as they answer soon, are heard as well before it takes part.
 *
 * @module
 */
import { isCertified, verifyBySigner } from '@quorate/authority';
import { CLOCK_ALLOWANCE_MS, isRefusal, Refusal, type ReplyOf, type RequestOf, type SignerId, verifySigned } from '@quorate/wire';
import type { AuditHead } from './audit/rows.ts';
import type { Heads } from './audit/heads.ts';
import type { Chain } from './chain.ts';
import type { Conflicts } from './conflicts.ts';
import type { Events } from './events.ts';
import type { Exporter } from './export/exporter.ts';
import { createPulse } from './pulse.ts';
import type { Self } from './self.ts';
import type { Floors } from './store/restore.ts';
import type { Store } from './store/store.ts';

/** How long a peer may take to answer, in milliseconds. */
const ANSWER_MS = 2_000;
/** How much longer the rest are waited for once enough have answered, in milliseconds. */
const REST_MS = 1_000;
/** Between two questions to a peer that did not answer, first and at most; milliseconds. */
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 5_000;
/** Tombstones asked for at once. */
const BATCH = 16;
/** How often one page is asked for again where no answer comes: a peer drops what comes faster than it answers. */
const TRIES = 4;
/** Of those that ask, how long they wait for this signer to take part, in milliseconds. */
const PATIENCE_MS = 2_000;
const MARGIN_MS = 300;

/** Acts that a quorum of others does not know of can have been acknowledged here for two numbers at most. */
const UNKNOWN_ACTS = 2;

export interface RejoinOptions {
  readonly self: Self;
  readonly store: Store;
  readonly chain: Chain;
  readonly heads: Heads;
  readonly conflicts: Conflicts;
  readonly exporter: Pick<Exporter, 'tombstoneHeard'>;
  readonly recall: (from: SignerId, request: RequestOf<'recall'>, deadline: number) => Promise<ReplyOf<'recall'>>;
  readonly tombstones: (from: SignerId, request: RequestOf<'tombstones'>, deadline: number) => Promise<ReplyOf<'tombstones'>>;
  /** Acts were certified here that are not in the store. */
  readonly actsLost: boolean;
  /** Durable already. */
  readonly floors: { get(): Floors; set(floors: Floors): void };
  readonly events: Events;
}

export interface Rejoin {
  /** Resolves once this signer takes part. */
  readonly done: Promise<void>;
  readonly takesPart: boolean;
  /** 'ok', or what is being waited for. */
  readonly check: string;
  /** Waits a moment for what is about to come. @throws {Refusal} `signers/catching-up` */
  enter(deadline: number): Promise<void>;
  /** A peer has just started: it can be asked now. */
  hello(from: SignerId): void;
  stop(): void;
}

export function startRejoin(options: RejoinOptions): Rejoin {
  const { self, store, chain, heads, conflicts, exporter, recall, tombstones, floors, events } = options;
  const answered = new Set<SignerId>();
  /** Peers that have started since they were last asked. */
  const greeted = new Set<SignerId>();
  const pulse = createPulse();
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let restored = options.actsLost || floors.get().restoring;
  /** This store had no acts, and there are some: what it knows of the organisation it has from others alone. */
  let rebuilt = false;
  const empty = chain.state.head.number === 0;
  let restoring: Promise<void> = Promise.resolve();
  let announced = false;
  let stopped = false;
  let rest: ReturnType<typeof setTimeout> | null = null;
  /** Who has not answered by now is not waited for. */
  let waited = false;

  const needed = (): number => (restored || rebuilt ? Math.min(self.quorum, self.peers.length) : self.quorum - 1);
  const enough = (): boolean => answered.size >= needed() && !floors.get().restoring;
  const takesPart = (): boolean => enough() && (waited || answered.size === self.peers.length);

  function look(): void {
    if (enough() && !stopped) rest ??= setTimeout(afterRest, REST_MS);
    if (takesPart() && !announced) {
      announced = true;
      events.rejoined(answered.size);
      resolve();
    }
    pulse.ring();
  }

  function afterRest(): void {
    waited = true;
    look();
  }

  /** From here on nothing counts that was issued up to now. */
  async function restore(lost: AuditHead | null): Promise<void> {
    restored = true;
    const time = self.now();
    // A statement may be from a clock that is ahead.
    const evidence = time + CLOCK_ALLOWANCE_MS;
    const audit = { time, event: 'evidence refused', detail: { before: evidence } };
    floors.set(await store.write('rolled-back', { time, floors: { evidence, act: 0, restoring: true }, lost, audit }));
  }

  /** All acts that others know of are here: only the next ones may have been acknowledged and forgotten. */
  async function restoredAt(act: number): Promise<void> {
    const time = self.now();
    const audit = { time, event: 'caught up', detail: { act, answered: answered.size } };
    floors.set(await store.write('rolled-back', { time, floors: { evidence: 0, act: act + UNKNOWN_ACTS, restoring: false }, lost: null, audit }));
  }

  /** What a peer knows of this signer's own trail must be in it. */
  function checkTrail(yours: NonNullable<ReplyOf<'recall'>['yours']>): Promise<void> {
    const check = async (): Promise<void> => {
      const { number, hash } = yours.body;
      const held = await store.read('audit-hash', { number });
      // A number that is skipped was lost before, and the trail says so.
      if (held === hash || (held === null && number < store.auditHead.number)) return;
      events.rolledBack({ known: number, own: store.auditHead.number });
      await restore({ number, hash });
    };
    restoring = restoring.then(check, check);
    return restoring;
  }

  /**
   * Whether a head is this signer's word today, by its keys in use. One from before a rotation is passed over: whoever
   * stole the key of then could make it. @throws {Refusal} `envelope/refused` where it never was this signer's
   */
  async function isOwn(head: NonNullable<ReplyOf<'recall'>['yours']>): Promise<boolean> {
    const ours = head.signerId === self.id && head.body.genesisHash === self.genesisHash;
    if (ours && (await verifySigned('auditHead', head, self.identity.publicIdentity.identityKey))) return true;
    if (ours && (await verifyBySigner(self.keys, 'auditHead', head, 0))) return false;
    throw new Refusal('envelope/refused', { problem: 'a head that is not ours' });
  }

  /** Catches up to where this peer proves that the chain stands. */
  async function reach(peer: SignerId, { own, certificate }: ReplyOf<'recall'>): Promise<void> {
    const { actNumber: number, actHash: hash } = own.body;
    if (number === 0 || chain.state.heads.get(number) === hash) return;
    const certified = (): Promise<boolean> => isCertified(self.keys, { number, hash }, certificate);
    const proven = await certified();
    rebuilt ||= empty && proven;
    try {
      await chain.reach(number);
    } catch (error) {
      const { head } = chain.state;
      if (proven && isRefusal(error, 'authority/behind'))
        await conflicts.keep({ kind: 'truncated-chain', number, party: peer, first: own, second: { after: head.number, certificate } });
      throw proven ? error : new Refusal('authority/uncertified', { number }, { cause: error });
    }
    // What could not be verified before may have been made with keys that are known only now.
    if (!proven && !(await certified())) throw new Refusal('authority/uncertified', { number });
    rebuilt ||= empty;
    if (chain.state.heads.get(number) === hash) return;
    await conflicts.keep({ kind: 'changed-act', number, party: peer, first: chain.state.head, second: { own, certificate } });
    throw new Refusal('authority/conflict', { number });
  }

  /** A page that was dropped is asked for again by itself: begun anew each time, a long list would never come to its end. */
  async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let left = TRIES; ; left--) {
      try {
        return await ask();
      } catch (error) {
        if (isRefusal(error) || left === 1 || stopped) throw error;
        await pulse.until(() => (stopped ? true : undefined), FIRST_PAUSE_MS);
      }
    }
  }

  async function retire(peer: SignerId, requests: readonly string[]): Promise<void> {
    let wanted: RequestOf<'tombstones'>['requests'] = [];
    for (const challenge of requests) if ((await store.read('request', { challenge })) === null) wanted.push(challenge as (typeof wanted)[number]);
    while (wanted.length > 0) {
      const batch = wanted.slice(0, BATCH);
      const { tombstones: told } = await patiently(() => tombstones(peer, { requests: batch }, self.now() + ANSWER_MS));
      for (const notice of told) {
        await exporter.tombstoneHeard(notice, peer).catch((error: unknown) => {
          // A key without a share here is retired enough; what does not hold is its teller's affair.
          if (!isRefusal(error) || isRefusal(error, 'authority/behind')) throw error;
          events.badNotice(peer, 'tombstones', error);
        });
      }
      const have = new Set<string>(told.map(({ tombstone }) => tombstone.body.challenge));
      const left = wanted.filter((challenge) => !have.has(challenge));
      if (left.length === wanted.length) throw new Refusal('envelope/refused', { problem: 'tombstones that are not told' });
      wanted = left;
    }
  }

  async function consult(peer: SignerId): Promise<void> {
    let after: RequestOf<'recall'>['after'] = '';
    for (;;) {
      const from: RequestOf<'recall'>['after'] = after;
      const page = (): Promise<ReplyOf<'recall'>> => recall(peer, { after: from }, self.now() + ANSWER_MS);
      // Whether there is anybody is asked once.
      const reply: ReplyOf<'recall'> = await (from === '' ? page() : patiently(page));
      if (after === '') {
        await heads.heard(reply.own, peer);
        if (!(reply.own.signerId === peer && (await verifyBySigner(self.keys, 'auditHead', reply.own, 'present'))))
          throw new Refusal('envelope/refused', { problem: 'signature' });
        const { yours } = reply;
        if (yours !== null && (await isOwn(yours))) await checkTrail(yours);
        await reach(peer, reply);
      }
      await retire(peer, reply.requests);
      const last = reply.requests.at(-1);
      if (!reply.more || last === undefined || last <= after) return;
      after = last;
    }
  }

  /** Asks one peer until it has answered. */
  async function ask(peer: SignerId): Promise<void> {
    for (let pause = FIRST_PAUSE_MS; !stopped; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      greeted.delete(peer);
      try {
        await consult(peer);
        answered.add(peer);
        // Not before what a rollback takes is known to be durable.
        await restoring;
        if (floors.get().restoring && answered.size >= needed()) await restoredAt(chain.state.head.number);
        return look();
      } catch (error) {
        if (isRefusal(error)) events.badAnswer(peer, error);
      }
      await pulse.until(() => (stopped || greeted.has(peer) ? true : undefined), pause);
    }
  }

  const begun = (async () => {
    // What the trail says was certified is not here: all else may be missing too. One that came out of a backup, or was put
    // back before and has not been told everything, begins again: another may have spoken in its place until now.
    if (options.actsLost || floors.get().restoring) await restore(null);
    await Promise.all(self.peers.map(ask));
  })();
  begun.catch((error: unknown) => {
    if (!stopped) events.failed('asking peers', error);
  });

  return {
    done,
    get takesPart() {
      return takesPart();
    },
    get check() {
      return takesPart() ? 'ok' : `asked, ${answered.size} of ${needed()} answered`;
    },
    async enter(deadline) {
      if (takesPart()) return;
      const until = Math.min(PATIENCE_MS, deadline - MARGIN_MS - self.now());
      if ((await pulse.until(() => (takesPart() ? true : undefined), until)) === undefined)
        throw new Refusal('signers/catching-up', { answered: answered.size, needed: needed() });
    },
    hello(from) {
      greeted.add(from);
      pulse.ring();
    },
    stop() {
      stopped = true;
      if (rest !== null) clearTimeout(rest);
      pulse.ring();
    },
  };
}
