/**
 * The organisation's acts: the server's copy of the state, how an act gets its certificate, and how signers that were
 * away get the acts they missed. The server's judgement is for convenience; the signers' is the one that counts.
 *
 * @module
 */
import {
  administratorsOf,
  type AuthorityState,
  applyRecords,
  genesisState,
  nextHead,
  reduce,
  verifyAcks,
  type Verified,
  verifyEvidence,
} from '@quorate/authority';
import {
  type ActRecord,
  type Challenge,
  challengeOf,
  CLOCK_ALLOWANCE_MS,
  type Evidence,
  type Genesis,
  type Head,
  isFresh,
  MAX_ACT_BYTES,
  Refusal,
  type ReplyOf,
  type RequestOf,
  type Signed,
  type SignerId,
} from '@quorate/wire';
import type { Acts } from './acts.ts';
import { type Background, pause } from './background.ts';
import type { Db } from './db.ts';
import { createDeliveries } from './deliveries.ts';
import type { Limits } from './limits.ts';
import type { Log } from './log.ts';
import { commonRefusal, type NoReply } from './no-answer.ts';
import type { ServerHooks } from './options.ts';
import type { Outbox } from './outbox.ts';
import { createQueue } from './queue.ts';
import type { SignerHealth, Signers } from './signers.ts';

/** m of n signers hold the act, and here are the acknowledgements that certify it. */
export interface Certified {
  readonly number: number;
  readonly head: string;
  readonly stored: number;
  readonly signers: number;
  readonly acks: Signed<'ack'>[];
}
export interface Acted {
  /** As the act has made it. */
  readonly state: AuthorityState;
  readonly challenge: Challenge;
  readonly certified: Certified;
}

export interface Authority {
  /** As of now, also where other servers write to the same database. */
  current(): Promise<AuthorityState>;
  /** As it was last read: for what cannot wait. */
  readonly state: AuthorityState;
  /** Makes a signed request an act. @throws {Refusal} what `reduce` refuses, `request/too-many`, `request/too-large`, `authority/uncertified`, `authority/conflict` */
  act(evidence: Evidence): Promise<Acted>;
  /** Serves acts to signers that catch up. */
  chain(request: RequestOf<'chain'>): Promise<ReplyOf<'chain'>>;
  /** Brings all signers up to the last act; the outbox's work. @throws {Refusal} `signers/unavailable` while some are away */
  deliver(number: number): Promise<void>;
  /** Up to which act each signer has been brought. */
  delivered(): Promise<ReadonlyMap<SignerId, number>>;
  /** Takes up acts that only signers have, offers an act that is under way again, and has signers that lost what they held brought up anew. */
  tend(health: readonly SignerHealth[]): Promise<void>;
}

const ACT_DEADLINE_MS = 5_000;
/** How long a certified act waits for the other signers, so that usually all n hold it when its author hears of it. */
const GRACE_MS = 100;
/** How often an act may come too late for its number where other servers make acts too, and the wait after each time at most. */
const ATTEMPTS = 30;
const YIELD_MS = 100;
/** Below what a `chain` reply may weigh on the link. */
const CHAIN_REPLY_BYTES = 600_000;
const CHAIN_PAGE = 100;

interface Options {
  readonly db: Db;
  readonly outbox: Outbox;
  readonly acts: Acts;
  readonly exclusive: boolean;
  readonly genesis: Genesis;
  readonly signers: Signers;
  readonly now: () => number;
  readonly background: Background;
  readonly log: Log;
  readonly hooks: ServerHooks;
  readonly limits: Pick<Limits, 'count'>;
}

