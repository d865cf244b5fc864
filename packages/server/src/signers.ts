/**
 * The signers as the server sees them from outside: who answers, who is ready, where each is in the chain of acts; and
 * how all or some of them are asked something.
 *
 * @module
 */
import { type Channel, isLinkError } from '@quorate/link';
import { type CallKind, type Genesis, type Head, isRefusal, Refusal, type ReplyOf, type RequestOf, type SignerId } from '@quorate/wire';
import { pause } from './background.ts';
import type { Log } from './log.ts';

export interface SignerHealth {
  readonly signerId: SignerId;
  /** `fixtures`: its secrets are the published test fixtures, so it is never asked for anything. */
  readonly state: 'ready' | 'starting' | 'silent' | 'fixtures';
  readonly checks: Readonly<Record<string, string>>;
  readonly head: Head | null;
  readonly build: ReplyOf<'status'>['build'] | null;
  /** How far its clock is ahead of this server's, milliseconds; half the time of the question at most is wrong with it. */
  readonly ahead: number | null;
}

/** What became of one question to one signer. `silent`: nothing came back in time; neither where we gave up waiting ourselves. */
export type Outcome<K extends CallKind> =
  | { readonly signerId: SignerId; readonly reply: ReplyOf<K>; readonly refusal: null; readonly silent: false }
  | { readonly signerId: SignerId; readonly reply: null; readonly refusal: Refusal | null; readonly silent: boolean };

export interface Signers {
  readonly ids: readonly SignerId[];
  /** Whether this signer has said that it reads the trace of a call. */
  readsTraces(id: string): boolean;
  /** As of two seconds ago at most. */
  health(): Promise<readonly SignerHealth[]>;
  /** Asks everyone now. */
  look(): Promise<readonly SignerHealth[]>;
  /**
   * `count` ready signers without `exclude`, those with the lowest `doubt` first, else taking turns.
   * @throws {Refusal} `signers/unavailable` naming who is missing
   */
  pick(count: number, exclude: ReadonlySet<SignerId>, doubt: (id: SignerId) => number): Promise<readonly SignerId[]>;
  /** Refuses when fewer than `count` are ready, asked now. @throws {Refusal} `signers/unavailable` naming who is missing */
  need(count: number): Promise<void>;
  /** Which of these are not ready, asked now. */
  absent(ids: readonly SignerId[]): Promise<readonly SignerId[]>;
  /** Gives up when one of these falls silent, until the returned function is called. A busy machine may miss one look. */
  watch(ids: readonly SignerId[], giveUp: AbortController): () => void;
  /** One promise each, which rejects only for a fault of our own. `deadline` in milliseconds. */
  ask<K extends CallKind>(
    kind: K,
    to: readonly SignerId[],
    request: RequestOf<K>,
    o: { deadline: number; signal?: AbortSignal },
  ): readonly Promise<Outcome<K>>[];
}

export const STATUS_DEADLINE_MS = 1_000;
/** How long an answer is waited for before a signer counts as missing. */
const LAST_LOOK_MS = 3_000;
/** Clocks that are further apart than this are still read: as far as the link accepts messages. */
const CLOCKS_APART_MS = 60_000;
const HEALTH_AGE_MS = 2_000;
/** After how long without an answer a session's participants are looked at, first and then. */
const FIRST_WATCH_MS = 500;
const WATCH_MS = 1_500;

