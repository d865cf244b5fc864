/**
 * What a signer tells whoever counts and measures it. The figures themselves are the daemon's affair; here is nothing but
 * words from closed sets and durations, never an id, a name or anything that came from outside.
 *
 * @module
 */
import type { LinkEventCode } from '@quorate/link';
import type { SessionFailure } from '@quorate/mpc';
import { isRefusal } from '@quorate/wire';
import type { ProtocolName } from './execution-id.ts';

/** What servers ask a signer to decide on. */
export const decisions = ['act', 'keygen', 'sign', 'export'] as const;
export type DecisionKind = (typeof decisions)[number];

/** In order; each begins where the one before ended. */
export const phases = {
  keygen: ['verify', 'join', 'begin', 'protocol', 'store'],
  sign: ['verify', 'join', 'begin', 'protocol', 'check'],
  export: ['verify', 'agree', 'retire', 'release'],
} as const;
export type Operation = keyof typeof phases;
export type Phase = (typeof phases)[Operation][number];

export const protocols = ['aux', 'dkg', 'sign'] as const satisfies readonly ProtocolName[];

/** Why sessions end without a result: the protocol's own codes, and those of this room. */
const abortCauseSet = {
  decode: true,
  oversized: true,
  equivocation: true,
  'unknown-sender': true,
  protocol: true,
  panic: true,
  deadline: true,
  cancelled: true,
  busy: true,
  'bad-input': true,
  'signature-invalid': true,
  left: true,
  renewed: true,
  unsent: true,
  closed: true,
  'key-retired': true,
  refused: true,
  failed: true,
} as const satisfies Record<SessionFailure, true> & Record<string, true>;
export type AbortCause = keyof typeof abortCauseSet;
export const abortCauses = Object.keys(abortCauseSet) as readonly AbortCause[];

/** Why this session ended, by what ended it. */
export function abortCauseOf(error: unknown): AbortCause {
  if (isRefusal(error)) return error.code === 'key/retired' ? 'key-retired' : 'refused';
  const code = error instanceof Error && error.name === 'SessionFailed' && 'code' in error ? String(error.code) : '';
  return Object.hasOwn(abortCauseSet, code) ? (code as AbortCause) : 'failed';
}

export interface Meter {
  /** A server was answered. `code`: of the refusal, or `failed`; `null` where it was done. */
  decided(kind: DecisionKind, code: string | null, ms: number): void;
  phase(operation: Operation, phase: Phase, ms: number): void;
  /** `null`: with a result. */
  sessionEnded(protocol: ProtocolName, cause: AbortCause | null): void;
  /** Something that the log tells, by its name in `events.ts`. */
  event(name: string): void;
  /** A message was not passed on. */
  link(code: LinkEventCode): void;
}

export const silentMeter: Meter = { decided() {}, phase() {}, sessionEnded() {}, event() {}, link() {} };

/** Marks the ends of an operation's phases. */
export interface Laps<P extends Phase> {
  passed(phase: P): void;
}

export function lapsOf<O extends Operation>(meter: Pick<Meter, 'phase'>, operation: O): Laps<(typeof phases)[O][number]> {
  let since = performance.now();
  return {
    passed(phase) {
      const now = performance.now();
      meter.phase(operation, phase, now - since);
      since = now;
    },
  };
}
