/**
 * Looks at the signers: who answers, who is ready, how long that takes. One that is slow or away is waited for by those
 * only who need it.
 *
 * @module
 */
import { type Genesis, type Head, Refusal, type ReplyOf, type SignerId } from '@quorate/wire';
import { pause } from './background.ts';
import type { Signers } from './signers.ts';

export interface SignerHealth {
  readonly signerId: SignerId;
  /** `fixtures`: its secrets are the published test fixtures, so it is never asked for anything. */
  readonly state: 'ready' | 'starting' | 'silent' | 'fixtures';
  readonly checks: Readonly<Record<string, string>>;
  readonly head: Head | null;
  readonly build: ReplyOf<'status'>['build'] | null;
  /** How far its clock is ahead of this server's, milliseconds; half the time of the question at most is wrong with it. */
  readonly ahead: number | null;
  /** How long its answer took, milliseconds; `null` without one. */
  readonly tookMs: number | null;
  /** Whom it says it waits for in sessions that have come to a halt. */
  readonly waitsFor: readonly SignerId[];
}

export interface Looks extends Pick<Signers, 'readsTraces' | 'health' | 'look' | 'need' | 'waitedFor'> {
  /**
   * At least `count` ready ones, `anew` if not as of two seconds ago; as soon as there are so many, if others are late.
   * @throws {Refusal} `signers/unavailable` naming who is missing
   */
  ready(count: number, exclude: ReadonlySet<SignerId>, anew: boolean): Promise<readonly SignerHealth[]>;
  /** Which of these are not ready, asked now. */
  absent(of: readonly SignerId[], forMs?: number): Promise<readonly SignerId[]>;
}

/** One question to everybody. */
interface Look {
  readonly answers: readonly Promise<SignerHealth>[];
  readonly all: Promise<readonly SignerHealth[]>;
  /** Until then everybody may answer, even if enough have. */
  readonly moment: Promise<void>;
}

const STATUS_DEADLINE_MS = 1_000;
/** How long an answer is waited for before a signer counts as missing. */
export const LAST_LOOK_MS = 3_000;
/** Clocks that are further apart than this are still read: as far as the link accepts messages. */
const CLOCKS_APART_MS = 60_000;
const HEALTH_AGE_MS = 2_000;
const MOMENT_MS = 100;
/** How long those are waited for that could tell whom they wait for. */
const HINT_MS = 300;

const isReady = ({ state }: SignerHealth): boolean => state === 'ready';

