/**
 * Which messages have been seen: each id of each sender once, for as long as its `sentAt` would still be accepted.
 *
 * It lives in memory. A message replayed across a restart within the window is stopped by what the message is about:
 * spent marks, one acknowledgement per number, execution ids with fresh nonces.
 *
 * @module
 */
export interface ReplayWindow {
  has(sender: string, id: string): boolean;
  /** Remembers the id. `full`: this sender has too many ids that cannot be forgotten yet. */
  add(sender: string, id: string, sentAt: number, now: number): 'new' | 'seen' | 'full';
}

/** Ids are forgotten a slice at a time: exact enough, and forgetting costs nothing per id. */
const SLICE_MS = 15_000;

interface Seen {
  /** Slice number, which is `sentAt` in units of {@link SLICE_MS}, to the ids sent in it. */
  readonly slices: Map<number, Set<string>>;
  /** The highest slice ever forgotten: a clock that is set back must not make its messages new again. */
  forgotten: number;
}

export function replayWindow({ windowMs, rememberedIds }: { readonly windowMs: number; readonly rememberedIds: number }): ReplayWindow {
  const senders = new Map<string, Seen>();

  const has = (sender: string, id: string): boolean => {
    for (const slice of senders.get(sender)?.slices.values() ?? []) if (slice.has(id)) return true;
    return false;
  };

  return {
    has,
    add(sender, id, sentAt, now) {
      const seen = senders.get(sender) ?? { slices: new Map<number, Set<string>>(), forgotten: -1 };
      senders.set(sender, seen);
      let size = 0;
      for (const [number, slice] of seen.slices) {
        if ((number + 1) * SLICE_MS + windowMs < now) {
          seen.slices.delete(number);
          seen.forgotten = Math.max(seen.forgotten, number);
        } else size += slice.size;
      }
      const number = Math.floor(sentAt / SLICE_MS);
      if (number <= seen.forgotten || has(sender, id)) return 'seen';
      if (size >= rememberedIds) return 'full';
      const slice = seen.slices.get(number) ?? new Set<string>();
      seen.slices.set(number, slice.add(id));
      return 'new';
    },
  };
}
