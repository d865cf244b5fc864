/**
 * Every signer's safe primes: the long part of a first start.
 *
 * @module
 */
import { makePrimes } from '@quorate/signer';
import type { Layout } from './layout.ts';
import type { OnProgress } from './progress.ts';

/**
 * Makes the primes that are missing, one signer after the other, each on all cores: so no core waits for the
 * unluckiest signer. Kept where they are made, so a start that is cut off goes on with the next signer.
 */
export async function makeAllPrimes(layout: Layout, count: number, onProgress: OnProgress, signal: AbortSignal): Promise<void> {
  let shown: number | null = null;
  for (let number = 1; number <= count; number += 1) {
    signal.throwIfAborted();
    const job = makePrimes(layout.signer(number), {
      onProgress: (done) => {
        shown = Math.max(shown ?? 0, Math.min(0.999, (number - 1 + done) / count));
        onProgress('primes', shown);
      },
    });
    const cancel = (): void => job.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      await job.result;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
  if (shown !== null) onProgress('primes', 1);
}