export function createLooks(o: { ask: Signers['ask']; genesis: Genesis; now: () => number; testFixtures: boolean }): Looks {
  const { ask, now } = o;
  const ids = o.genesis.signers.map(({ id }) => id);
  let last: { readonly at: number; readonly health: readonly SignerHealth[] } | null = null;
  let looking: Look | null = null;
  const tracing = new Set<string>();

  const askStatus = (forMs = STATUS_DEADLINE_MS, of: readonly SignerId[] = ids): readonly Promise<SignerHealth>[] => {
    const asked = now();
    const begun = performance.now();
    // A signer whose clock is ahead would take a short deadline for a passed one, and never tell.
    const patience = { deadline: asked + forMs + CLOCKS_APART_MS, signal: AbortSignal.timeout(forMs) };
    return ask('status', of, {}, patience).map(async (answer): Promise<SignerHealth> => {
      const { signerId, reply } = await answer;
      if (reply === null) return { signerId, state: 'silent', checks: {}, head: null, build: null, ahead: null, tookMs: null, waitsFor: [] };
      if (reply.traces === true) tracing.add(signerId);
      else tracing.delete(signerId);
      const state = reply.build.testFixtures && !o.testFixtures ? 'fixtures' : reply.ready ? 'ready' : 'starting';
      const ahead = Math.round(reply.now - (asked + now()) / 2);
      const { checks, head, build, waitsFor = [] } = reply;
      return { signerId, state, checks, head, build, ahead, tookMs: performance.now() - begun, waitsFor };
    });
  };

  function askAll(forMs?: number): Look {
    const answers = askStatus(forMs);
    const all = Promise.all(answers).then((health) => {
      last = { at: now(), health };
      return health;
    });
    return { answers, all, moment: pause(MOMENT_MS) };
  }

  /** One at a time. */
  function current(): Look {
    if (looking !== null) return looking;
    const begun = askAll();
    looking = begun;
    const over = (): void => {
      looking = null;
    };
    begun.all.then(over, over);
    return begun;
  }

  const fresh = (): readonly SignerHealth[] | null => (last !== null && now() - last.at < HEALTH_AGE_MS ? last.health : null);

  /** The ready ones once there are `count` of them; fewer only when everybody has answered or may no longer. */
  async function firstOf({ answers, all, moment }: Look, count: number, exclude: ReadonlySet<SignerId>): Promise<readonly SignerHealth[]> {
    const found: SignerHealth[] = [];
    const enough = Promise.withResolvers<void>();
    for (const answer of answers) {
      void answer.then(
        (signer) => {
          if (isReady(signer) && !exclude.has(signer.signerId)) found.push(signer);
          if (found.length >= count) enough.resolve();
        },
        // A fault of our own, which `all` rejects with.
        () => {},
      );
    }
    await Promise.race([all, Promise.all([enough.promise, moment])]);
    return ids.flatMap((id) => found.filter(({ signerId }) => signerId === id));
  }

  /** Who is ready, asked now: before it is said that too few are, a busy machine gets its time. */
  async function readyNow(count: number, exclude: ReadonlySet<SignerId>): Promise<readonly SignerHealth[]> {
    const found = await firstOf(askAll(LAST_LOOK_MS), count, exclude);
    if (found.length >= count) return found;
    const missing = ids.filter((id) => !found.some(({ signerId }) => signerId === id));
    throw new Refusal('signers/unavailable', { needed: count, missing });
  }

  async function ready(count: number, exclude: ReadonlySet<SignerId>, anew: boolean): Promise<readonly SignerHealth[]> {
    let found: readonly SignerHealth[] = ((anew ? null : fresh()) ?? []).filter((signer) => isReady(signer) && !exclude.has(signer.signerId));
    if (found.length < count) found = await firstOf(anew ? askAll() : current(), count, exclude);
    return found.length < count ? readyNow(count, exclude) : found;
  }

  return {
    readsTraces: (id) => tracing.has(id),
    health: async () => fresh() ?? current().all,
    look: () => current().all,
    ready,
    /** Only they are asked: whoever else is away holds nobody up. */
    async absent(of, forMs) {
      const answers = await Promise.all(askStatus(forMs, of));
      // The next request need not find out again.
      if (last !== null) last = { at: last.at, health: last.health.map((known) => answers.find(({ signerId }) => signerId === known.signerId) ?? known) };
      return answers.filter((signer) => !isReady(signer)).map(({ signerId }) => signerId);
    },
    async waitedFor(of) {
      const said: SignerHealth[] = [];
      const answers = askStatus(STATUS_DEADLINE_MS, of).map(async (asked) => said.push(await asked));
      await Promise.race([Promise.all(answers), pause(HINT_MS)]);
      return mostNamed(of, said);
    },
    async need(count) {
      const answers = askStatus();
      const found = await firstOf({ answers, all: Promise.all(answers), moment: Promise.resolve() }, count, new Set());
      if (found.length < count) await readyNow(count, new Set());
    },
  };
}

/** Whom most of the others name; nobody where no one stands out. */
export function mostNamed(of: readonly SignerId[], said: readonly Pick<SignerHealth, 'signerId' | 'waitsFor'>[]): ReadonlySet<SignerId> {
  const votes = (id: SignerId): number => said.filter(({ signerId, waitsFor }) => signerId !== id && waitsFor.includes(id)).length;
  const most = Math.max(...of.map(votes));
  const named = of.filter((id) => votes(id) === most);
  return new Set(named.length === of.length ? [] : named);
}
