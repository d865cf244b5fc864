/**
 * What cannot both be true, kept with both pieces so that it can be shown to somebody. What is refused is refused
 * whether or not there was room to keep it.
 *
 * @module
 */
import type { Conflict as Kept, ConflictKind } from './store/conflicts.ts';
import { sha256Hex } from '@quorate/wire';
import type { Events } from './events.ts';
import type { Self } from './self.ts';
import type { Store } from './store/store.ts';

export interface Contradiction {
  readonly kind: ConflictKind;
  readonly number: number;
  /** Whom it was heard of; of a proof, its signer. */
  readonly party: string;
  /** What this signer holds. */
  readonly first: unknown;
  /** What came. */
  readonly second: unknown;
}

/** JSON of one piece; an act at its largest, with room to spare. */
const MAX_CHARS = 512 * 1024;

export interface Conflicts {
  /** Whether it was new and is kept. Never fails: what cannot be kept is told to the log. */
  keep(contradiction: Contradiction): Promise<boolean>;
}

export function createConflicts({ self, store, events }: { readonly self: Self; readonly store: Store; readonly events: Events }): Conflicts {
  return {
    async keep({ kind, number, party, first: held, second: came }) {
      const [first, second] = [JSON.stringify(held), JSON.stringify(came)];
      if (first.length > MAX_CHARS || second.length > MAX_CHARS) return false;
      const digest = sha256Hex(JSON.stringify([kind, number, party, first, second]));
      const time = self.now();
      const conflict: Omit<Kept, 'cleared'> = { digest, time, kind, number, party, first, second };
      try {
        const kept = await store.write('conflict', { conflict, audit: { time, event: 'conflict', detail: { kind, number, party, digest } } });
        if (kept) events.conflict(kind, number, party);
        return kept;
      } catch (error) {
        events.failed('keeping a conflict', error);
        return false;
      }
    },
  };
}
