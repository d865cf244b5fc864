/**
 * How often anybody may call: each caller by its bearer, and by source address whoever has none. Counted in the memory
 * of this process, each count for its own window, so that nobody's flood is paid for by anybody else.
 *
 * @module
 */
import { Refusal } from '@quorate/wire';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export interface Limit {
  /** How many within `seconds`, from the first one on. */
  readonly points: number;
  readonly seconds: number;
}

/** What is counted. A limit of 0 points allows nothing; there is no value for "unlimited", only large ones. */
export interface ServerLimits {
  /** All calls of one bearer. @default 1000 in 10 s */
  readonly caller: Limit;
  /** Challenges that one bearer asks for, each of which costs a row. @default 300 in 10 s */
  readonly challenges: Limit;
  /** Acts of one user, those by its personal access tokens apart from its own. @default 200 in 2000 s */
  readonly acts: Limit;
  /** Acts of all users but administrators. @default 1000 in 5000 s */
  readonly allActs: Limit;
  /** Calls without a valid bearer, by source address. @default 600 in 60 s */
  readonly source: Limit;
  /** Calls anybody may make that change something or let somebody in (logins, codes), by source address. @default 60 in 60 s */
  readonly entry: Limit;
  /** Guesses that were wrong: bearers, codes, signatures; by source address, or by caller. @default 20 in 600 s */
  readonly guesses: Limit;
}

export const defaultLimits: ServerLimits = {
  caller: { points: 1000, seconds: 10 },
  challenges: { points: 300, seconds: 10 },
  // Half of what signers allow at once, since two windows may meet; as much as they allow on and on.
  acts: { points: 200, seconds: 2_000 },
  allActs: { points: 1_000, seconds: 5_000 },
  source: { points: 600, seconds: 60 },
  entry: { points: 60, seconds: 60 },
  guesses: { points: 20, seconds: 600 },
};

/** Names counted apart at a time; those beyond share one count, so that many addresses cost no more memory than these. */
export const MAX_NAMES = 50_000;
const THE_OTHERS = 'the others';

export interface Limits {
  /** Counts one. @throws {Refusal} `request/too-many` with `retryAfter` in seconds, once there are more than allowed */
  count(what: keyof ServerLimits, name: string): Promise<void>;
  /** Takes one back that was counted and turned out to be none. */
  forgive(what: keyof ServerLimits, name: string): Promise<void>;
}

export function createLimits(given: Partial<ServerLimits> = {}, maxNames = MAX_NAMES): Limits {
  const limits = { ...defaultLimits, ...given };
  const counters = Object.fromEntries(
    Object.entries(limits).map(([what, { points, seconds }]) => [
      what,
      { named: names(seconds, maxNames), limiter: new RateLimiterMemory({ points, duration: seconds, keyPrefix: what }) },
    ]),
  ) as Record<keyof ServerLimits, { named: (name: string) => string; limiter: RateLimiterMemory }>;

  return {
    async count(what, name) {
      const { limiter, named } = counters[what];
      try {
        await limiter.consume(named(name));
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        throw new Refusal('request/too-many', { retryAfter: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)) });
      }
    },
    async forgive(what, name) {
      const { limiter, named } = counters[what];
      await limiter.reward(named(name), 1);
    },
  };
}

/** Gives each name a count of its own, as long as there are not too many in this window and the one before. */
function names(seconds: number, maxNames: number): (name: string) => string {
  let recent = new Set<string>();
  let older = new Set<string>();
  let turned = performance.now();
  return (name) => {
    const now = performance.now();
    if (now - turned > seconds * 1000) {
      older = now - turned > 2000 * seconds ? new Set() : recent;
      recent = new Set();
      turned = now;
    }
    if (recent.has(name)) return name;
    if (!older.has(name) && recent.size + older.size >= maxNames) return THE_OTHERS;
    recent.add(name);
    return name;
  };
}
