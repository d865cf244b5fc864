/**
 * How much of something may happen: a bucket for each name that fills by itself and is emptied by what happens.
 *
 * Time runs forward only: a clock that is put back neither locks anybody out nor lets anybody in.
 *
 * @module
 */
export interface Rate {
  /** What may happen at once. */
  readonly burst: number;
  /** What may happen on and on. */
  readonly perSecond: number;
}

export interface Buckets {
  /** Takes one. Milliseconds until there is one, or 0 where there was. `debt`: how many may be taken ahead of time. */
  take(name: string, debt?: number): number;
}

/** Full buckets are forgotten, and at most `maxNames` are kept; those beyond share one. `ticks` in milliseconds. */
export function createBuckets({ burst, perSecond }: Rate, { ticks = () => performance.now(), maxNames = 4_096 } = {}): Buckets {
  const buckets = new Map<string, { level: number; at: number }>();
  const fill = (bucket: { level: number; at: number }, now: number): void => {
    bucket.level = Math.min(burst, bucket.level + (Math.max(0, now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
  };
  const forgetFull = (now: number): void => {
    for (const [name, bucket] of buckets) {
      fill(bucket, now);
      if (bucket.level >= burst) buckets.delete(name);
    }
  };
  return {
    take(name, debt = 0) {
      const now = ticks();
      if (buckets.size >= maxNames && !buckets.has(name)) forgetFull(now);
      const own = buckets.size >= maxNames && !buckets.has(name) ? '' : name;
      const bucket = buckets.get(own) ?? { level: burst, at: now };
      buckets.set(own, bucket);
      fill(bucket, now);
      const lacking = 1 - debt - bucket.level;
      if (lacking > 0) return Math.ceil((lacking / perSecond) * 1000);
      bucket.level--;
      return 0;
    },
  };
}
