/**
 * Work of seconds on threads of its own.
 *
 * @module
 */
import { guarded, MpcError } from './error.ts';
import type { NativeEnd, NativeJob } from './native.ts';

export interface Job<T> {
  /** Rejects with `MpcError` `cancelled` after a cancel. */
  readonly result: Promise<T>;
  /** Ends the work soon. Does nothing once it has ended. */
  cancel(): void;
}

/** Starts a job; `finish` reads its end. */
export function startJob<T>(start: (onEnd: (end: NativeEnd) => void) => NativeJob, finish: (end: NativeEnd) => T): Job<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const job = guarded(() =>
    start((end) => {
      if (end.code === undefined) resolve(finish(end));
      else reject(new MpcError(end.code, end.text ?? 'The work failed.'));
    }),
  );
  return { result: promise, cancel: () => job.cancel() };
}