/** Reads all certified acts, verifying each. @throws {Refusal} when the database holds something that is no chain */
export async function openAuthority(o: Options): Promise<Authority> {
  const { acts, genesis, signers, now, background, log, hooks, limits } = o;
  const quorum = genesis.threshold;
  const inTurn = createQueue();
  const catchUp = createQueue();
  let state = genesisState(genesis);

  /** Applies what the database has beyond our head. */
  const refresh = (begins = (): void => {}): Promise<AuthorityState> =>
    catchUp(async () => {
      begins();
      for (;;) {
        const records = await acts.certifiedAfter(state.head.number, CHAIN_PAGE);
        const { state: reached, fault } = await applyRecords(state, records);
        state = reached;
        if (fault !== null) throw fault;
        if (records.length < CHAIN_PAGE) break;
      }
      return state;
    });

  let next: Promise<AuthorityState> | null = null;
  /** One reading for all who ask before it begins. */
  const shared = (): Promise<AuthorityState> => {
    next ??= refresh(() => {
      next = null;
    });
    return next;
  };

  interface Offered {
    readonly acks: ReadonlyMap<SignerId, Signed<'ack'>>;
    readonly others: readonly NoReply[];
  }

  /**
   * Whether signers will take an act of this size now. Once a single one has acknowledged it, it is in everybody's way
   * until a quorum has: what honest signers would refuse is not offered to any.
   * @throws {Refusal} `request/too-large`, `request/too-many`
   */
  async function admit(before: AuthorityState, { evidence, user, credential: { tokenId } }: Verified): Promise<void> {
    if (Buffer.byteLength(evidence.payload) > MAX_ACT_BYTES) throw new Refusal('request/too-large', { most: MAX_ACT_BYTES });
    await limits.count('acts', tokenId === '' ? user.id : `${user.id} by token`);
    if (tokenId !== '' || !administratorsOf(before).includes(user.id)) await limits.count('allActs', '');
  }

  /** Asks all signers to acknowledge; done with a quorum and a little grace, or when all have answered or may no longer. */
  async function offer(record: ActRecord, challenge: Challenge, head: Head): Promise<Offered> {
    const acks = new Map(record.acks.map((ack) => [ack.signerId, ack]));
    const others: NoReply[] = [];
    const enough = Promise.withResolvers<void>();
    const answers = signers.ask('act', signers.ids, record, { deadline: now() + ACT_DEADLINE_MS }).map(async (asked) => {
      const answer = await asked;
      const ack = answer.reply?.ack;
      const good = ack?.signerId === answer.signerId && (await verifyAcks(state, head, [ack])).length === 1;
      if (ack !== undefined && good) acks.set(ack.signerId, ack);
      else others.push({ ...answer, silent: answer.refusal === null });
      if (acks.size >= quorum) enough.resolve();
    });
    const all = Promise.all(answers);
    await Promise.race([all, enough.promise.then(() => pause(GRACE_MS))]);
    if (acks.size >= quorum && acks.size + others.length < signers.ids.length) {
      background.run(
        'late acknowledgements',
        all.then(async () => void (await acts.keep(record.number, challenge, [...acks.values()], true))),
      );
    }
    return { acks: new Map(acks), others: [...others] };
  }

  /** Stores the certificate, applies the act and hands the certificate out. */
  async function commit(record: ActRecord, challenge: Challenge, head: Head, acks: readonly Signed<'ack'>[]): Promise<Acted> {
    // A server that heard nothing but refusals may have dropped it; a certificate is a certificate all the same.
    if (!(await acts.keep(record.number, challenge, acks, true))) await acts.adopt([{ ...record, acks: [...acks] }]);
    hooks.durable?.('act/certified');
    const after = await refresh();
    const told = Promise.all(signers.ask('certify', signers.ids, { number: record.number, acks: [...acks] }, { deadline: now() + ACT_DEADLINE_MS }));
    background.run(
      'certificates',
      told.then((answers) => {
        const holders = answers.filter(({ signerId, reply }) => (reply?.head.number ?? 0) >= head.number && acks.some((ack) => ack.signerId === signerId));
        return deliveries.told(
          holders.map(({ signerId }) => signerId),
          head.number,
        );
      }),
    );
    // Signers that know it already need not fetch it when the author's next request comes.
    await Promise.race([told, pause(GRACE_MS)]);
    log.info({ event: 'act-certified', number: head.number, stored: acks.length }, 'an act is certified');
    return { state: after, challenge, certified: { number: head.number, head: head.hash, stored: acks.length, signers: signers.ids.length, acks: [...acks] } };
  }

  /** Whether any of these was signed while the act was fresh: only such a one makes the other signers take the act later. */
  function anyInTime({ evidence: { statement } }: ActRecord, acks: Offered['acks']): boolean {
    const [from, to] = [Number(statement.issuedAt) - CLOCK_ALLOWANCE_MS, Number(statement.expiresAt) + CLOCK_ALLOWANCE_MS];
    return [...acks.values()].some(({ body }) => from <= body.time && body.time <= to);
  }

  /** Too few acknowledged: the act stays, unless it is certain that it never counts. */
  async function giveUp(record: ActRecord, challenge: Challenge, { acks, others }: Offered): Promise<never> {
    if (anyInTime(record, acks)) await acts.keep(record.number, challenge, [...acks.values()], false);
    else {
      // A quorum that has refused it and has given no acknowledgement in time can take another act for this number, and
      // any signer whose acknowledgement was lost accepts that one's certificate.
      const refusal = commonRefusal(others, quorum);
      const refused = others.filter((other) => other.refusal !== null).length;
      if (refusal !== null || (refused >= quorum && !isFresh(record.evidence.statement, now()))) {
        await acts.drop(record.number, challenge);
        throw refusal ?? new Refusal('action/expired');
      }
    }
    throw new Refusal('authority/uncertified', { number: record.number, missing: signers.ids.filter((id) => !acks.has(id)) });
  }

  /** @throws {Refusal} when an earlier act is under way and still cannot be finished */
  async function finishPending(): Promise<void> {
    const record = await acts.pending();
    if (record === null) return;
    const before = await refresh();
    if (record.number !== before.head.number + 1) return;
    const challenge = challengeOf(record.evidence.statement);
    const head = nextHead(before, record.evidence);
    const offered = await offer(record, challenge, head);
    if (offered.acks.size >= quorum) await commit(record, challenge, head, [...offered.acks.values()]);
    else
      await giveUp(record, challenge, offered).catch((refusal: unknown) => {
        // An act that was dropped is in nobody's way.
        if (refusal instanceof Refusal && refusal.code !== 'authority/uncertified') return;
        throw refusal;
      });
  }

  const deliveries = createDeliveries({ ...o, roster: () => state, head: async () => (await refresh()).head, hashAt: (number) => state.heads.get(number) });

  /** What signers hold and this database does not: it was put back, or lost its last acts. Each is checked as at the start. */
  async function learn(health: readonly SignerHealth[]): Promise<void> {
    const ahead = health.filter(({ head, state: is }) => is !== 'fixtures' && head !== null && head.number > state.head.number);
    for (const { signerId, head } of ahead) {
      while (state.head.number < (head?.number ?? 0)) {
        const request = { after: state.head.number, limit: CHAIN_PAGE };
        const [told] = await Promise.all(signers.ask('chain', [signerId], request, { deadline: now() + ACT_DEADLINE_MS }));
        const { heads, fault } = await applyRecords(state, told?.reply?.acts ?? []);
        if (heads.length > 0) {
          await acts.adopt(told?.reply?.acts.slice(0, heads.length) ?? []);
          log.warn({ event: 'acts-learnt', signerId, acts: heads.length }, 'signers hold certified acts that the database has lost');
          await refresh();
        }
        if (fault !== null || heads.length === 0) break;
      }
    }
  }

  await refresh();
  await deliveries.resume();

  return {
    get state() {
      return state;
    },
    current: async () => (o.exclusive ? state : shared()),

    act: (evidence) =>
      inTurn(async () => {
        const challenge = challengeOf(evidence.statement);
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
          await finishPending();
          const before = await refresh();
          const verified = await verifyEvidence(before, evidence, { now: now() });
          reduce(before, verified);
          if (attempt === 0) await admit(before, verified);
          const head = nextHead(before, evidence);
          const record: ActRecord = { number: head.number, evidence, acks: [] };
          // Another server was quicker: its act goes first.
          if (!(await acts.propose(record, challenge))) {
            await pause(Math.random() * YIELD_MS);
            continue;
          }
          hooks.durable?.('act/pending');
          const offered = await offer(record, challenge, head);
          if (offered.acks.size < quorum) await giveUp(record, challenge, offered);
          return commit(record, challenge, head, [...offered.acks.values()]);
        }
        throw new Refusal('authority/conflict');
      }),

    async chain({ after, limit }) {
      const records = await acts.certifiedAfter(after, Math.min(limit, CHAIN_PAGE));
      let bytes = 0;
      const end = records.findIndex((record, i) => {
        bytes += Buffer.byteLength(JSON.stringify(record));
        return i > 0 && bytes > CHAIN_REPLY_BYTES;
      });
      return { acts: end === -1 ? [...records] : records.slice(0, end) };
    },

    deliver: deliveries.deliver,
    delivered: deliveries.progress,

    async tend(health) {
      await inTurn(() => learn(health));
      if ((await acts.pending()) !== null)
        await inTurn(finishPending).catch((error: unknown) => (error instanceof Refusal ? undefined : Promise.reject(error)));
      await deliveries.look(health);
    },
  };
}
