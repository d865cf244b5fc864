/**
 * How often one party may say each kind of thing. What is cheap to ask and dear to answer is bounded most: a party that
 * asks faster is cut off alone, and only for that kind.
 *
 * Who catches up asks in pages, one after the other, and stays far below.
 *
 * @module
 */
import type { CallKind, NoticeKind } from '@quorate/wire';
import type { EnvelopeKind } from './envelope-kind.ts';
import { createBuckets, type Rate } from './rate.ts';

const calls: Partial<Record<CallKind, Rate>> = {
  // A page of acts has at most 256 KiB: 100,000 acts are some 1,200 pages.
  chain: { burst: 2_048, perSecond: 50 },
  recall: { burst: 64, perSecond: 2 },
  tombstones: { burst: 256, perSecond: 10 },
};

/** A session has a few joins of each participant, an act or key one or two notices. */
const OFTEN: Rate = { burst: 4_096, perSecond: 1_000 };
const SELDOM: Rate = { burst: 512, perSecond: 50 };
const notices: Record<NoticeKind, Rate> = {
  join: OFTEN,
  leave: OFTEN,
  auditHead: OFTEN,
  keySignature: OFTEN,
  intent: SELDOM,
  tombstone: SELDOM,
  auxReady: SELDOM,
  // The answer is every tombstone that lacks the asker's statement.
  here: { burst: 32, perSecond: 0.5 },
};

export interface PeerRates {
  /** Whether this party may say another one of this kind now. */
  take(from: string, kind: EnvelopeKind): boolean;
}

export function createPeerRates(ticks?: () => number): PeerRates {
  const o = ticks === undefined ? {} : { ticks };
  const ofCalls = new Map(Object.entries(calls).map(([kind, rate]) => [kind, createBuckets(rate, o)]));
  const ofNotices = new Map(Object.entries(notices).map(([kind, rate]) => [kind, createBuckets(rate, o)]));
  return {
    take(from, kind) {
      if (kind.form === 'call') return (ofCalls.get(kind.kind)?.take(from) ?? 0) === 0;
      if (kind.form === 'notice') return (ofNotices.get(kind.kind)?.take(from) ?? 0) === 0;
      return true;
    },
  };
}
