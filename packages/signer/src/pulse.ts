/**
 * Waiting until something is so, looked at again whenever it may have changed.
 *
 * @module
 */
export interface Pulse {
  /** Something may have changed. */
  ring(): void;
  /** What `probe` finds, as soon as it finds anything; `undefined` after `forMs` milliseconds. */
  until<T>(probe: () => T | undefined, forMs: number): Promise<T | undefined>;
}

export function createPulse(): Pulse {
  const looking = new Set<() => void>();
  return {
    ring() {
      for (const look of [...looking]) look();
    },
    until<T>(probe: () => T | undefined, forMs: number): Promise<T | undefined> {
      const found = probe();
      if (found !== undefined || forMs <= 0) return Promise.resolve(found);
      return new Promise((resolve) => {
        const end = (value: T | undefined): void => {
          clearTimeout(timer);
          looking.delete(look);
          resolve(value);
        };
        const look = (): void => {
          const now = probe();
          if (now !== undefined) end(now);
        };
        const timer = setTimeout(() => end(undefined), forMs);
        looking.add(look);
      });
    },
  };
}
