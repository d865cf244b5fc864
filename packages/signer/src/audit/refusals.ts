/**
 * The no of this signer in its audit trail. A refusal has no effect to be written with, so it takes a write of its own,
 * after the answer; and since whoever can ask can be refused, there are only so many: the rest is counted.
 *
 * @module
 */
import type { Self } from '../self.ts';
import type { Store } from '../store/store.ts';

/** Refusals written in a row. */
const BURST = 64;
/** After those one for each of these, milliseconds: about 3 MB a day at most. */
const REFILL_MS = 10_000;

export interface Refusals {
  /** `event` and `detail` as in an audit entry. Never waits and never fails: the answer is a no either way. */
  note(event: string, detail: Readonly<Record<string, string | number>>): void;
  /** Resolves when what was noted is written. */
  settled(): Promise<void>;
}

export interface RefusalsOptions {
  readonly self: Pick<Self, 'now'>;
  readonly store: Store;
  readonly failed: (error: unknown) => void;
}

export function createRefusals({ self, store, failed }: RefusalsOptions): Refusals {
  let left = BURST;
  let since = self.now();
  let unwritten = 0;
  let tail: Promise<void> = Promise.resolve();

  return {
    note(event, detail) {
      const time = self.now();
      const refilled = Math.floor((time - since) / REFILL_MS);
      if (refilled !== 0) {
        // A clock that was put back begins a new count.
        left = Math.min(BURST, left + Math.max(0, refilled));
        since = time;
      }
      if (left === 0) {
        unwritten++;
        return;
      }
      left--;
      const more = unwritten === 0 ? {} : { unwritten };
      unwritten = 0;
      tail = store.write('refused', { audit: { time, event, detail: { ...detail, ...more } } }).catch(failed);
    },
    settled: () => tail,
  };
}
