/**
 * What is slow and what is late, measured against what is usual here: machines differ a hundredfold in how long a
 * signature takes them.
 *
 * @module
 */
import { CLOCK_ALLOWANCE_MS, type SignerId } from '@quorate/wire';

/** So many times as long as most take, and this much longer, is a slow answer. */
const SLOW_FACTOR = 3;
const SLOW_MS = 100;

/** Whose answers take much longer than those of most. `tookMs` is `null` where none came. */
export function slowOf(signers: readonly { readonly signerId: SignerId; readonly tookMs: number | null }[]): ReadonlySet<SignerId> {
  const times = signers.flatMap(({ tookMs }) => (tookMs === null ? [] : [tookMs])).sort((a, b) => a - b);
  const usual = times[Math.floor((times.length - 1) / 2)] ?? 0;
  return new Set(signers.filter(({ tookMs }) => tookMs !== null && tookMs > SLOW_FACTOR * usual + SLOW_MS).map(({ signerId }) => signerId));
}

/**
 * Whose clocks are further from that of the middle signer than evidence allows: they take requests for outdated, or
 * deadlines for passed. `ahead` in milliseconds, by any one clock; `null` where it is not known.
 */
export function apartOf(signers: readonly { readonly signerId: SignerId; readonly ahead: number | null }[]): ReadonlySet<SignerId> {
  const clocks = signers.flatMap(({ ahead }) => (ahead === null ? [] : [ahead])).sort((a, b) => a - b);
  const middle = clocks[Math.floor((clocks.length - 1) / 2)] ?? 0;
  return new Set(signers.filter(({ ahead }) => ahead !== null && Math.abs(ahead - middle) > CLOCK_ALLOWANCE_MS).map(({ signerId }) => signerId));
}

/** So many times as long as sessions usually take is late. */
const LATE_FACTOR = 5;
const LATE_AT_LEAST_MS = 2_000;
/** Who takes part slowly on purpose makes nobody wait longer than this. */
const LATE_AT_MOST_MS = 30_000;
/** Before any session has shown how long they take. */
const UNKNOWN_MS = 7_500;
/** How much the latest session counts for what is usual. */
const LATEST = 0.2;

export interface Pace {
  /** A session gave a signature after so many milliseconds. */
  took(ms: number): void;
  /** After how many milliseconds a session is late. */
  lateMs(): number;
  /** How many milliseconds sessions take of late; 0 before any was seen. */
  usualMs(): number;
}

export function createPace(): Pace {
  let usual: number | null = null;
  return {
    took(ms) {
      usual = usual === null ? ms : usual + LATEST * (ms - usual);
    },
    usualMs: () => usual ?? 0,
    lateMs: () => (usual === null ? UNKNOWN_MS : Math.min(LATE_AT_MOST_MS, Math.max(LATE_AT_LEAST_MS, LATE_FACTOR * usual))),
  };
}