export function createSigners(o: { channel: Channel; genesis: Genesis; now: () => number; testFixtures: boolean; log: Log }): Signers {
  const { channel, now, log } = o;
  const ids = o.genesis.signers.map(({ id }) => id);
  let last: { readonly at: number; readonly health: readonly SignerHealth[] } | null = null;
  let looking: Promise<readonly SignerHealth[]> | null = null;
  const tracing = new Set<string>();
  let turn = 0;

  function ask<K extends CallKind>(kind: K, to: readonly SignerId[], request: RequestOf<K>, { deadline, signal }: { deadline: number; signal?: AbortSignal }) {
    return to.map(async (signerId): Promise<Outcome<K>> => {
      try {
        const reply = await channel.call(signerId, kind, request, { deadline, ...(signal === undefined ? {} : { signal }) });
        return { signerId, reply, refusal: null, silent: false };
      } catch (error) {
        if (isRefusal(error)) return { signerId, reply: null, refusal: error as Refusal, silent: false };
        if (!isLinkError(error)) throw error;
        const { code } = error;
        const silent = code !== 'aborted';
        if (silent) log.debug({ event: 'signer-silent', signerId, kind, code }, 'a signer did not answer');
        return { signerId, reply: null, refusal: null, silent };
      }
    });
  }

  const askStatus = (forMs = STATUS_DEADLINE_MS): readonly Promise<SignerHealth>[] => {
    const asked = now();
    // A signer whose clock is ahead would take a short deadline for a passed one, and never tell.
    const patience = { deadline: asked + forMs + CLOCKS_APART_MS, signal: AbortSignal.timeout(forMs) };
    return ask('status', ids, {}, patience).map(async (answer): Promise<SignerHealth> => {
      const { signerId, reply } = await answer;
      if (reply === null) return { signerId, state: 'silent', checks: {}, head: null, build: null, ahead: null };
      if (reply.traces === true) tracing.add(signerId);
      else tracing.delete(signerId);
      const state = reply.build.testFixtures && !o.testFixtures ? 'fixtures' : reply.ready ? 'ready' : 'starting';
      const ahead = Math.round(reply.now - (asked + now()) / 2);
      return { signerId, state, checks: reply.checks, head: reply.head, build: reply.build, ahead };
    });
  };

  async function askAll(forMs?: number): Promise<readonly SignerHealth[]> {
    const health = await Promise.all(askStatus(forMs));
    last = { at: now(), health };
    return health;
  }

  function look(): Promise<readonly SignerHealth[]> {
    looking ??= askAll().finally(() => {
      looking = null;
    });
    return looking;
  }

  /** For whoever would be given up after it: a busy machine may miss one look. */
  const lastLook = (): Promise<readonly SignerHealth[]> => askAll(LAST_LOOK_MS);

  const health = async (): Promise<readonly SignerHealth[]> => (last !== null && now() - last.at < HEALTH_AGE_MS ? last.health : look());
  const isReady = ({ state }: SignerHealth): boolean => state === 'ready';

  const candidates = (all: readonly SignerHealth[], exclude: ReadonlySet<SignerId>): readonly SignerId[] =>
    all.filter((signer) => isReady(signer) && !exclude.has(signer.signerId)).map(({ signerId }) => signerId);

  /** Who is ready, asked now: before it is said that too few are, a busy machine gets its time. */
  async function readyNow(count: number, exclude: ReadonlySet<SignerId>): Promise<readonly SignerId[]> {
    const found = candidates(await lastLook(), exclude);
    if (found.length < count) throw new Refusal('signers/unavailable', { needed: count, missing: ids.filter((id) => !found.includes(id)) });
    return found;
  }

  async function ready(count: number, exclude: ReadonlySet<SignerId>): Promise<readonly SignerId[]> {
    const found = candidates(await health(), exclude);
    return found.length < count ? readyNow(count, exclude) : found;
  }

  const missingIn = (all: readonly SignerHealth[], of: readonly SignerId[]): readonly SignerId[] =>
    of.filter((id) => !all.some((signer) => signer.signerId === id && isReady(signer)));
  const absent = async (of: readonly SignerId[]): Promise<readonly SignerId[]> => missingIn(await look(), of);

  function watch(of: readonly SignerId[], giveUp: AbortController): () => void {
    let done = false;
    void (async () => {
      for (let wait = FIRST_WATCH_MS; ; wait = WATCH_MS) {
        await pause(wait);
        if (done) return;
        const missing = await absent(of);
        if (done) return;
        if (missing.length > 0 && missingIn(await lastLook(), missing).length > 0) return giveUp.abort();
      }
    })();
    return () => {
      done = true;
    };
  }

  return {
    ids,
    readsTraces: (id) => tracing.has(id),
    health,
    absent,
    watch,
    look,
    ask,
    async need(count) {
      const enough = Promise.withResolvers<void>();
      let found = 0;
      const all = Promise.all(
        askStatus().map(async (asked) => {
          if (isReady(await asked) && ++found >= count) enough.resolve();
        }),
      );
      await Promise.race([enough.promise, all]);
      if (found < count) await readyNow(count, new Set());
    },
    async pick(count, exclude, doubt) {
      const found = await ready(count, exclude);
      const start = turn++ % found.length;
      const inTurn = [...found.slice(start), ...found.slice(0, start)];
      const chosen = new Set(inTurn.sort((a, b) => doubt(a) - doubt(b)).slice(0, count));
      // Participants are named in roster order.
      return ids.filter((id) => chosen.has(id));
    },
  };
}
