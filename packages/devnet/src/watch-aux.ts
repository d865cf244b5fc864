/**
 * Waits for the signers to take part, showing how far their aux info is.
 *
 * @module
 */
import type { Signer } from '@quorate/signer';
import type { OnProgress } from './progress.ts';

const INTERVAL_MS = 250;

/** Resolves when every signer is ready. Shows nothing where aux info was there already. */
export async function watchAux(signers: readonly Signer[], onProgress: OnProgress): Promise<void> {
  let shown: number | null = null;
  const timer = setInterval(() => {
    if (shown === null && !signers.some(({ auxProgress: { phase } }) => phase === 'running')) return;
    shown = Math.max(shown ?? 0, Math.min(0.999, ...signers.map(({ auxProgress: { done } }) => done)));
    onProgress('aux', shown);
  }, INTERVAL_MS);
  try {
    await Promise.all(signers.map((signer) => signer.ready));
  } finally {
    clearInterval(timer);
  }
  if (shown !== null) onProgress('aux', 1);
}
