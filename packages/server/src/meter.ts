/**
 * What a server tells whoever counts and measures it. The figures themselves are the daemon's affair; here is nothing but
 * words from closed sets and durations, never an id, a name or anything that came from outside.
 *
 * @module
 */
import type { LinkEventCode } from '@quorate/link';
import type { RefusalCode } from '@quorate/wire';

/** In order; each begins where the one before ended. `signers` is the time in which they decide and speak with each other. */
export const phases = {
  keygen: ['verify', 'ready', 'signers', 'store'],
  sign: ['verify', 'signers', 'store'],
  export: ['verify', 'signers', 'answer'],
} as const;
export type Operation = keyof typeof phases;
export type Phase = (typeof phases)[Operation][number];
export const operations = Object.keys(phases) as readonly Operation[];

/** Paths that are no calls of the table. */
export const plainPaths = ['/livez', '/readyz', '/openapi.json', '/.well-known/jwks.json'] as const;

/** What the log warns of, by its `event`. */
export const warnings = [
  'acts-learnt',
  'background-failed',
  'bad-release',
  'bad-signature',
  'database-connection-lost',
  'database-unavailable',
  'failed',
  'outbox-failed',
  'upkeep-failed',
] as const;

export interface Meter {
  /** `route`: the path as the table has it, or what is none of it. */
  answered(request: { readonly method: string; readonly route: string; readonly status: number; readonly ms: number }): void;
  /** A request was answered with this. */
  refused(code: RefusalCode): void;
  begun(operation: Operation): void;
  ended(operation: Operation, done: boolean, ms: number): void;
  phase(operation: Operation, phase: Phase, ms: number): void;
  warning(event: string): void;
  /** A message of a signer was not passed on. */
  link(code: LinkEventCode): void;
}

export const silentMeter: Meter = { answered() {}, refused() {}, begun() {}, ended() {}, phase() {}, warning() {}, link() {} };

/** An operation from its beginning to the end of the block that holds it. */
export interface Measured<P extends Phase> extends Disposable {
  /** This phase is over. */
  passed(phase: P): void;
  /** What was asked for is there; without it the operation was not done. */
  done(): void;
}

export function measure<O extends Operation>(meter: Meter, operation: O): Measured<(typeof phases)[O][number]> {
  const began = performance.now();
  let since = began;
  let done = false;
  meter.begun(operation);
  return {
    passed(phase) {
      const now = performance.now();
      meter.phase(operation, phase, now - since);
      since = now;
    },
    done() {
      done = true;
    },
    [Symbol.dispose]: () => meter.ended(operation, done, performance.now() - began),
  };
}
