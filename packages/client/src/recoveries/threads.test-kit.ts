/**
 * Spreads generated recoveries over all processors.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { newTally, type Tally } from './compare.test-kit.ts';
import type { Told, Work } from './worker.test-kit.ts';

/** Plays at least this many scenes, and tells what came of all of them. @throws with the first scene that came out otherwise than it must */
export async function playEverywhere(given: { recoveries: number; size: number; seed: number }, heard: (tally: Tally) => void = () => {}): Promise<Tally> {
  const threads = Math.max(1, Math.min(availableParallelism(), 8));
  const batches = Math.ceil(given.recoveries / given.size / threads);
  const total = newTally();
  const add = (tally: Tally): void => {
    for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += tally[name];
    heard(total);
  };
  await Promise.all(Array.from({ length: threads }, (_, i) => play({ seed: given.seed + i, batches, size: given.size }, add)));
  return total;
}

function play(work: Work, add: (tally: Tally) => void): Promise<void> {
  const worker = new Worker(new URL('./worker.test-kit.ts', import.meta.url), {
    workerData: work,
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
  });
  return new Promise((resolve, reject) => {
    worker.on('message', (told: Told) => {
      if ('tally' in told) return add(told.tally);
      reject(new Error(told.failed));
      void worker.terminate();
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
}
