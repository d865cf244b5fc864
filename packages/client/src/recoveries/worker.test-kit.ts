/**
 * A thread that plays generated scenes and says what came of them, batch by batch.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { newTally, type Tally } from './compare.test-kit.ts';
import { playBatch } from './play.test-kit.ts';
import { batchOf } from './scene.test-kit.ts';

export interface Work {
  readonly seed: number;
  readonly batches: number;
  /** Scenes in each. */
  readonly size: number;
}

export type Told = { readonly tally: Tally } | { readonly failed: string };

const { seed, batches, size } = workerData as Work;
const tell = (told: Told): void => parentPort?.postMessage(told);

/** With what was asserted: only the outermost message would cross. */
function causes(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${causes(error.cause)}` : '';
}

try {
  const play = async (batch: Parameters<typeof playBatch>[0]): Promise<void> => {
    const tally = newTally();
    await playBatch(batch, tally);
    tell({ tally });
  };
  // A scene is small, and the message of its failure holds all of it.
  await fc.assert(fc.asyncProperty(batchOf(size), play), { seed, numRuns: batches, endOnFailure: true });
} catch (error) {
  tell({ failed: `seed ${seed}: ${causes(error instanceof Error && error.cause !== undefined ? error.cause : error)}` });
}
