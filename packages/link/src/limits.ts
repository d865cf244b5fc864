/**
 * How large each message may be, in bytes, and how old. Checked before anything is decoded, opened or parsed.
 *
 * @module
 */
import { calls, notices } from '@quorate/wire';
import type { EnvelopeKind } from './envelope-kind.ts';

const KiB = 1024;
/** Evidence holds a payload of up to 64 KiB, twice that once escaped as JSON, and about 20 KiB beside it. */
const WITH_EVIDENCE = 256 * KiB;
const SMALL = 4 * KiB;

/** A kind that is not named in `larger` is small: a new kind is limited before anyone thinks of its limit. */
function limitsOf<K extends string>(kinds: Readonly<Record<K, unknown>>, larger: Partial<Record<K, number>>): Readonly<Record<K, number>> {
  return Object.fromEntries((Object.keys(kinds) as K[]).map((kind) => [kind, larger[kind] ?? SMALL])) as Record<K, number>;
}

/** The longest body of each kind, unsealed. A server of `chain` must stop adding acts before its reply passes this. */
export const bodyLimits = {
  call: limitsOf(calls, { act: WITH_EVIDENCE, certify: 16 * KiB, keygen: WITH_EVIDENCE, sign: WITH_EVIDENCE, export: WITH_EVIDENCE }),
  reply: limitsOf(calls, {
    status: 16 * KiB,
    chain: 960 * KiB,
    recall: 64 * KiB,
    tombstones: 960 * KiB,
    snapshotPiece: 384 * KiB,
    keygen: 16 * KiB,
    export: 32 * KiB,
  }),
  notice: limitsOf(notices, { intent: 16 * KiB, tombstone: WITH_EVIDENCE }),
  /** Aux info's proofs are the largest: about 103 KiB for 2048-bit primes. */
  protocol: 512 * KiB,
} as const;

export interface Limits {
  /** A whole envelope; what NATS takes by default. @default 1_048_576 */
  readonly envelopeBytes: number;
  /** How far `sentAt` may lie from the receiver's clock, in milliseconds, either way. @default 60_000 */
  readonly windowMs: number;
  /** How many ids are remembered of each sender; a sender that fills it waits. @default 262_144 */
  readonly rememberedIds: number;
}

export const defaultLimits: Limits = { envelopeBytes: 1024 * KiB, windowMs: 60_000, rememberedIds: 262_144 };

export function bodyLimitOf(kind: EnvelopeKind): number {
  switch (kind.form) {
    case 'call':
      return bodyLimits.call[kind.kind];
    case 'reply':
      return bodyLimits.reply[kind.kind];
    case 'notice':
      return bodyLimits.notice[kind.kind];
    case 'protocol':
      return bodyLimits.protocol;
  }
}
