/**
 * Work that goes on after the answer: kept track of, so that a stop can wait for it, and logged when it fails.
 *
 * @module
 */
import { describe, type Log } from './log.ts';

export interface Background {
  run(what: string, work: Promise<unknown>): void;
  /** Until nothing is under way any more. */
  idle(): Promise<void>;
}

export function createBackground(log: Log): Background {
  const running = new Set<Promise<void>>();
  return {
    run(what, work) {
      const task = work.then(
        () => {},
        (error: unknown) => log.warn({ event: 'background-failed', what, error: describe(error) }, 'work in the background failed'),
      );
      running.add(task);
      void task.then(() => running.delete(task));
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** Resolves after `ms`, without keeping the process alive. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
