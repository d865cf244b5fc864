/**
 * One at a time, in the order of asking; and the same for each of many names.
 *
 * @module
 */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>;

export function createLock(): Lock {
  let tail: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work);
    tail = result.catch(() => {});
    return result;
  };
}

export function createLocks(): <T>(name: string, work: () => Promise<T>) => Promise<T> {
  const locks = new Map<string, { readonly lock: Lock; users: number }>();
  return async (name, work) => {
    const entry = locks.get(name) ?? { lock: createLock(), users: 0 };
    locks.set(name, entry);
    entry.users++;
    try {
      return await entry.lock(work);
    } finally {
      if (--entry.users === 0) locks.delete(name);
    }
  };
}
