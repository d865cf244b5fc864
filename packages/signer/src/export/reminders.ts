/**
 * Saying tombstones again to peers that may have been away: to each peer at one time only, and no faster than a peer
 * takes them, however often it asks.
 *
 * @module
 */
import type { SignerId } from '@quorate/wire';
import { createPulse } from '../pulse.ts';

/** So many at a time, and then a pause in milliseconds: below what a peer takes of one sender (`peer-rates.ts` of the link). */
const BATCH = 32;
const PAUSE_MS = 1_000;

export interface RemindersOptions<R> {
  /** What this peer has not said that it has, in an order that stays. */
  readonly lacking: (peer: SignerId) => Promise<readonly R[]>;
  readonly say: (peer: SignerId, request: R) => Promise<void>;
  readonly failed: (error: unknown) => void;
}

export interface Reminders {
  /** Begins to tell this peer what it lacks. Where that is under way already, it is done once more afterwards. */
  remind(peer: SignerId): void;
  stop(): void;
}

export function createReminders<R>({ lacking, say, failed }: RemindersOptions<R>): Reminders {
  /** Peers that are told, and whether they have asked again since. */
  const told = new Map<SignerId, { again: boolean }>();
  const pulse = createPulse();
  let stopped = false;
  const pause = (): Promise<unknown> => pulse.until(() => (stopped ? true : undefined), PAUSE_MS);

  async function tell(peer: SignerId, asked: { again: boolean }): Promise<void> {
    do {
      asked.again = false;
      for (const [i, request] of (await lacking(peer)).entries()) {
        if (i % BATCH === BATCH - 1) await pause();
        if (stopped) return;
        await say(peer, request);
      }
      if (asked.again) await pause();
    } while (asked.again && !stopped);
  }

  return {
    remind(peer) {
      const known = told.get(peer);
      if (known !== undefined) {
        known.again = true;
        return;
      }
      const asked = { again: false };
      told.set(peer, asked);
      tell(peer, asked)
        .catch((error: unknown) => {
          if (!stopped) failed(error);
        })
        .finally(() => told.delete(peer));
    },
    stop() {
      stopped = true;
      pulse.ring();
    },
  };
}
