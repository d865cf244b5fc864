/**
 * The end of a daemon, as asked for by its operator.
 *
 * @module
 */
import { once } from 'node:events';

/**
 * Resolves with the first SIGINT or SIGTERM, during the start too. From then on signals do again what they do by
 * themselves: a second one ends the process at once. Nothing durable is harmed by that.
 */
export async function untilSignal(): Promise<'SIGINT' | 'SIGTERM'> {
  const heard = new AbortController();
  const wait = async <S extends 'SIGINT' | 'SIGTERM'>(signal: S): Promise<S> => {
    await once(process, signal, { signal: heard.signal });
    return signal;
  };
  const signals = [wait('SIGINT'), wait('SIGTERM')];
  try {
    return await Promise.race(signals);
  } finally {
    for (const signal of signals) signal.catch(() => {});
    heard.abort();
  }
}
