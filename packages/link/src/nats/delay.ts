/**
 * @module
 */

export interface Delay {
  readonly over: Promise<void>;
  /** Ends it now. */
  cancel(): void;
}

export function delay(ms: number): Delay {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return {
    over: promise,
    cancel() {
      clearTimeout(timer);
      resolve();
    },
  };
}
